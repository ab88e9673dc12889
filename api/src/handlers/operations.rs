//! The operations under a measure.

use super::{
    collection, paging,
    record::{Place, key, moved},
};
use crate::{
    app::App,
    auth::Caller,
    formats::Format,
    openapi::{Operation, filters, json_answer, named, parameters, sort},
    problem::Problem,
    request::input::Input,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{kind::Kind, measure::Measure, operation, terms::Facet};
use serde_json::Value;

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    let list_address = "/api/v1/measures/{key}/operations";
    table.address(list_address, |address| {
        address.parameters(|| [parameters::key::<Measure>()]).get(list, describe_list)
    });
    for format in Format::exports(Kind::Operation) {
        let export =
            move |caller: Caller, app: Data<App>, request: HttpRequest| export(caller, app, request, format);
        table.address(&format!("{list_address}.{}", format.extension()), |address| {
            address.parameters(|| [parameters::key::<Measure>()]).get(export, || describe_export(format))
        });
    }
}

/// Reads the request as one for the collection with the filter `measure`. A former slug of the measure redirects.
async fn under_measure<'r>(
    caller: &Caller,
    app: &Data<App>,
    request: &'r HttpRequest,
) -> Result<Place<Input<'r>>, Problem> {
    let key = key(request)?;
    let audience = caller.audience();
    let found = app.run(move |store| Ok(store.find::<Measure>(audience, &key, None)?)).await?;
    Ok(match Place::of(found)? {
        Place::Here(measure) => {
            let mut input = Input::of(request);
            input.imply(Facet::Measure.as_str(), &measure.id.to_string());
            Place::Here(input)
        }
        Place::Moved(slug) => Place::Moved(slug),
    })
}

/// Lists the operations under a measure.
///
/// # Errors
/// 404 or 410 for the measure, else as the collection.
pub async fn list(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    match under_measure(&caller, &app, &request).await? {
        Place::Here(input) => collection::answer::<operation::Operation>(&caller, app, &request, input).await,
        Place::Moved(slug) => Ok(moved(&app, &request, &slug)),
    }
}

/// Exports the operations under a measure.
async fn export(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
    format: Format,
) -> Result<HttpResponse, Problem> {
    match under_measure(&caller, &app, &request).await? {
        Place::Here(input) => {
            collection::export::<operation::Operation>(&caller, app, &request, input, format).await
        }
        Place::Moved(slug) => Ok(moved(&app, &request, &slug)),
    }
}

/// The filters of the collection, except the one that the path implies.
fn filters() -> Vec<Value> {
    let measure = filters::of_facet(Kind::Operation, Facet::Measure);
    filters::of::<operation::Operation>().into_iter().filter(|filter| *filter != measure).collect()
}

fn describe_list() -> Operation {
    let mut parameters = filters();
    parameters.push(sort::<operation::Operation>());
    parameters.extend(paging::parameters());
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    Operation::new("measures", "list_measure_operations", "List the operations under a measure")
        .description("Lists the operations under a measure, with the filters, the order and the formats of `/api/v1/operations`.")
        .parameters(parameters)
        .answer("200", json_answer("A page of the list.", named("OperationList"), &headers))
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

fn describe_export(format: Format) -> Operation {
    let id = format!("export_measure_operations_{}", format.extension());
    let summary = format!("Export the operations under a measure as {}", format.name());
    let operation = Operation::new("measures", id, summary).refusals(&[404, 410]).redirected();
    collection::describe_export::<operation::Operation>(operation, format, filters())
}
