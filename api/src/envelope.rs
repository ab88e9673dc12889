//! What every request and answer passes through: limits, request id, problems, headers that are always there.

use crate::{
    app::App,
    limits::{MAX_HEADERS, MAX_URI},
    problem::{HEADERS_TOO_LARGE, Problem, URI_TOO_LONG},
    request::unread::Unread,
    respond::http_date,
};
use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{self, BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue, HttpDate, TryIntoHeaderValue as _},
    },
    middleware::Next,
    web::Data,
};
use chrono::{DateTime, Utc};
use std::borrow::Cow;

/// The header that ties an answer to the log.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps the handling of every request.
///
/// # Errors
/// Only those of a middleware; every other failure has become a problem.
pub async fn wrap(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else {
        return Ok(request.error_response(Problem::internal("no app")));
    };
    let id = request_id(&request, &app);
    let method = request.method().clone();
    if method == Method::HEAD {
        // Answered as GET; the body is left out when it is sent.
        request.head_mut().method = Method::GET;
    }
    let unread = Unread::of(&mut request);
    let instance = request.path().to_owned();
    let started = std::time::Instant::now();
    let (request, response) = match check_size(&request) {
        Err(problem) => request.into_response(problem.error_response()).into_parts(),
        // Handlers and their parameters answer; only a broken middleware fails.
        Ok(()) => next.call(request).await?.map_into_boxed_body().into_parts(),
    };
    let logged = logged(&request, &instance);
    let mut response = with_problem(response, &app, &instance, &logged, &id);
    if method == Method::HEAD && response.body().size() == BodySize::Stream {
        // Nobody would read it, and it may have no end.
        response = response.set_body(BoxBody::new(body::None::new()));
    }
    if let Some(unread) = unread {
        response = response.map_body(|_, body| unread.behind(body));
    }
    finish(response.headers_mut(), &app, &id);
    log::info!(target: "access", "{method} {logged} {} {}us {id}", response.status().as_u16(), started.elapsed().as_micros());
    Ok(ServiceResponse::new(request, response))
}

/// The path as the log has it. What a chamber calls a member is not in it, since nothing can be erased from a log (GDPR
/// Art. 17).
fn logged<'a>(request: &HttpRequest, path: &'a str) -> Cow<'a, str> {
    const NAME: &str = "/{external_id}";
    match (request.match_pattern(), path.rsplit_once('/')) {
        (Some(pattern), Some((members, _))) if pattern.ends_with(NAME) => format!("{members}{NAME}").into(),
        _ => path.into(),
    }
}

/// The caller's id for the request, or a new one.
fn request_id(request: &ServiceRequest, app: &App) -> String {
    let sent = request.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    });
    sent.map_or_else(|| app.new_id().to_string(), str::to_owned)
}

/// Refuses addresses and headers that are too large.
fn check_size(request: &ServiceRequest) -> Result<(), Problem> {
    let uri = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if uri > MAX_URI {
        Err(Problem::new(&URI_TOO_LONG, format!("The address may have {MAX_URI} bytes at the most.")))
    } else if headers > MAX_HEADERS {
        Err(Problem::new(
            &HEADERS_TOO_LARGE,
            format!("All headers may have {MAX_HEADERS} bytes at the most."),
        ))
    } else {
        Ok(())
    }
}

/// Gives a refusal its body, also where a library refused by itself.
fn with_problem(
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
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::of_status(status));
    if let Some(cause) = &problem.cause {
        let level = if status.is_server_error() { log::Level::Error } else { log::Level::Info };
        log::log!(level, "{logged} {}: {cause} {id}", problem.kind.slug);
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

/// Dates the answer. What was written by a clock ahead of this one, or within the second, must not seem to come from the
/// future (RFC 9110 section 8.8.2.1).
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

/// The headers that every answer carries.
fn finish(headers: &mut HeaderMap, app: &App, id: &str) {
    date(headers, app.clock.now());
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    for vary in ["Authorization", "Accept", "Accept-Encoding"] {
        let is_there = headers
            .get_all(header::VARY)
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|name| name.trim().eq_ignore_ascii_case(vary)));
        if !is_there {
            headers.append(header::VARY, HeaderValue::from_static(vary));
        }
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if app.public_url.starts_with("https://") {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    // What a handler says to keep an answer from being compressed is for this house only (RFC 9110 section 8.4.1).
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    tag_encoding(headers);
}

/// Each encoding of an answer is a representation of its own, with a strong entity tag of its own.
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
