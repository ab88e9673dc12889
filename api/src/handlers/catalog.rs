//! The catalogue of the data (DCAT-AP).

use crate::{
    app::App,
    auth::Caller,
    catalog::{Catalog, Coverage, rdf::Serialisation},
    openapi::{Operation, headers_of, parameters},
    problem::Problem,
    request::input::{Input, Validated},
    shared::{self, Cost, Finished},
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    kind::Kind,
    query::{Filter, Scope},
    terms::Facet,
};
use persistence::{query::insight::Part, store::Store};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("catalog", "The catalogue of the data, for open-data portals.");
    table.get("/catalog", negotiated, describe_negotiated);
    for serialisation in Serialisation::ALL {
        let read = move |caller: Caller, app: Data<App>, request: HttpRequest| {
            read(caller, app, request, serialisation)
        };
        table.get(&format!("/catalog.{}", serialisation.extension()), read, || describe(serialisation));
    }
}

/// Returns the catalogue in the serialisation that the caller prefers.
///
/// # Errors
/// 400 for unknown parameters, 406 for unsupported formats.
async fn negotiated(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let serialisation = input.choose_format(&Serialisation::ALL.map(Serialisation::offer))?;
    answer(input.finish()?, caller, app, request, serialisation).await
}

/// Returns the catalogue in a serialisation.
async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
    serialisation: Serialisation,
) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish_as(serialisation.media_type())?;
    answer(validated, caller, app, request, serialisation).await
}

async fn answer(
    validated: Validated,
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
    serialisation: Serialisation,
) -> Result<HttpResponse, Problem> {
    let key = format!("catalog {serialisation:?}");
    let (base, publication) = (app.public_url.clone(), app.publication.clone());
    shared::answer(validated, &app, &request, &caller, (key, Cost::Heavy), move |store| {
        let (is_demo, coverage) = (store.is_demo()?, coverage(store)?);
        let catalog = Catalog { base: &base, publication: &publication, is_demo, coverage };
        let body = serialisation.write(&catalog.graph()).map_err(Problem::internal)?;
        Ok(Finished::new(serialisation.content_type(), body))
    })
    .await
}

/// When the public saw changes of each collection, and which years its records cover.
fn coverage(store: &Store) -> Result<BTreeMap<Kind, Coverage>, Problem> {
    let dated = Kind::ALL.into_iter().filter(|kind| Scope::of_kind(*kind).dated.is_some());
    let part = Part { kinds: dated.map(|kind| (kind, Filter::default())).collect(), ..Part::default() };
    let numbers = store.numbers(&part)?;
    let mut coverage = BTreeMap::new();
    for kind in Kind::ALL {
        let numbers = numbers.iter().find(|numbers| numbers.kind == kind);
        let years = numbers.and_then(|numbers| numbers.facets.get(&Facet::Year)).into_iter().flatten();
        let years: Vec<i32> = years.filter_map(|count| count.value.parse().ok()).collect();
        let years = years.iter().min().copied().zip(years.iter().max().copied());
        coverage.insert(kind, Coverage { changes: store.first_and_last_change(kind)?, years });
    }
    Ok(coverage)
}

const ABOUT: &str = "DCAT-AP 3.0 with the properties of DCAT-AP.de: each collection is a dataset with a distribution per format, the API is a data service. `dct:issued` and `dct:modified` are the first and the last public change, `dct:temporal` the years in which records start.";

fn describe_negotiated() -> Operation {
    let words = Serialisation::ALL.map(Serialisation::extension);
    let format = parameters::query(
        "format",
        "Format. Takes precedence over the header `Accept`.",
        json!({ "type": "string", "enum": words, "default": words[0] }),
    );
    let summary = "Get the catalogue";
    Operation::new("catalog", "read_catalog", summary)
        .description(format!("{ABOUT} Use `/catalog.ttl`, `/catalog.jsonld` or `/catalog.rdf` if your client cannot set `Accept`."))
        .parameters([format])
        .answer("200", content(&Serialisation::ALL))
        .refusals(&[406])
        .revalidated()
}

fn describe(serialisation: Serialisation) -> Operation {
    let (extension, name) = (serialisation.extension(), serialisation.name());
    Operation::new("catalog", format!("read_catalog_{extension}"), format!("Get the catalogue as {name}"))
        .description(ABOUT)
        .answer("200", content(&[serialisation]))
        .refusals(&[406])
        .revalidated()
}

fn content(serialisations: &[Serialisation]) -> Value {
    let schema = |serialisation: &Serialisation| match serialisation {
        Serialisation::JsonLd => {
            json!({ "type": "array", "description": "An RDF graph in JSON-LD, in expanded form.", "items": { "type": "object", "additionalProperties": true } })
        }
        other => json!({ "type": "string", "description": format!("An RDF graph in {}.", other.name()) }),
    };
    let content = serialisations.iter().map(|serialisation| {
        (serialisation.media_type().to_owned(), json!({ "schema": schema(serialisation) }))
    });
    json!({
        "description": "The catalogue.",
        "headers": headers_of(&["ETag", "Cache-Control", "X-Request-Id"]),
        "content": content.collect::<serde_json::Map<_, _>>()
    })
}
