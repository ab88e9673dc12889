//! Request bodies of writes.

use super::{
    encoding::{Broken, Encoding},
    negotiation::body_type,
    unread::is_too_slow,
};
use crate::{
    limits::MAX_BODY,
    problem::{BAD_REQUEST, PAYLOAD_TOO_LARGE, Problem, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE},
};
use actix_web::{
    HttpRequest,
    http::header::{CONTENT_LENGTH, HeaderName, HeaderValue},
    web::{self, Bytes, BytesMut, Payload},
};
use domain::fault::Faults;
use futures_util::StreamExt;
use serde_json::Value;
use std::{
    fmt,
    io::{Cursor, Read as _},
};

/// The media type of complete records.
pub const JSON: &str = "application/json";
/// The media type of merge patches (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// A received body. Its errors are returned when it is read, because 404 and 410 for the record take precedence.
#[derive(Clone, Debug)]
pub struct Body {
    supported: Result<Encoding, Problem>,
    bytes: Result<Bytes, Problem>,
}

impl Body {
    /// Receives and decompresses a body. `media_type` is the expected one.
    pub async fn receive(request: &HttpRequest, payload: Payload, media_type: &'static str) -> Self {
        const TAKEN: [Encoding; 3] = [Encoding::Gzip, Encoding::Brotli, Encoding::Zstd];
        let supported = check_type(request, media_type).and_then(|()| Encoding::read(request, &TAKEN));
        let bytes = match &supported {
            Ok(encoding) => decompressed(request, payload, *encoding).await,
            Err(problem) => Err(problem.clone()),
        };
        Self { supported, bytes }
    }

    /// Rejects an unsupported media type or content encoding.
    ///
    /// # Errors
    /// 415.
    pub fn check_supported(&self) -> Result<(), Problem> {
        self.supported.as_ref().map(drop).map_err(Problem::clone)
    }

    /// Parses the body as JSON ([`domain::json::read`]). Duplicate keys are added to `faults`.
    ///
    /// # Errors
    /// 415 as [`Body::check_supported`], 413 if it is larger than [`MAX_BODY`] (decompressed), 400 if it broke off,
    /// is not JSON, or is nested too deeply.
    pub fn json(&self, faults: &mut Faults) -> Result<Value, Problem> {
        let bytes = self.bytes.as_ref().map_err(Problem::clone)?;
        domain::json::read(bytes, faults).map_err(|fault| {
            let mut faults = Faults::new();
            faults.malformed("", format!("the body is not JSON in UTF-8: {fault}"));
            Problem::of_body(faults)
        })
    }

    /// A hash of the body, to compare bodies sent with the same idempotency key.
    ///
    /// # Errors
    /// As [`Body::json`], if it was not received completely.
    pub fn hash(&self) -> Result<Vec<u8>, Problem> {
        self.bytes.as_ref().map(|bytes| blake3::hash(bytes).as_bytes().to_vec()).map_err(Problem::clone)
    }
}

/// Receives and decompresses a body.
async fn decompressed(request: &HttpRequest, payload: Payload, encoding: Encoding) -> Result<Bytes, Problem> {
    let sent = received(request, payload).await?;
    match encoding {
        Encoding::Identity => Ok(sent),
        _ => web::block(move || unpacked(sent, encoding)).await.map_err(Problem::internal)?,
    }
}

/// Receives a body as it was sent.
async fn received(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Problem> {
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > MAX_BODY as u64) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| match is_too_slow(&error) {
            true => {
                Problem::new(&REQUEST_TIMEOUT, format!("The body could not be received: {}.", Broken::SLOW))
            }
            false => broken(Broken::OFF).caused_by(error),
        })?;
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Decompresses a body, up to the limit.
fn unpacked(sent: Bytes, encoding: Encoding) -> Result<Bytes, Problem> {
    let mut bytes = Vec::new();
    let body = encoding.open(Cursor::new(sent)).map_err(Problem::internal)?;
    body.take(MAX_BODY as u64 + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() > MAX_BODY { Err(too_large()) } else { Ok(bytes.into()) }
}

fn too_large() -> Problem {
    Problem::new(&PAYLOAD_TOO_LARGE, format!("The body must not exceed {MAX_BODY} bytes."))
}

/// Rejects a body of another media type.
fn check_type(request: &HttpRequest, media_type: &'static str) -> Result<(), Problem> {
    if body_type(request).as_deref() == Some(media_type) {
        return Ok(());
    }
    let problem = Problem::new(&UNSUPPORTED_MEDIA_TYPE, format!("The body must be {media_type}, in UTF-8."));
    Err(match media_type {
        MERGE_PATCH => problem
            .with_header(HeaderName::from_static("accept-patch"), HeaderValue::from_static(MERGE_PATCH)),
        _ => problem,
    })
}

fn broken(cause: impl fmt::Display) -> Problem {
    Problem::new(&BAD_REQUEST, format!("The body could not be received as a whole: {cause}."))
}
