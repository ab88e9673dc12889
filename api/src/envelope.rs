//! The middleware around every request: request id, problem details, common headers, access log.

use crate::{
    app::App,
    cache::Entry,
    limits::MAX_URI,
    problem::{FORBIDDEN, Problem},
    request::unread::Unread,
    respond::http_date,
    security_headers,
    wire::{REFUSED, Refusal},
};
use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError,
    body::{self, BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Method, StatusCode, Uri, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue, HttpDate, TryIntoHeaderValue as _},
    },
    middleware::Next,
    web::Data,
};
use chrono::{DateTime, Utc};
use domain::text::quoted;
use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, Instant},
};

/// The header with the request id.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Maximum number of characters of a cause in the log, because it may quote the request.
const MAX_CAUSE: usize = 4_000;

/// Wraps the handling of every request.
///
/// # Errors
/// Only those of inner middleware. All other failures have become problems.
pub async fn wrap(
    app: Data<App>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let trace_id = trace_id(&request);
    let id = request_id(&request, &app, trace_id.as_deref());
    let method = request.method().clone();
    let refusal = request.conn_data::<Refusal>().filter(|_| method == REFUSED).and_then(Refusal::take);
    if method == Method::HEAD || refusal.is_some() {
        // HEAD is handled as GET. The library omits the body when it sends the response.
        request.head_mut().method = Method::GET;
    }
    let is_refused = refusal.is_some();
    if let Some(problem) = refusal {
        request.extensions_mut().insert(problem);
    }
    strip_prefix(&mut request, &app);
    let unread = Unread::of(&mut request);
    let instance = format!("{}{}", app.prefix(), request.path());
    let started = Instant::now();
    let is_older = request.version() < Version::HTTP_11;
    // Handlers and extractors return responses. Only broken middleware fails.
    let (request, response) = next.call(request).await?.map_into_boxed_body().into_parts();
    // What comes from the cache was not routed.
    let kept = response.extensions().get::<Arc<Entry>>().cloned();
    let route = kept.map_or_else(|| request.match_pattern(), |entry| entry.route.clone());
    let logged = if is_refused { "-".into() } else { logged(route.as_deref(), &instance) };
    let mut response = with_problem(&request, response, &app, &instance, &logged, &id);
    if response.body().size() == BodySize::Stream {
        if method == Method::HEAD {
            // Nobody would read the stream, and it may be endless.
            response = response.set_body(BoxBody::new(body::None::new()));
        } else if is_older {
            // HTTP/1.0 has no chunks: the end of the connection ends the body (RFC 9112 section 6.1).
            response.head_mut().no_chunking(true);
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
    }
    if let Some(unread) = unread {
        response = response.map_body(|_, body| unread.behind(body));
    }
    finish(response.headers_mut(), &app, &id);
    let (status, took) = (response.status(), started.elapsed());
    log::info!(
        target: "access",
        method = method.as_str(), path = &*logged, status = status.as_u16(), duration_us = micros(took),
        request_id = &*id, trace_id = trace_id.as_deref().unwrap_or("-");
        "answered"
    );
    app.metrics.answered(&method, route, status, took);
    Ok(ServiceResponse::new(request, response))
}

/// Answers requests that the wire rejected. Scripts of any origin may read the response, because the origin is often
/// unknown.
///
/// # Errors
/// Only those of inner middleware.
pub async fn turn_away(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let problem = request.extensions_mut().remove::<Problem>();
    let Some(problem) = problem else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    let mut response = problem.error_response();
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(request.into_response(response))
}

/// Strips the path of the public URL from the address, unless a proxy has already done so.
fn strip_prefix(request: &mut ServiceRequest, app: &App) {
    let Some(path) = app.local_path(request.path()) else { return };
    let query = request.query_string();
    let separator = if query.is_empty() { "" } else { "?" };
    if let Ok(uri) = format!("{path}{separator}{query}").parse::<Uri>() {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}

/// The path in the log. External ids are never logged, because logs cannot be erased (GDPR Art. 17). An unknown address
/// may contain one as well, if it resembles that of a chamber or a member.
fn logged<'a>(route: Option<&str>, path: &'a str) -> Cow<'a, str> {
    const NAME: &str = "/{external_id}";
    match (route, path.rsplit_once('/')) {
        (Some(pattern), Some((members, _))) if pattern.ends_with(NAME) => format!("{members}{NAME}").into(),
        (Some(_), _) => quoted(path, MAX_URI),
        (None, _) => match end_of_resemblance(path) {
            Some(end) => format!("{}/...", quoted(&path[..end], MAX_URI)).into(),
            None => quoted(path, MAX_URI),
        },
    }
}

