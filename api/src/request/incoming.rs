//! Streaming request bodies: the async side sends chunks, and a blocking thread reads them as a stream.

use super::{
    encoding::{Broken, Encoding},
    negotiation::body_type,
    unread::is_too_slow,
};
use crate::problem::{Problem, UNSUPPORTED_MEDIA_TYPE};
use actix_web::{
    HttpRequest,
    web::{Bytes, Payload},
};
use futures_util::StreamExt;
use std::io::{self, BufRead, Read};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Number of buffered chunks. A client that is faster than the reader is slowed down.
const WAITING: usize = 4;

/// Rejects a body that is not NDJSON.
///
/// # Errors
/// 415.
pub fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    if body_type(request).as_deref() == Some(NDJSON) {
        return Ok(());
    }
    Err(Problem::new(
        &UNSUPPORTED_MEDIA_TYPE,
        format!("The body must be {NDJSON}: one JSON object per line, in UTF-8."),
    ))
}

/// The media type of NDJSON.
pub const NDJSON: &str = "application/x-ndjson";

/// A part of a body.
enum Piece {
    Chunk(Bytes),
    /// The body is complete.
    End,
    /// The body broke off.
    Broken(Broken),
}

/// The sending side.
#[derive(Debug)]
pub struct Arriving(Sender<Piece>);

impl Arriving {
    /// Sends a body until it ends, breaks off, or the reader is dropped.
    pub async fn hand_on(self, mut payload: Payload) {
        loop {
            let piece = match payload.next().await {
                Some(Ok(chunk)) => Piece::Chunk(chunk),
                Some(Err(error)) => {
                    log::info!("a request body broke off: {error}");
                    Piece::Broken(if is_too_slow(&error) { Broken::SLOW } else { Broken::OFF })
                }
                None => Piece::End,
            };
            let is_last = !matches!(piece, Piece::Chunk(_));
            if self.0.send(piece).await.is_err() || is_last {
                return;
            }
        }
    }
}

/// The reading side. Blocks, so it must not be used on the threads that serve requests.
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
                Some(Piece::Broken(cause)) => return Err(cause.into_io()),
                None => return Err(Broken::OFF.into_io()),
            }
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, amount: usize) {
        drop(self.chunk.split_to(amount));
    }
}

/// A streaming body, to be read on another thread.
pub struct Transit {
    incoming: Incoming,
    encoding: Encoding,
}

impl Transit {
    /// Creates the sending and the reading side of a body.
    pub fn new(encoding: Encoding) -> (Arriving, Self) {
        let (sender, pieces) = mpsc::channel(WAITING);
        (
            Arriving(sender),
            Self { incoming: Incoming { pieces, chunk: Bytes::new(), is_whole: false }, encoding },
        )
    }

    /// Opens the decompressed stream. Blocks until the first bytes have arrived.
    ///
    /// # Errors
    /// If the decoder cannot be created.
    pub fn open(self) -> io::Result<Box<dyn BufRead + Send>> {
        self.encoding.open(self.incoming)
    }
}
