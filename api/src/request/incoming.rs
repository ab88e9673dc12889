//! Bodies that are read while they arrive: the async side hands on chunks, a thread reads them as a stream.

use super::format::body_type;
use crate::problem::{Problem, UNSUPPORTED_MEDIA_TYPE};
use actix_web::{
    HttpRequest,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue},
    web::{Bytes, Payload},
};
use flate2::bufread::MultiGzDecoder;
use futures_util::StreamExt;
use std::{
    io::{self, BufRead, BufReader, Read},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::timeout,
};

/// So many chunks wait; a sender that is faster than the reader is held up.
const WAITING: usize = 4;
/// How long nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a compressed stream, and of what comes out of it, that are read at a time.
const BUFFER: usize = 64 * 1024;
/// The largest window of zstd, as a power of two: 8 MiB, which RFC 8878 section 3.1.1.1.2 says that every decoder takes.
const ZSTD_WINDOW: u32 = 23;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// Reads Content-Encoding.
    ///
    /// # Errors
    /// 415 for any other, and for several: a body that was compressed twice is not what the first says.
    pub fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let mut encodings = request.headers().get_all(CONTENT_ENCODING);
        let Some(encoding) = encodings.next() else { return Ok(Self::Identity) };
        let encoding = encoding.to_str().unwrap_or_default().trim().to_ascii_lowercase();
        match (encoding.as_str(), encodings.next()) {
            ("identity", None) => Ok(Self::Identity),
            ("gzip" | "x-gzip", None) => Ok(Self::Gzip),
            ("zstd", None) => Ok(Self::Zstd),
            _ => Err(Problem::new(
                &UNSUPPORTED_MEDIA_TYPE,
                "The body may be compressed once, with gzip or zstd.",
            )
            .with_header(ACCEPT_ENCODING, HeaderValue::from_static("gzip, zstd"))),
        }
    }
}

/// Refuses a body of another media type than that of lines of JSON.
///
/// # Errors
/// 415.
pub fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    if body_type(request).as_deref() == Some(NDJSON) {
        return Ok(());
    }
    Err(Problem::new(
        &UNSUPPORTED_MEDIA_TYPE,
        format!("The body must be {NDJSON}: one JSON object a line, in UTF-8."),
    ))
}

/// The media type of lines of JSON.
pub const NDJSON: &str = "application/x-ndjson";

/// What of a body has arrived.
enum Piece {
    Chunk(Bytes),
    /// It is whole.
    End,
    /// It broke off: why.
    Broken(String),
}

/// The side that arrives.
#[derive(Debug)]
pub struct Arriving(Sender<Piece>);

impl Arriving {
    /// Hands on a body until it ends, breaks off, or nobody reads it any more.
    pub async fn hand_on(self, mut payload: Payload) {
        loop {
            let piece = match timeout(PATIENCE, payload.next()).await {
                Ok(Some(Ok(chunk))) => Piece::Chunk(chunk),
                Ok(Some(Err(error))) => Piece::Broken(error.to_string()),
                Ok(None) => Piece::End,
                Err(_) => Piece::Broken(format!("nothing arrived for {} seconds", PATIENCE.as_secs())),
            };
            let is_last = !matches!(piece, Piece::Chunk(_));
            if self.0.send(piece).await.is_err() || is_last {
                return;
            }
        }
    }
}

/// Reads on for a while what nobody wants, so that a sender who sends first and listens then hears the answer.
pub async fn discard(mut payload: Payload) {
    const A_WHILE: Duration = Duration::from_secs(5);
    let all = async { while let Some(Ok(_)) = payload.next().await {} };
    // Who sends longer than that hears nothing.
    let _ = timeout(A_WHILE, all).await;
}

/// The side that reads. Blocks; not for the threads that serve requests.
struct Incoming {
    pieces: Receiver<Piece>,
    chunk: Bytes,
    is_whole: bool,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let read = available.len().min(buffer.len());
        buffer[..read].copy_from_slice(&available[..read]);
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Incoming {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.chunk.is_empty() && !self.is_whole {
            match self.pieces.blocking_recv() {
                Some(Piece::Chunk(chunk)) => self.chunk = chunk,
                Some(Piece::End) => self.is_whole = true,
                Some(Piece::Broken(cause)) => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cause));
                }
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was cut")),
            }
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, amount: usize) {
        drop(self.chunk.split_to(amount));
    }
}

/// A body on its way, for another thread.
pub struct Transit {
    incoming: Incoming,
    encoding: Encoding,
}

impl Transit {
    /// A body that is compressed so: the side that arrives, and the side that reads.
    pub fn new(encoding: Encoding) -> (Arriving, Self) {
        let (sender, pieces) = mpsc::channel(WAITING);
        (
            Arriving(sender),
            Self { incoming: Incoming { pieces, chunk: Bytes::new(), is_whole: false }, encoding },
        )
    }

    /// The decompressed bytes. Blocks until the first have arrived.
    ///
    /// # Errors
    /// When a decoder cannot be made.
    pub fn open(self) -> io::Result<Box<dyn BufRead + Send>> {
        let Self { incoming, encoding } = self;
        Ok(match encoding {
            Encoding::Identity => Box::new(incoming),
            Encoding::Gzip => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(incoming))),
            Encoding::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(incoming)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(BufReader::with_capacity(BUFFER, decoder))
            }
        })
    }
}
