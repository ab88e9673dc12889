//! Content encodings of responses (RFC 9110 section 12.5.3).
//!
//! A complete body is encoded at once and sent with Content-Length. A stream is encoded chunk by chunk, with a flush
//! after each, so that nothing waits in the encoder.

mod encoder;

use crate::{
    cache::Entry,
    problem::{NOT_ACCEPTABLE, Problem},
    request::{encoding::Encoding, list},
};
use actix_web::{
    Error,
    body::{BodySize, BodyStream, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue},
    middleware::Next,
    web::{self, Bytes},
};
use encoder::Encoder;
use futures_util::stream;
use std::{future::poll_fn, io, pin::Pin, sync::Arc};

/// Smaller bodies are not encoded, because it costs more than it saves.
const SMALL: u64 = 256;
/// Up to this size, bodies are encoded on the serving thread, which takes less than a millisecond. The threads for
/// blocking work may all be waiting for the database.
const IN_PLACE: usize = 64 * 1024;
/// Encodings in order of preference (bench/RESULTS.md). zstd takes a third of the time of the others.
const PREFERRED: [Encoding; 3] = [Encoding::Zstd, Encoding::Brotli, Encoding::Gzip];

/// Encodes responses as the caller accepts.
///
/// # Errors
/// Only those of inner middleware.
pub async fn wrap(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(accepted) = Accepted::read(request.headers()) else {
        let words = PREFERRED.map(Encoding::as_str).join(", ");
        let problem =
            Problem::new(&NOT_ACCEPTABLE, format!("Available content encodings: {words}, identity."));
        return Ok(request.error_response(problem));
    };
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(encoding) = accepted.for_answer(&response) else { return Ok(response) };
    let (request, response) = response.into_parts();
    let entry = response.extensions().get::<Arc<Entry>>().cloned();
    let (mut response, body) = response.into_parts();
    let body = match entry {
        Some(entry) => entry.encoded(encoding).await.map(BoxBody::new),
        None => encoded(body, encoding).await,
    };
    let body = body.map_err(Problem::internal)?;
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
    Ok(ServiceResponse::new(request, response.set_body(body)))
}

/// What a caller accepts.
#[derive(Debug, PartialEq)]
struct Accepted {
    /// The preferred encoding, unless identity is preferred.
    best: Option<Encoding>,
    /// Whether identity is acceptable.
    identity: bool,
}

