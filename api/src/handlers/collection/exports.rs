//! Exports. Each format has its own address, so that generated clients know the type of each response.

use crate::{
    app::App,
    auth::Caller,
    formats,
    limits::READER_PATIENCE,
    openapi::{Operation, examples, filters, headers_of, name_of, named, parameters, sort},
    problem::Problem,
    request::{format::Format, input::Input},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    content::Content,
    query::{Page, Scope},
};
use serde_json::{Value, json};

/// Exports the records of a kind in a format.
///
/// # Errors
/// As [`super::list`]. `cursor`, `with_total` and `format` are rejected here.
pub(super) async fn export<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
    format: Format,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    input.refuse(&["cursor", "with_total"]);
    let query = input.query(&Scope::of::<C>(), Page::MAX_EXPORT_LIMIT, app.store.now());
    let validated = input.finish_as(format.media_type())?;
    formats::export::<C>(validated, &request, &caller, app, format, query).await
}

pub(super) fn describe<C: Content>(format: Format) -> Operation {
    let (plural, extension) = (C::KIND.plural(), format.as_str());
    let mut parameters = filters::of::<C>();
    parameters.push(sort::<C>());
    parameters.push(parameters::query(
        "limit",
        "Maximum number of records. Default: all.",
        json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": Page::MAX_EXPORT_LIMIT, "examples": [50] }),
    ));
    let answer = json!({
        "description": "All matching records.",
        "headers": headers_of(&["ETag", "Cache-Control", "Content-Disposition", "Change-Cursor", "X-Request-Id"]),
        "content": { format.media_type(): content_of::<C>(format) }
    });
    Operation::new(plural, format!("export_{plural}_{extension}"), format!("Export {plural} as {}", name(format)))
        .description(format!("Streams all matching records, with the filters and the order of the list. {}\n\n`ETag` depends on the query, the last change and the date, so an unchanged export returns 304 immediately. The server closes the connection if the client reads nothing for {} seconds. While {} other exports are in progress, it returns 503.", about(format), READER_PATIENCE.as_secs(), formats::AT_ONCE))
        .parameters(parameters)
        .answer("200", answer)
        .refusals(&[406])
        .revalidated_with(&["ETag", "Cache-Control", "Change-Cursor", "X-Request-Id"])
}

fn name(format: Format) -> &'static str {
    match format {
        Format::Json => "JSON",
        Format::NdJson => "NDJSON",
        Format::GeoJson => "GeoJSON",
        Format::Csv => "CSV",
    }
}

fn about(format: Format) -> &'static str {
    match format {
        Format::Json | Format::NdJson => "One JSON record per line.",
        Format::GeoJson => "A FeatureCollection (RFC 7946). Records without a location have a null geometry.",
        Format::Csv => {
            "A header row, then one row per record (RFC 4180), in UTF-8 with a byte-order mark. Text that a spreadsheet would read as a formula is prefixed with `'`."
        }
    }
}

/// The schema of an export, with an example.
fn content_of<C: Content>(format: Format) -> Value {
    let bytes = formats::whole(format, &[examples::answered::<C>()]).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match format {
        Format::GeoJson => json!({
            "schema": named(&name_of::<C>("FeatureCollection")),
            "example": serde_json::from_str::<Value>(&text).unwrap_or_default()
        }),
        _ => json!({ "schema": { "type": "string", "description": about(format) }, "example": text }),
    }
}
