//! Controlled vocabularies.

use crate::{
    app::App,
    auth::Caller,
    cache::keep,
    config::Publication,
    formats::{
        Format,
        json_ld::{Node, skos},
    },
    openapi::{EXAMPLE_URL, Operation, add_vocabulary, json_answer, json_ld_answer, named, parameters},
    problem::Problem,
    request::{
        conditions,
        input::{Input, Validated},
    },
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::vocabulary::Entry;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The operations on a vocabulary.
pub(crate) fn mount<E: Entry>(table: &mut impl Table) {
    let path = format!("/api/v1/{}", E::PATH);
    table.tag("vocabularies", "Controlled vocabularies. Read-only.");
    table.get(&path, list::<E>, describe_list::<E>);
    table.get(&format!("{path}.jsonld"), scheme::<E>, describe_scheme::<E>);
    // Before the address of the entry, whose pattern matches this one, too.
    table.address(&format!("{path}/{{code}}.jsonld"), |address| {
        address.parameters(|| [code::<E>()]).get(concept::<E>, describe_concept::<E>)
    });
    table.address(&format!("{path}/{{code}}"), |address| {
        address.parameters(|| [code::<E>()]).get(read::<E>, describe_read::<E>)
    });
}

/// The path parameter that identifies an entry.
pub(super) fn code<E: Entry>() -> Value {
    json!({
        "name": "code", "in": "path", "required": true, "description": "Code or slug of the entry, in any spelling that writes accept.",
        "schema": parameters::code_or_slug(E::all().first().map(Entry::code).unwrap_or_default())
    })
}

/// Headers of cacheable responses.
const HEADERS: [&str; 4] = ["ETag", "Cache-Control", "Link", "X-Request-Id"];
/// The formats of vocabularies and entries.
const FORMATS: [Format; 2] = [Format::Json, Format::JsonLd];

/// A vocabulary in the envelope of a list. It is short, so there is only one page.
#[derive(Serialize)]
struct Whole<E: 'static> {
    items: &'static [E],
    next: Option<String>,
}

/// Lists the entries of a vocabulary, as JSON or as a SKOS concept scheme.
///
/// # Errors
/// 400 for any parameter, 406 for unsupported formats.
pub async fn list<E: Entry>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show_list::<E>(&caller, &app, &request, None)
}

/// Returns a vocabulary as a SKOS concept scheme.
async fn scheme<E: Entry>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show_list::<E>(&caller, &app, &request, Some(Format::JsonLd))
}

/// Shows a vocabulary in the only format of an address, or in that which the caller accepts.
fn show_list<E: Entry>(
    caller: &Caller,
    app: &App,
    request: &HttpRequest,
    only: Option<Format>,
) -> Result<HttpResponse, Problem> {
    let (format, validated) = negotiate(request, only)?;
    let response = match format {
        Format::JsonLd => {
            let scheme = skos::scheme::<E>(&app.public_url, app.publication.licence.as_str(), E::all());
            linked(validated, caller, &scheme)
        }
        _ => respond::json(validated, caller, &Whole { items: E::all(), next: None }),
    };
    let url = app.url(&format!("/api/v1/{}", E::PATH));
    Ok(keep(respond::with_alternates(response?, &url, FORMATS, format), None))
}

/// Returns an entry of a vocabulary, as JSON or as a SKOS concept.
///
/// # Errors
/// 404 for an unknown code, 406 for unsupported formats.
pub async fn read<E: Entry>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show::<E>(&caller, &app, &request, None)
}

/// Returns an entry of a vocabulary as a SKOS concept.
async fn concept<E: Entry>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show::<E>(&caller, &app, &request, Some(Format::JsonLd))
}

/// Shows an entry in the only format of an address, or in that which the caller accepts.
fn show<E: Entry>(
    caller: &Caller,
    app: &App,
    request: &HttpRequest,
    only: Option<Format>,
) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").unwrap_or_default();
    let entry = E::find(code).ok_or_else(Problem::not_found)?;
    let (format, validated) = negotiate(request, only)?;
    let response = match format {
        Format::JsonLd => linked(validated, caller, &skos::entry(&app.public_url, entry)),
        _ => respond::json(validated, caller, entry),
    };
    let url = app.url(&format!("/api/v1/{}/{}", E::PATH, entry.code()));
    Ok(keep(respond::with_alternates(response?, &url, FORMATS, format), None))
}

/// The only format of an address, or that which the caller accepts.
fn negotiate(request: &HttpRequest, only: Option<Format>) -> Result<(Format, Validated), Problem> {
    let mut input = Input::of(request);
    let format = match only {
        Some(format) => format,
        None => input.choose(FORMATS.map(Format::offer))?,
    };
    Ok((format, input.finish_as(format.media_type())?))
}

/// A JSON-LD response with an entity tag.
fn linked(validated: Validated, caller: &Caller, node: &Node) -> Result<HttpResponse, Problem> {
    let body = node.document()?;
    let tag = conditions::digest(&body);
    Ok(respond::tagged(validated, caller, Format::JsonLd.content_type(), &tag, None, body))
}

fn describe_list<E: Entry>() -> Operation {
    let list = named(&format!("{}List", <E as ToSchema>::name()));
    Operation::new("vocabularies", list_id::<E>(), format!("List {}", E::PATH.replace('-', " ")))
        .description(format!(
            "{} Returned in one page: `next` is always null. `Accept: application/ld+json` selects SKOS.",
            E::ABOUT
        ))
        .schemas(add_vocabulary::<E>)
        .answer("200", json_answer("The vocabulary.", list, &HEADERS))
        .refusals(&[406])
        .revalidated()
}

fn describe_scheme<E: Entry>() -> Operation {
    let licence = Publication::default().licence;
    let first = E::all().get(..1).unwrap_or_default();
    let example = skos::scheme(EXAMPLE_URL, licence.as_str(), first);
    Operation::new(
        "vocabularies",
        format!("{}_jsonld", list_id::<E>()),
        format!("List {} as SKOS", E::PATH.replace('-', " ")),
    )
    .description(format!("{} As a SKOS concept scheme in JSON-LD, with all concepts.", E::ABOUT))
    .answer("200", json_ld_answer("The vocabulary.", example, &HEADERS))
    .refusals(&[406])
    .revalidated()
}

fn describe_read<E: Entry>() -> Operation {
    let title = E::TITLE.to_lowercase();
    Operation::new("vocabularies", read_id::<E>(), format!("Get an entry: {title}"))
        .description(format!("{} `Accept: application/ld+json` selects SKOS.", E::ABOUT))
        .answer("200", json_answer("The entry.", named(&<E as ToSchema>::name()), &HEADERS))
        .refusals(&[404, 406])
        .revalidated()
}

fn describe_concept<E: Entry>() -> Operation {
    let title = E::TITLE.to_lowercase();
    let example = E::all().first().map(|entry| skos::entry(EXAMPLE_URL, entry)).unwrap_or_default();
    Operation::new(
        "vocabularies",
        format!("{}_jsonld", read_id::<E>()),
        format!("Get an entry as SKOS: {title}"),
    )
    .description(format!("{} As a SKOS concept in JSON-LD.", E::ABOUT))
    .answer("200", json_ld_answer("The entry.", example, &HEADERS))
    .refusals(&[404, 406])
    .revalidated()
}

fn list_id<E: Entry>() -> String {
    format!("list_{}", E::PATH.replace('-', "_"))
}

fn read_id<E: Entry>() -> String {
    format!("read_{}", E::TITLE.to_lowercase().replace(' ', "_"))
}
