//! The body of a request.

use crate::{request::unread::LINGERING, wire::pace::Pace};
use actix_web::{error::PayloadError, web::Bytes};
use futures_util::{Stream, StreamExt as _};
use h2::RecvStream;
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::time::timeout;

/// A body as it arrives, at the pace of HTTP/1. The client may send more once a part has been read (RFC 9113 section 5.2).
#[derive(Clone)]
pub(super) struct Body(Rc<RefCell<(RecvStream, Pace)>>);

impl Body {
    pub(super) fn new(stream: RecvStream) -> Self {
        Self(Rc::new(RefCell::new((stream, Pace::of_body()))))
    }

    /// Receives what the handler left unread, for a while, and drops it. Then the stream is reset with `NO_ERROR`. Clients that
    /// send first and read later, such as curl 7.88, drop the response at a reset while they send.
    pub(super) async fn drain(mut self) {
        let rest = async { while let Some(Ok(_)) = self.next().await {} };
        let _ = timeout(LINGERING, rest).await;
    }
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (stream, pace) = &mut *self.0.borrow_mut();
        let Poll::Ready(part) = stream.poll_data(context) else {
            ready!(pace.poll_too_slow(context));
            return Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))));
        };
        let part = part.map(|part| {
            let part = part.map_err(incomplete)?;
            pace.advance(part.len());
            stream.flow_control().release_capacity(part.len()).map_err(incomplete)?;
            Ok(part)
        });
        Poll::Ready(part)
    }
}

/// A body that broke off, as with HTTP/1.
fn incomplete(error: h2::Error) -> PayloadError {
    PayloadError::Incomplete(Some(io::Error::other(error)))
}