/// Where the first segment ends that resembles `chambers` or `members`, if another one follows.
fn end_of_resemblance(path: &str) -> Option<usize> {
    let lower = path.to_ascii_lowercase();
    let begin = ["chamber", "member"].into_iter().filter_map(|name| lower.find(name)).min()?;
    path[begin..].find('/').map(|length| begin + length)
}

/// The trace that a request belongs to (W3C Trace Context, section 3.2: `traceparent`).
fn trace_id(request: &ServiceRequest) -> Option<String> {
    let parent = request.headers().get("traceparent")?.to_str().ok()?;
    let mut parts = parent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_sound =
        is_hex(version, 2) && version != "ff" && is_hex(parts.next()?, 16) && is_hex(parts.next()?, 2);
    let is_trace = is_hex(trace, 32) && trace.bytes().any(|byte| byte != b'0');
    (is_sound && is_trace && (version != "00" || parts.next().is_none())).then(|| trace.to_owned())
}

/// The request id of the caller, or that of its trace, or a new one.
fn request_id(request: &ServiceRequest, app: &App, trace_id: Option<&str>) -> String {
    let sent = request.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    });
    sent.or(trace_id).map_or_else(|| app.new_id().to_string(), str::to_owned)
}

/// Writes the body of an error response, including those that a library returned.
fn with_problem(
    request: &HttpRequest,
    mut response: HttpResponse,
    app: &App,
    instance: &str,
    logged: &str,
    id: &str,
) -> HttpResponse {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response.extensions_mut().remove::<Problem>();
    let problem =
        problem.or_else(|| refused_preflight(request)).unwrap_or_else(|| Problem::of_status(status));
    if let Some(cause) = &problem.cause {
        let level = if status.is_server_error() { log::Level::Error } else { log::Level::Info };
        let cause = quoted(cause, MAX_CAUSE);
        log::log!(level, path = logged, problem = problem.kind.slug, request_id = id; "{cause}");
    }
    let mut answer = HttpResponse::build(StatusCode::from_u16(problem.kind.status).unwrap_or(status));
    answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    let kept = response.headers().iter().filter(|(name, _)| {
        !matches!(
            **name,
            header::CONTENT_TYPE | header::CONTENT_LENGTH | header::CACHE_CONTROL | header::CONTENT_ENCODING
        )
    });
    for (name, value) in kept {
        answer.append_header((name.clone(), value.clone()));
    }
    for (name, value) in &problem.headers {
        answer.insert_header((name.clone(), value.clone()));
    }
    answer.body(problem.body(&app.public_url, instance))
}

/// Sets `Date`, and limits `Last-Modified` to it (RFC 9110 section 8.8.2.1). A record may have been written by a
/// clock ahead of this one.
fn date(headers: &mut HeaderMap, now: DateTime<Utc>) {
    let now = http_date(now);
    let modified = headers.get(header::LAST_MODIFIED).and_then(|value| value.to_str().ok()?.parse().ok());
    if modified.is_some_and(|modified: HttpDate| modified > now)
        && let Ok(value) = now.try_into_value()
    {
        headers.insert(header::LAST_MODIFIED, value);
    }
    if let Ok(value) = now.try_into_value() {
        headers.insert(header::DATE, value);
    }
}

/// The reason for a rejected CORS preflight, which the library does not give.
fn refused_preflight(request: &HttpRequest) -> Option<Problem> {
    let header = |name| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let method =
        header(header::ACCESS_CONTROL_REQUEST_METHOD).filter(|_| request.method() == Method::OPTIONS)?;
    let origin = header(header::ORIGIN).unwrap_or_default();
    Some(Problem::new(
        &FORBIDDEN,
        format!(
            "The origin '{origin}' may not send {method}. Any origin may read; those in the setting \
             CLUSTERPORTAL_CORS_ORIGINS may also send POST, PUT, PATCH and DELETE."
        ),
    ))
}

/// Adds the headers of every response.
fn finish(headers: &mut HeaderMap, app: &App, id: &str) {
    date(headers, app.clock.now());
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.append(header::VARY, HeaderValue::from_static("Authorization, Accept, Accept-Encoding"));
    security_headers::add(headers, app);
    // Handlers set `identity` to prevent compression. It must not be sent (RFC 9110 section 8.4.1).
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    tag_encoding(headers);
}

/// Each encoding is a separate representation with its own strong entity tag.
fn tag_encoding(headers: &mut HeaderMap) {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok());
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    if let (Some(encoding), Some(tag)) = (encoding, tag)
        && let Some(tag) = tag.strip_suffix('"')
        && let Ok(tag) = HeaderValue::from_str(&format!("{tag}-{encoding}\""))
    {
        headers.insert(header::ETAG, tag);
    }
}
