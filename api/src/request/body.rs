//! Bodies of writes.

use super::{
    encoding::{Broken, Encoding},
    format::body_type,
};
use crate::{
    limits::MAX_BODY,
    problem::{BAD_REQUEST, PAYLOAD_TOO_LARGE, Problem, UNSUPPORTED_MEDIA_TYPE},
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

/// The media type of whole records.
pub const JSON: &str = "application/json";
/// The media type of changes to records (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// A body as it was received. What is wrong with it is said when it is asked for: whether there is a record to write
/// is asked first.
#[derive(Clone, Debug)]
pub struct Body {
    supported: Result<Encoding, Problem>,
    bytes: Result<Bytes, Problem>,
}

impl Body {
    /// Receives and decompresses a body that should have a media type.
    pub async fn receive(request: &HttpRequest, payload: Payload, media_type: &'static str) -> Self {
        const TAKEN: [Encoding; 3] = [Encoding::Gzip, Encoding::Brotli, Encoding::Zstd];
        let supported = check_type(request, media_type).and_then(|()| Encoding::read(request, &TAKEN));
        let bytes = match &supported {
            Ok(encoding) => decompressed(request, payload, *encoding).await,
            Err(problem) => Err(problem.clone()),
        };
        Self { supported, bytes }
    }

    /// Refuses a body of another media type, or in an encoding that is not known.
    ///
    /// # Errors
    /// 415.
    pub fn check_supported(&self) -> Result<(), Problem> {
        self.supported.as_ref().map(drop).map_err(Problem::clone)
    }

    /// Reads it as JSON ([`domain::json::read`]), and notes the keys that stand twice.
    ///
    /// # Errors
    /// 415 as [`Body::check_supported`], 413 when it is larger than [`MAX_BODY`] (decompressed), 400 when it broke off,
    /// is not JSON, or nests too deep.
    pub fn json(&self, faults: &mut Faults) -> Result<Value, Problem> {
        let bytes = self.bytes.as_ref().map_err(Problem::clone)?;
        domain::json::read(bytes, faults).map_err(|fault| {
            let mut faults = Faults::new();
            faults.malformed("", format!("the body is not JSON in UTF-8: {fault}"));
            Problem::of_body(faults)
        })
    }

    /// Tells different bodies apart.
    ///
    /// # Errors
    /// As [`Body::json`], when it was not received as a whole.
    pub fn hash(&self) -> Result<Vec<u8>, Problem> {
        self.bytes.as_ref().map(|bytes| blake3::hash(bytes).as_bytes().to_vec()).map_err(Problem::clone)
    }
}

/// All bytes of a body, or why they cannot be had.
async fn decompressed(request: &HttpRequest, payload: Payload, encoding: Encoding) -> Result<Bytes, Problem> {
    let sent = received(request, payload).await?;
    match encoding {
        Encoding::Identity => Ok(sent),
        _ => web::block(move || unpacked(sent, encoding)).await.map_err(Problem::internal)?,
    }
}

/// All bytes of a body as they were sent.
async fn received(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Problem> {
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > MAX_BODY as u64) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken(Broken::OFF).caused_by(error))?;
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// What was sent compressed. Not more of it is unpacked than it takes to see that it is too large.
fn unpacked(sent: Bytes, encoding: Encoding) -> Result<Bytes, Problem> {
    let mut bytes = Vec::new();
    let body = encoding.open(Cursor::new(sent)).map_err(Problem::internal)?;
    body.take(MAX_BODY as u64 + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() > MAX_BODY { Err(too_large()) } else { Ok(bytes.into()) }
}

fn too_large() -> Problem {
    Problem::new(&PAYLOAD_TOO_LARGE, format!("The body may have {MAX_BODY} bytes at the most."))
}

/// Refuses a body of another media type.
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
