//! Exports. Each format has its own address, so that generated clients know the type of each response.

use crate::{
    app::App,
    auth::Caller,
    formats::{self, Context, Format},
    limits::{READER_PATIENCE, heavy::PLACES_OF_CLIENT},
    openapi::{EXAMPLE_URL, Operation, examples, headers_of, name_of, named, parameters, sort},
    problem::Problem,
    request::input::Input,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    content::Content,
    query::{Page, Parameters, Scope},
};
use serde_json::{Value, json};

/// Exports the records of a kind in a format.
///
/// # Errors
/// As [`super::list`]. `cursor`, `with_total` and `format` are rejected here.
pub(in crate::handlers) async fn export<C: Content>(
    caller: &Caller,
    app: Data<App>,
    request: &HttpRequest,
    mut input: Input<'_>,
    format: Format,
) -> Result<HttpResponse, Problem> {
    input.refuse(&["cursor", "with_total"]);
    let context = Context::take(format, &app, &mut input).with_feed::<C>(format, input.sent());
    let query = input.query(&Scope::of::<C>(), Page::MAX_EXPORT_LIMIT, app.store.now());
    let validated = input.finish_as(format.media_type())?;
    formats::export::<C>(validated, request, caller, app, (format, context), query).await
}

/// Describes an export with some filters.
pub(in crate::handlers) fn describe<C: Content>(
    operation: Operation,
    format: Format,
    filters: Vec<Value>,
) -> Operation {
    let mut parameters = filters;
    parameters.push(sort::<C>());
    parameters.push(parameters::query(
        "limit",
        "Maximum number of records. Default: all.",
        json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": Page::MAX_EXPORT_LIMIT, "examples": [50] }),
    ));
    parameters.extend(Context::parameters(format));
    let answer = json!({
        "description": "All matching records.",
        "headers": headers_of(&["ETag", "Cache-Control", "Content-Disposition", "Change-Cursor", "X-Request-Id"]),
        "content": { format.media_type(): content_of::<C>(format) }
    });
    operation
        .description(format!("Streams all matching records, with the filters and the order of the list. {}\n\n`ETag` depends on the query, the last change and the date, so an unchanged export returns 304 immediately. The server closes the connection if the client reads nothing for {} seconds. While {} other exports and expensive requests of the same client are in progress, it returns 503.", format.about(), READER_PATIENCE.as_secs(), PLACES_OF_CLIENT))
        .parameters(parameters)
        .answer("200", answer)
        .refusals(&[406])
        .revalidated_with(&["ETag", "Cache-Control", "Change-Cursor", "X-Request-Id"])
}

/// The schema of an export, with an example.
fn content_of<C: Content>(format: Format) -> Value {
    let context = Context::of(EXAMPLE_URL).with_feed::<C>(format, &Parameters::default());
    let bytes = formats::whole(format, context, &[examples::answered::<C>()]).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match format {
        Format::GeoJson => json!({
            "schema": named(&name_of::<C>("FeatureCollection")),
            "example": serde_json::from_str::<Value>(&text).unwrap_or_default()
        }),
        Format::Spreadsheet => {
            json!({ "schema": { "type": "string", "format": "binary", "description": format.about() } })
        }
        _ => json!({ "schema": { "type": "string", "description": format.about() }, "example": text }),
    }
}
