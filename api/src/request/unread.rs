//! Keeps unread request bodies until the response is sent, so that their senders get the response.
//!
//! A request may be rejected, or fail, while its body is still arriving. If a chunked body is dropped while it is
//! paused, actix-http 3.19 never reads it again, and a client that sends first and reads later waits forever. While
//! the body is held, the response has `Connection: close`, and incoming data is discarded for [`LINGERING`] (RFC 9112
//! section 9.6).

use crate::wire::TooSlow;
use actix_web::{
    HttpMessage as _,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    web::Bytes,
};
use futures_util::{Stream, StreamExt as _};
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

/// How long a body is still received after a response that did not wait for its end.
pub const LINGERING: Duration = Duration::from_secs(10);

/// A handle on the body of a request.
#[derive(Clone)]
pub struct Unread {
    payload: Rc<RefCell<Payload>>,
    too_slow: Option<TooSlow>,
}

impl Unread {
    /// Takes a handle on the body of a request, which remains readable. `None` if there is no body.
    pub fn of(request: &mut ServiceRequest) -> Option<Self> {
        match request.take_payload() {
            Payload::None => None,
            payload => {
                let too_slow = request.conn_data::<TooSlow>().cloned();
                let held = Self { payload: Rc::new(RefCell::new(payload)), too_slow };
                request.set_payload(Payload::Stream { payload: Box::pin(held.clone()) });
                Some(held)
            }
        }
    }

    /// Wraps the body of a response, to hold the request body until the response is sent.
    pub fn behind(self, answer: BoxBody) -> BoxBody {
        BoxBody::new(Answer { body: answer, _held: self })
    }
}

impl Stream for Unread {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.payload.borrow_mut().poll_next_unpin(context);
        next.map_err(|error| match &self.too_slow {
            Some(too_slow) if too_slow.is_so() => PayloadError::Io(io::ErrorKind::TimedOut.into()),
            _ => error,
        })
    }
}

/// Whether a body was cut off because it arrived too slowly.
pub fn is_too_slow(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(cause) if cause.kind() == io::ErrorKind::TimedOut)
}

struct Answer {
    body: BoxBody,
    _held: Unread,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
