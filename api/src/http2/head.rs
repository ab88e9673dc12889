//! The head of a request.

use super::body::Body;
use crate::{
    limits::{MAX_HEADER_LINES, MAX_HEADERS, MAX_URI},
    problem::{BAD_REQUEST, Problem},
    wire::{headers_too_large, too_many_headers, uri_too_long},
};
use actix_http::{HttpMessage as _, Payload, Request};
use h2::RecvStream;
use http::{Uri, request::Parts, uri::PathAndQuery};
use std::net::SocketAddr;

/// A request for the handlers. One that exceeds a limit carries the problem with which it is turned away, as with HTTP/1.
///
/// The library has reset the stream of what is malformed (RFC 9113 section 8.1.1). As links do, handlers see the target in
/// origin form: no authority.
pub(super) fn request(request: http::Request<RecvStream>, peer: Option<SocketAddr>) -> Request {
    let (parts, body) = request.into_parts();
    let refusal = check(&parts).err();
    let payload: Payload =
        if body.is_end_stream() { Payload::None } else { Payload::Stream { payload: Box::pin(Body(body)) } };
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
    request
}

/// Enforces the limits of heads.
fn check(parts: &Parts) -> Result<(), Problem> {
    let target = parts.uri.path_and_query().map(PathAndQuery::as_str);
    let size: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    match target {
        // CONNECT has no path (RFC 9113 section 8.5).
        None => Err(Problem::new(&BAD_REQUEST, "The address must be a path that starts with '/'.")),
        Some(target) if target.len() > MAX_URI => Err(uri_too_long()),
        Some(_) if parts.headers.len() > MAX_HEADER_LINES => Err(too_many_headers()),
        Some(_) if size > MAX_HEADERS => Err(headers_too_large()),
        Some(_) => Ok(()),
    }
}
