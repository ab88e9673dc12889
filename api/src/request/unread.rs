//! Bodies that nobody reads to their end: their senders hear the answer all the same.
//!
//! A request may be refused, or fail, while its body still arrives. If the body is dropped then, one in chunks that was
//! held up is never read again (actix-http 3.19): who sends first and listens then waits for ever. While it is held,
//! the answer says `Connection: close`, and what arrives is thrown away for [`LINGERING`] (RFC 9112 section 9.6).

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
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

/// How long a body is received behind an answer that did not wait for its end.
pub const LINGERING: Duration = Duration::from_secs(10);

/// The body of a request, whether or not anybody reads it.
#[derive(Clone)]
pub struct Unread(Rc<RefCell<Payload>>);

impl Unread {
    /// Takes hold of the body of a request, which can be read as before; `None` where there is none.
    pub fn of(request: &mut ServiceRequest) -> Option<Self> {
        match request.take_payload() {
            Payload::None => None,
            payload => {
                let held = Self(Rc::new(RefCell::new(payload)));
                request.set_payload(Payload::Stream { payload: Box::pin(held.clone()) });
                Some(held)
            }
        }
    }

    /// An answer's body that holds it until everything is sent.
    pub fn behind(self, answer: BoxBody) -> BoxBody {
        BoxBody::new(Answer { body: answer, _held: self })
    }
}

impl Stream for Unread {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next_unpin(context)
    }
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
