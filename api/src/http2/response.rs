//! Sending a response.

use crate::limits::READER_PATIENCE;
use actix_http::{Response, ResponseHead};
use actix_web::{
    body::{BodySize, BoxBody, MessageBody as _},
    web::Bytes,
};
use futures_util::future::{Either, select};
use h2::{Reason, SendStream, server::SendResponse};
use http::{Version, header};
use std::{future::poll_fn, pin::pin};
use tokio::time::timeout;

/// Headers that have no meaning in HTTP/2 (RFC 9113 section 8.2.2), and the length, which follows from the body.
const LEFT_OUT: [&str; 6] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length"];
/// How much is sent at a time: the default size of a frame.
const PART: usize = 16 * 1024;

/// Sends a response.
///
/// # Errors
/// If the client cancels it, reads nothing for 30 seconds, or the body fails.
pub(super) async fn send(
    response: Response<BoxBody>,
    mut respond: SendResponse<Bytes>,
    is_head: bool,
) -> Result<(), String> {
    let (response, mut body) = response.into_parts();
    let size = body.size();
    let is_empty = is_head || size.is_eof();
    let head = head(response.head(), size);
    let mut stream = respond.send_response(head, is_empty).map_err(|error| error.to_string())?;
    if is_empty {
        return Ok(());
    }
    loop {
        let next = {
            let next = pin!(poll_fn(|context| pin!(&mut body).poll_next(context)));
            let cancelled = pin!(poll_fn(|context| stream.poll_reset(context)));
            match select(next, cancelled).await {
                Either::Left((next, _)) => next,
                Either::Right(_) => return Err("cancelled".to_owned()),
            }
        };
        match next {
            Some(Ok(part)) => send_part(&mut stream, part).await?,
            Some(Err(error)) => {
                stream.send_reset(Reason::INTERNAL_ERROR);
                return Err(error.to_string());
            }
            None => return stream.send_data(Bytes::new(), true).map_err(|error| error.to_string()),
        }
    }
}

/// Sends a part of a body as fast as the client reads it.
async fn send_part(stream: &mut SendStream<Bytes>, mut part: Bytes) -> Result<(), String> {
    while !part.is_empty() {
        stream.reserve_capacity(part.len().min(PART));
        let Ok(capacity) = timeout(READER_PATIENCE, poll_fn(|context| stream.poll_capacity(context))).await
        else {
            stream.send_reset(Reason::CANCEL);
            return Err("the client reads nothing".to_owned());
        };
        let capacity = capacity.ok_or("cancelled")?.map_err(|error| error.to_string())?;
        let now = part.split_to(part.len().min(capacity));
        stream.send_data(now, false).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn head(head: &ResponseHead, size: BodySize) -> http::Response<()> {
    let mut response = http::Response::new(());
    *response.status_mut() = head.status;
    *response.version_mut() = Version::HTTP_2;
    let headers = response.headers_mut();
    for (name, value) in head.headers() {
        if !LEFT_OUT.contains(&name.as_str()) {
            headers.append(name.clone(), value.clone());
        }
    }
    if let BodySize::Sized(length) = size {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    response
}
