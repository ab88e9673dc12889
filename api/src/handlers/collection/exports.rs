//! Exports: an address for each format, so that generated clients know what each one answers.

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

/// Exports the records of a kind, at the address of a format.
///
/// # Errors
/// As [`list`]; pages, and the parameter `format`, are not known here.
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
        "How many records there are at the most; all unless it is given.",
        json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": Page::MAX_EXPORT_LIMIT, "examples": [50] }),
    ));
    let answer = json!({
        "description": "All records that match.",
        "headers": headers_of(&["ETag", "Cache-Control", "Content-Disposition", "Change-Cursor", "X-Request-Id"]),
        "content": { format.media_type(): content_of::<C>(format) }
    });
    Operation::new(plural, format!("export_{plural}_{extension}"), format!("Export {plural} as {}", name(format)))
        .description(format!("{} Has the filters and the order of the list, and no pages: everything that matches is streamed. `ETag` follows from the query, the last change of the landscape and the day, so an unchanged export is answered 304 at once. The server ends an export whose reader takes nothing for {} seconds, and answers 503 while {} others are in progress.", about(format), READER_PATIENCE.as_secs(), formats::AT_ONCE))
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
        Format::Json | Format::NdJson => "One record a line, as JSON.",
        Format::GeoJson => "A FeatureCollection (RFC 7946); a record without a place has a null geometry.",
        Format::Csv => {
            "A header row, then a row a record (RFC 4180), in UTF-8 with a byte-order mark. A text that a spreadsheet would take for a formula has a `'` in front."
        }
    }
}

/// The schema of an export, and what the export of the kind's example looks like.
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
