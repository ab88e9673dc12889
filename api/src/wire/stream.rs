//! A connection as the HTTP library sees it: a stream of heads that are as they should be, and bodies.

use super::{HEAD_TIME, Place, Wire, malformed};
use crate::{
    problem::{Problem, REQUEST_TIMEOUT},
    request::unread::LINGERING,
};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::sleep,
};

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
                    wire.refuse_rest(malformed("The request broke off before its headers ended."));
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
        if let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write(context, bytes) {
            self.leaving.advance(*written.as_ref().unwrap_or(&0));
            return Poll::Ready(written);
        }
        ready!(self.leaving.poll_too_slow(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads too slowly")))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Closes the sending side. The rest of a rejected message is still received for a while, so that clients that
    /// send first and read later get the response (RFC 9112 section 9.6).
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
