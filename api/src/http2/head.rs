//! The head of a request.

use super::body::Body;
use crate::{
    limits::{MAX_HEADER_LINES, MAX_HEADERS, MAX_URI},
    problem::Problem,
    wire::{headers_too_large, malformed, too_many_headers, uri_too_long},
};
use actix_http::{HttpMessage as _, Payload, Request};
use h2::RecvStream;
use http::{
    Uri,
    header::{CONTENT_LENGTH, HOST, HeaderValue},
    request::Parts,
    uri::PathAndQuery,
};
use std::net::SocketAddr;

/// A request for the handlers. One that exceeds a limit carries the problem with which it is turned away, as with HTTP/1.
///
/// The library has reset the stream of what is malformed (RFC 9113 section 8.1.1). As links do, handlers see the target in
/// origin form: no authority.
///
/// Also returns the body, if there is one.
pub(super) fn request(
    request: http::Request<RecvStream>,
    peer: Option<SocketAddr>,
) -> (Request, Option<Body>) {
    let (parts, body) = request.into_parts();
    let refusal = check(&parts).err();
    let body = (!body.is_end_stream()).then(|| Body::new(body));
    let payload: Payload =
        body.clone().map_or(Payload::None, |body| Payload::Stream { payload: Box::pin(body) });
    let mut request = Request::with_payload(payload);
    let target = parts.uri.path_and_query().filter(|target| target.as_str().len() <= MAX_URI);
    let head = request.head_mut();
    head.uri = target.cloned().map_or_else(Uri::default, Uri::from);
    head.method = parts.method;
    head.version = parts.version;
    head.headers = parts.headers.into();
    head.peer_addr = peer;
    if let Some(problem) = refusal {
        request.extensions_mut().insert(problem);
    }
    (request, body)
}

/// Enforces the limits of heads, and rejects what is ambiguous, as with HTTP/1.
fn check(parts: &Parts) -> Result<(), Problem> {
    let (uri, headers) = (&parts.uri, &parts.headers);
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let is_other_host = |host: &HeaderValue| {
        uri.authority()
            .is_some_and(|authority| !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()))
    };
    match uri.path_and_query().map(PathAndQuery::as_str) {
        // CONNECT has no path (RFC 9113 section 8.5).
        None => Err(malformed("The address must be a path that starts with '/'.")),
        Some(target) if target.len() > MAX_URI => Err(uri_too_long()),
        Some(_) if headers.len() > MAX_HEADER_LINES => Err(too_many_headers()),
        Some(_) if size > MAX_HEADERS => Err(headers_too_large()),
        Some(_) if headers.get_all(HOST).iter().any(is_other_host) => {
            Err(malformed("The header Host must be the same as ':authority'."))
        }
        Some(_) if headers.get_all(CONTENT_LENGTH).iter().count() > 1 => {
            Err(malformed("There must be only one header Content-Length."))
        }
        Some(_) => Ok(()),
    }
}