impl Accepted {
    /// Parses Accept-Encoding. `None` if no available encoding is acceptable.
    fn read(headers: &HeaderMap) -> Option<Self> {
        let choices = list::choices(headers, &ACCEPT_ENCODING);
        let weight = |matches: &dyn Fn(&str) -> bool| {
            let weights = choices.iter().filter(|(word, _)| matches(word)).map(|(_, weight)| *weight);
            weights.max_by(f32::total_cmp)
        };
        let named = |encoding| weight(&|word| Encoding::of_word(word) == Some(encoding));
        let others = weight(&|word| word == "*");
        let liked = |encoding: &Encoding| named(*encoding).filter(|weight| *weight > 0.0);
        // `max_by` returns the last of equals, hence the reversal. For `*`, use gzip, which all clients support.
        let best = PREFERRED
            .iter()
            .rev()
            .filter_map(|encoding| Some((*encoding, liked(encoding)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .or_else(|| {
                let other = PREFERRED.iter().rev().find(|encoding| named(**encoding).is_none())?;
                Some((*other, others.filter(|weight| *weight > 0.0)?))
            });
        let identity = named(Encoding::Identity).or(others);
        match (best, identity) {
            (None, Some(0.0)) => None,
            (None, _) => Some(Self { best: None, identity: true }),
            (Some((_, weight)), Some(plain)) if plain > weight => Some(Self { best: None, identity: true }),
            (Some((encoding, _)), identity) => {
                Some(Self { best: Some(encoding), identity: identity != Some(0.0) })
            }
        }
    }

    /// The encoding of a response, or `None` to leave it as it is.
    fn for_answer(&self, response: &ServiceResponse<BoxBody>) -> Option<Encoding> {
        let is_worth_it = match response.response().body().size() {
            BodySize::None | BodySize::Sized(0) => false,
            BodySize::Sized(bytes) => bytes >= SMALL || !self.identity,
            BodySize::Stream => true,
        };
        let headers = response.headers();
        let is_text = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(is_text);
        self.best.filter(|_| is_worth_it && is_text && !headers.contains_key(CONTENT_ENCODING))
    }
}

/// Whether a media type is text. Images and archives are already compressed.
fn is_text(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let name = media_type.rsplit(['/', '+']).next().unwrap_or_default();
    media_type.starts_with("text/")
        || ["json", "x-ndjson", "xml", "javascript", "yaml", "n-triples", "trig"].contains(&name)
}

/// Encodes a body.
async fn encoded(body: BoxBody, encoding: Encoding) -> io::Result<BoxBody> {
    match body.try_into_bytes() {
        Ok(bytes) => whole(bytes, encoding).await.map(BoxBody::new),
        Err(body) => Ok(in_pieces(body, Encoder::new(encoding, None)?)),
    }
}

/// Encodes a complete body.
///
/// # Errors
/// If the encoder fails.
pub(crate) async fn whole(bytes: Bytes, encoding: Encoding) -> io::Result<Bytes> {
    let encoder = Encoder::new(encoding, Some(bytes.len()))?;
    run(bytes.len(), move || encoder.all(&bytes)).await.map(Bytes::from)
}

/// Runs work on a body. Large bodies are processed off the serving threads.
async fn run<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    if bytes <= IN_PLACE { work() } else { web::block(work).await.map_err(io::Error::other)? }
}

/// Encodes a stream chunk by chunk.
fn in_pieces(body: BoxBody, encoder: Encoder) -> BoxBody {
    let pieces = stream::try_unfold(Some((body, encoder)), |state| async {
        let Some((mut body, encoder)) = state else { return Ok(None) };
        let piece = match poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            Some(chunk) => {
                let chunk = chunk?;
                let (encoder, piece) = run(chunk.len(), move || encoder.piece(&chunk)).await?;
                (Bytes::from(piece), Some((body, encoder)))
            }
            None => (Bytes::from(encoder.end()?), None),
        };
        Ok::<_, Box<dyn std::error::Error>>(Some(piece))
    });
    BoxBody::new(BodyStream::new(pieces))
}

#[cfg(test)]
mod tests {
    use super::{Accepted, is_text};
    use crate::request::encoding::Encoding::{self, Brotli, Gzip, Zstd};
    use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};

    fn accepted(value: Option<&'static str>) -> Option<(Option<Encoding>, bool)> {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        Accepted::read(&headers).map(|accepted| (accepted.best, accepted.identity))
    }

    #[test]
    fn the_best_that_is_accepted_is_chosen() {
        assert_eq!(accepted(None), Some((None, true)));
        for (value, best, identity) in [
            ("", None, true),
            ("identity", None, true),
            ("deflate, compress", None, true),
            ("gzip, deflate, br, zstd", Some(Zstd), true),
            ("gzip, deflate, br", Some(Brotli), true),
            ("GZIP", Some(Gzip), true),
            ("x-gzip;q=.1", Some(Gzip), true),
            ("br;q=0.5, gzip;q=0.8", Some(Gzip), true),
            ("br;q=0, gzip", Some(Gzip), true),
            ("*", Some(Gzip), true),
            ("gzip;q=0, *", Some(Brotli), true),
            ("gzip;q=0.5, identity", None, true),
            ("gzip, identity", Some(Gzip), true),
            ("gzip;q=0.5, *;q=0", Some(Gzip), false),
            ("identity;q=0, gzip", Some(Gzip), false),
            ("identity;q=0, *", Some(Gzip), false),
            ("identity;q=0.5, *;q=0", None, true),
            ("br;q=0", None, true),
            (",;,gzip;q=\"x,y\"", Some(Gzip), true),
        ] {
            assert_eq!(accepted(Some(value)), Some((best, identity)), "{value}");
        }
        for value in
            ["identity;q=0", "*;q=0", "identity;q=0, gzip;q=0", "br;q=0, *;q=0", "deflate, identity;q=0"]
        {
            assert_eq!(accepted(Some(value)), None, "{value}");
        }
    }

    #[test]
    fn only_text_is_compressed() {
        for text in ["application/json", "text/csv; charset=utf-8", "application/geo+json", "image/svg+xml"] {
            assert!(is_text(text), "{text}");
        }
        for other in
            ["image/png", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "font/woff2"]
        {
            assert!(!is_text(other), "{other}");
        }
    }
}
