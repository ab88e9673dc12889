//! Building responses: entity tags, caching, 304.

use crate::{
    auth::Caller,
    formats::Format,
    problem::Problem,
    request::{body::JSON, conditions, input::Validated},
};
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, HttpDate, LAST_MODIFIED, LINK},
    web::Bytes,
};
use chrono::{DateTime, Utc};
use domain::{content::Content, record::Record};
use serde::Serialize;

/// Cache-Control: anonymous responses may be stored but must be revalidated, responses to tokens must not be stored.
pub fn cache_control(caller: &Caller) -> HeaderValue {
    HeaderValue::from_static(match caller {
        Caller::Anonymous => "public, max-age=0, must-revalidate",
        Caller::Known(_) => "private, no-store",
    })
}

/// A moment as an HTTP date, in seconds.
pub fn http_date(moment: DateTime<Utc>) -> HttpDate {
    std::time::SystemTime::from(moment).into()
}

/// A response with an entity tag. If the caller already has it, it becomes a 304 ([`crate::cache`]).
pub fn tagged(
    _: Validated,
    caller: &Caller,
    content_type: &'static str,
    tag: &str,
    last_modified: Option<DateTime<Utc>>,
    body: impl Into<Bytes>,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, cache_control(caller)));
    response.insert_header((ETAG, format!("\"{tag}\"")));
    if let Some(moment) = last_modified {
        response.insert_header((LAST_MODIFIED, http_date(moment)));
    }
    response.insert_header((CONTENT_TYPE, content_type)).body(body.into())
}

/// A JSON response with an entity tag.
///
/// # Errors
/// 500 if it cannot be serialised.
pub fn json(validated: Validated, caller: &Caller, value: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(value).map_err(Problem::internal)?;
    Ok(tagged(validated, caller, JSON, &conditions::digest(&body), None, body))
}

/// A page of a list as JSON, with the URL of the next page in the header Link (RFC 8288).
///
/// # Errors
/// 500 if it cannot be serialised.
pub fn page(
    validated: Validated,
    caller: &Caller,
    page: &impl Serialize,
    next: Option<String>,
) -> Result<HttpResponse, Problem> {
    let response = json(validated, caller, page)?;
    Ok(with_next(response, next.as_deref()))
}

/// Adds the URL of the next page in the header Link (RFC 8288).
pub fn with_next(mut response: HttpResponse, next: Option<&str>) -> HttpResponse {
    if let Some(Ok(link)) = next.map(|next| format!("<{next}>; rel=\"next\"").parse()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// Adds the addresses of the other formats in the header Link (RFC 8288). `url` is that of the JSON.
pub fn with_alternates(
    response: HttpResponse,
    url: &str,
    formats: impl IntoIterator<Item = Format>,
    shown: Format,
) -> HttpResponse {
    let address = |format: Format| match format {
        Format::Json => url.to_owned(),
        other => format!("{url}.{}", other.extension()),
    };
    let link = |format: Format| {
        format!("<{}>; rel=\"alternate\"; type=\"{}\"", address(format), format.media_type())
    };
    let links: Vec<String> = formats.into_iter().filter(|format| *format != shown).map(link).collect();
    with_link(response, &links.join(", "))
}

/// Adds related addresses in the header Link (RFC 8288).
pub fn with_link(mut response: HttpResponse, links: &str) -> HttpResponse {
    if let Ok(links) = links.parse() {
        response.headers_mut().insert(LINK, links);
    }
    response
}

/// 204.
pub fn no_content(_: Validated) -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// The path of a record.
pub fn path_of<C: Content>(record: &Record<C>) -> String {
    let key = record.slug.as_ref().map_or_else(|| record.id.to_string(), ToString::to_string);
    format!("/api/v1/{}/{key}", C::KIND.plural())
}
