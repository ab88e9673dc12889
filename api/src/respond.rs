//! Writing answers: entity tags, caching, 304.

use crate::{
    auth::Caller,
    problem::Problem,
    request::{body::JSON, conditions, input::Validated},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, HttpDate, LAST_MODIFIED, LINK},
    web::Bytes,
};
use chrono::{DateTime, Utc};
use domain::{content::Content, record::Record};
use serde::Serialize;

/// How long an answer may be kept: by anyone but always asked about again, or by nobody when it was for a token.
pub fn cache_control(caller: &Caller) -> HeaderValue {
    HeaderValue::from_static(match caller {
        Caller::Anonymous => "public, max-age=0, must-revalidate",
        Caller::Known(_) => "private, no-store",
    })
}

/// A moment as HTTP writes it, to the second.
pub fn http_date(moment: DateTime<Utc>) -> HttpDate {
    std::time::SystemTime::from(moment).into()
}

/// An answer that may be held already: 200, or 304 when the caller has it.
pub fn tagged(
    _: Validated,
    request: &HttpRequest,
    caller: &Caller,
    content_type: &'static str,
    tag: &str,
    last_modified: Option<DateTime<Utc>>,
    body: impl Into<Bytes>,
) -> HttpResponse {
    let held = conditions::held(request, tag);
    let mut response = if held.is_some() { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, cache_control(caller)));
    response.insert_header((ETAG, format!("\"{}\"", held.as_deref().unwrap_or(tag))));
    if let Some(moment) = last_modified {
        response.insert_header((LAST_MODIFIED, http_date(moment)));
    }
    if held.is_some() {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, content_type)).body(body.into())
}

/// Any value as JSON that may be held already.
///
/// # Errors
/// 500 when it cannot be written as JSON.
pub fn json(
    validated: Validated,
    request: &HttpRequest,
    caller: &Caller,
    value: &impl Serialize,
) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(value).map_err(Problem::internal)?;
    Ok(tagged(validated, request, caller, JSON, &conditions::digest(&body), None, body))
}

/// A page of a list as JSON, with the address of the next one in the header Link (RFC 8288).
///
/// # Errors
/// 500 when it cannot be written as JSON.
pub fn page(
    validated: Validated,
    request: &HttpRequest,
    caller: &Caller,
    page: &impl Serialize,
    next: Option<String>,
) -> Result<HttpResponse, Problem> {
    let response = json(validated, request, caller, page)?;
    Ok(with_next(response, next.as_deref()))
}

/// The same answer, with the address of the next page in the header Link (RFC 8288).
pub fn with_next(mut response: HttpResponse, next: Option<&str>) -> HttpResponse {
    if let Some(Ok(link)) = next.map(|next| format!("<{next}>; rel=\"next\"").parse()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// That it was done, and there is nothing to say.
pub fn no_content(_: Validated) -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// The path of a record.
pub fn path_of<C: Content>(record: &Record<C>) -> String {
    let key = record.slug.as_ref().map_or_else(|| record.id.to_string(), ToString::to_string);
    format!("/api/v1/{}/{key}", C::KIND.plural())
}
