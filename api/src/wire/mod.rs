//! Wraps connections in front of the HTTP library.
//!
//! The library answers a malformed head with a bare status and drops the connection. Therefore heads are parsed here
//! first. What can be corrected is corrected. Everything else becomes a request with the method [`REFUSED`], which
//! passes through the envelope like any other and gets problem details. Bodies pass through unchanged.

mod framing;
mod head;
pub(crate) mod pace;
mod refusal;
mod stream;
#[cfg(test)]
mod tests;

pub use refusal::{Refusal, TooSlow};

use crate::{
    limits::{HEAD_TIME, MAX_HEADERS, MAX_URI, SLOW_READER_PATIENCE},
    problem::Problem,
    transport::Transport,
};
use actix_web::web::BytesMut;
use framing::Framing;
use pace::Pace;
pub(crate) use refusal::{headers_too_large, malformed, too_many_headers, uri_too_long};
use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Sleep, sleep},
};

/// The method of requests that replace rejected heads.
pub const REFUSED: &str = "REFUSED";

/// Larger heads are rejected before they are complete.
const MAX_HEAD: usize = MAX_URI + MAX_HEADERS + 1024;
/// Maximum number of bytes received at a time.
const BUFFER: usize = 16 * 1024;

/// A connection.
pub struct Wire {
    stream: Transport,
    /// Received, but not yet processed.
    raw: BytesMut,
    /// How much of `raw` has been searched for the end of a head.
    searched: usize,
    /// Ready to be read by the library.
    ready: BytesMut,
    place: Place,
    /// Deadline for the head. Runs while one arrives.
    deadline: Option<Pin<Box<Sleep>>>,
    refusal: Refusal,
    /// Why the first head will be rejected, whatever it says.
    denied: Option<Problem>,
    /// The pace of the body that arrives.
    arriving: Pace,
    too_slow: TooSlow,
    /// The pace of the responses.
    leaving: Pace,
    is_shut: bool,
}

/// Position of a connection within a message.
enum Place {
    Head,
    Body(Framing),
    /// Nothing more is read.
    Over,
}

impl Wire {
    /// Wraps a new connection.
    pub fn new(stream: Transport) -> Self {
        Self {
            stream,
            raw: BytesMut::new(),
            searched: 0,
            ready: BytesMut::new(),
            place: Place::Head,
            deadline: Some(Box::pin(sleep(HEAD_TIME))),
            refusal: Refusal::default(),
            denied: None,
            arriving: Pace::of_body(),
            too_slow: TooSlow::default(),
            leaving: Pace::new(SLOW_READER_PATIENCE, SLOW_READER_PATIENCE),
            is_shut: false,
        }
    }

    /// Wraps a new connection that speaks plain HTTP where HTTPS is served.
    pub fn denying_plaintext(stream: Transport) -> Self {
        let problem = malformed("This is plain HTTP, but the port serves HTTPS: use https://.");
        Self { denied: Some(problem), ..Self::new(stream) }
    }

    /// A handle on the reason of a rejection.
    pub fn refusal(&self) -> Refusal {
        self.refusal.clone()
    }

    /// A handle on whether a body was too slow.
    pub fn too_slow(&self) -> TooSlow {
        self.too_slow.clone()
    }

    /// Processes received bytes.
    fn advance(&mut self) {
        while self.ready.is_empty() && !self.raw.is_empty() {
            match &mut self.place {
                Place::Over => return self.raw.clear(),
                Place::Body(framing) => {
                    let Ok((length, is_whole)) = framing.take(&self.raw) else {
                        // Treated like a broken connection. The reader of the body reports it.
                        self.place = Place::Over;
                        continue;
                    };
                    self.ready = self.raw.split_to(length);
                    if is_whole {
                        self.place = Place::Head;
                    }
                }
                Place::Head => {
                    if !self.advance_head() {
                        return;
                    }
                }
            }
        }
    }

    /// Processes a head, or rejects it. Returns false if more of it must arrive.
    fn advance_head(&mut self) -> bool {
        if self.searched == 0 {
            // Empty lines before a request are ignored (RFC 9112 section 2.2).
            let blank = self.raw.iter().take_while(|byte| b"\r\n".contains(byte)).count();
            drop(self.raw.split_to(blank));
            if self.raw.is_empty() {
                return false;
            }
            self.deadline.get_or_insert_with(|| Box::pin(sleep(HEAD_TIME)));
        }
        if let Some(length) = head::length(&self.raw, self.searched) {
            let bytes = self.raw.split_to(length);
            self.searched = 0;
            self.deadline = None;
            match self.denied.take().map_or_else(|| head::read(&bytes), Err) {
                Ok(head) => {
                    self.ready.extend_from_slice(&head.bytes);
                    self.place = head.body.map_or(Place::Head, Place::Body);
                    self.arriving = Pace::of_body();
                }
                Err(problem) => self.refuse(problem, &bytes),
            }
            return true;
        }
        self.searched = self.raw.len();
        let problem = if self.raw.len() > MAX_HEAD {
            let is_in_line = self.raw.iter().take(MAX_URI).all(|byte| *byte != b'\n');
            Some(if is_in_line { uri_too_long() } else { headers_too_large() })
        } else {
            head::check_beginning(&self.raw).err()
        };
        problem.map(|problem| self.refuse_rest(problem)).is_some()
    }

    /// Rejects an incomplete head.
    fn refuse_rest(&mut self, problem: Problem) {
        let bytes = self.raw.split();
        self.refuse(problem, &bytes);
    }

    fn refuse(&mut self, problem: Problem, head: &[u8]) {
        log::info!("request refused before it is read: {}", problem.detail);
        self.ready.extend_from_slice(&head::stand_in(head));
        self.refusal.set(problem);
        self.place = Place::Over;
    }

    /// Reads the next part of a body directly into the reader's buffer.
    fn poll_body(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Place::Body(framing) = &mut self.place else { return Poll::Ready(Ok(())) };
        let before = buffer.filled().len();
        let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) else {
            ready!(self.arriving.poll_too_slow(context));
            // Treated like a broken connection. The reader of the body reports why.
            self.too_slow.set();
            self.place = Place::Over;
            return Poll::Ready(Ok(()));
        };
        read?;
        let received = &buffer.filled()[before..];
        self.arriving.advance(received.len());
        let length = match framing.take(received) {
            Ok((length, is_whole)) if !received.is_empty() => {
                self.raw.extend_from_slice(&received[length..]);
                if is_whole {
                    self.place = Place::Head;
                }
                length
            }
            // The connection ended, or the framing is invalid. The reader of the body reports it.
            _ => {
                self.place = Place::Over;
                0
            }
        };
        buffer.set_filled(before + length);
        Poll::Ready(Ok(()))
    }

    /// Receives more bytes. Returns false at the end of the connection.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let Self { stream, raw, .. } = self;
        // On the stack, so that an idle connection holds no buffer, and not filled with zeros first.
        let mut bytes = [const { MaybeUninit::uninit() }; BUFFER];
        let mut buffer = ReadBuf::uninit(&mut bytes);
        ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
        raw.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(!buffer.filled().is_empty()))
    }
}
