//! Connections, as the HTTP library sees them.
//!
//! The library answers a head that it cannot read by a bare status, and drops the connection. So this house reads heads
//! first: what can be put right is put right, and what cannot becomes a request of the method [`REFUSED`], which passes
//! through the envelope as every other and is answered by a problem. Bodies pass through as they are.

mod framing;
mod head;

use crate::{
    limits::{MAX_HEADERS, MAX_URI},
    problem::{BAD_REQUEST, HEADERS_TOO_LARGE, Problem, REQUEST_TIMEOUT, URI_TOO_LONG},
    request::unread::LINGERING,
};
use actix_web::{rt::net::TcpStream, web::BytesMut};
use framing::Framing;
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The method of requests that stand for a head that was refused.
pub const REFUSED: &str = "REFUSED";

/// How long a head may take to arrive.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// A head that is larger is refused before it is whole.
const MAX_HEAD: usize = MAX_URI + MAX_HEADERS + 1024;
/// Bytes that are received at a time.
const BUFFER: usize = 16 * 1024;

/// Why the last head of a connection was refused, until someone takes it.
#[derive(Clone, Debug, Default)]
pub struct Refusal(Rc<RefCell<Option<Problem>>>);

impl Refusal {
    /// Takes it.
    pub fn take(&self) -> Option<Problem> {
        self.0.borrow_mut().take()
    }
}

/// A connection.
pub struct Wire {
    stream: TcpStream,
    /// What arrived and was not looked at.
    raw: BytesMut,
    /// How much of it is known to hold no end of a head.
    searched: usize,
    /// What may be read.
    ready: BytesMut,
    place: Place,
    /// When the head must be there. Runs while one arrives.
    deadline: Option<Pin<Box<Sleep>>>,
    refusal: Refusal,
    is_shut: bool,
}

/// Where in a message a connection is.
enum Place {
    Head,
    Body(Framing),
    /// Nothing more is read.
    Over,
}

impl Wire {
    /// A connection that was just opened. Small pieces of answers shall not wait for acknowledgements (Nagle).
    pub fn new(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            log::debug!("TCP_NODELAY cannot be set: {error}");
        }
        Self {
            stream,
            raw: BytesMut::new(),
            searched: 0,
            ready: BytesMut::new(),
            place: Place::Head,
            deadline: Some(Box::pin(sleep(HEAD_TIME))),
            refusal: Refusal::default(),
            is_shut: false,
        }
    }

    /// Where the reason stands when a head is refused.
    pub fn refusal(&self) -> Refusal {
        self.refusal.clone()
    }

    /// Makes ready what can be read of what arrived.
    fn advance(&mut self) {
        while self.ready.is_empty() && !self.raw.is_empty() {
            match &mut self.place {
                Place::Over => return self.raw.clear(),
                Place::Body(framing) => {
                    let Ok((length, is_whole)) = framing.take(&self.raw) else {
                        // As if the connection had broken off here: whoever reads the body says so.
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

    /// Makes a head ready, or refuses it; false when more of it has to arrive.
    fn advance_head(&mut self) -> bool {
        if self.searched == 0 {
            // Empty lines before a request are left out (RFC 9112 section 2.2).
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
            match head::read(&bytes) {
                Ok(head) => {
                    self.ready.extend_from_slice(&head.bytes);
                    self.place = head.body.map_or(Place::Head, Place::Body);
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

    /// Refuses what arrived of a head.
    fn refuse_rest(&mut self, problem: Problem) {
        let bytes = self.raw.split();
        self.refuse(problem, &bytes);
    }

    fn refuse(&mut self, problem: Problem, head: &[u8]) {
        log::info!("a request is refused before it is read: {}", problem.detail);
        self.ready.extend_from_slice(&head::stand_in(head));
        self.refusal.0.replace(Some(problem));
        self.place = Place::Over;
    }

    /// Reads of a body what arrives next, straight into the reader's buffer.
    fn poll_body(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Place::Body(framing) = &mut self.place else { return Poll::Ready(Ok(())) };
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let received = &buffer.filled()[before..];
        let length = match framing.take(received) {
            Ok((length, is_whole)) if !received.is_empty() => {
                self.raw.extend_from_slice(&received[length..]);
                if is_whole {
                    self.place = Place::Head;
                }
                length
            }
            // The end of the connection, or of what can be understood: whoever reads the body says so.
            _ => {
                self.place = Place::Over;
                0
            }
        };
        buffer.set_filled(before + length);
        Poll::Ready(Ok(()))
    }

    /// Receives more; false when nothing more is coming.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let Self { stream, raw, .. } = self;
        let mut bytes = [0; BUFFER];
        let mut buffer = ReadBuf::new(&mut bytes);
        ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
        raw.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(!buffer.filled().is_empty()))
    }
}

/// A target that is too long.
fn uri_too_long() -> Problem {
    Problem::new(&URI_TOO_LONG, format!("The address may have {MAX_URI} bytes at the most."))
}

/// Headers that are too large together.
fn headers_too_large() -> Problem {
    Problem::new(&HEADERS_TOO_LARGE, format!("All headers may have {MAX_HEADERS} bytes at the most."))
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        loop {
            wire.advance();
            if !wire.ready.is_empty() {
                let length = wire.ready.len().min(buffer.remaining());
                buffer.put_slice(&wire.ready.split_to(length));
                return Poll::Ready(Ok(()));
            }
            match wire.place {
                Place::Over => return Poll::Ready(Ok(())),
                Place::Body(_) => return wire.poll_body(context, buffer),
                Place::Head => {}
            }
            match wire.poll_receive(context)? {
                Poll::Ready(true) => {}
                Poll::Ready(false) if !wire.raw.is_empty() => {
                    wire.refuse_rest(Problem::new(
                        &BAD_REQUEST,
                        "The request broke off before its headers ended.",
                    ));
                }
                Poll::Ready(false) => wire.place = Place::Over,
                Poll::Pending => {
                    let Some(deadline) = &mut wire.deadline else { return Poll::Pending };
                    ready!(deadline.as_mut().poll(context));
                    wire.deadline = None;
                    let detail = format!("The headers took longer than {} seconds.", HEAD_TIME.as_secs());
                    wire.refuse_rest(Problem::new(&REQUEST_TIMEOUT, detail));
                }
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says that nothing more is coming. What still arrives of a message that was refused is received for a while, so that
    /// whoever sends first and listens then hears the answer (RFC 9112 section 9.6).
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if !wire.is_shut {
            ready!(Pin::new(&mut wire.stream).poll_shutdown(context))?;
            wire.is_shut = true;
            wire.deadline = Some(Box::pin(sleep(LINGERING)));
        }
        if !matches!(wire.place, Place::Over) {
            return Poll::Ready(Ok(()));
        }
        while let Poll::Ready(received) = wire.poll_receive(context) {
            wire.raw.clear();
            if !received.unwrap_or(false) {
                return Poll::Ready(Ok(()));
            }
        }
        match &mut wire.deadline {
            Some(deadline) => deadline.as_mut().poll(context).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }
}
