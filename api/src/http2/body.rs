//! The body of a request.

use actix_web::{error::PayloadError, web::Bytes};
use futures_util::Stream;
use h2::RecvStream;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// A body as it arrives. The client may send more once a part has been read (RFC 9113 section 5.2).
pub(super) struct Body(pub(super) RecvStream);

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self(stream) = self.get_mut();
        let part = ready!(stream.poll_data(context)).map(|part| {
            let part = part.map_err(incomplete)?;
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
