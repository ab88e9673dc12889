//! HTTP/2 (RFC 9113), to the same handlers as HTTP/1.
//!
//! The dispatcher of actix-http sets no limit to the streams and headers of a connection, never says that it is going
//! away, and waits forever for a reader ([ADR 7](../../../docs/adr/0007-http2-has-its-own-dispatcher.md)).

mod body;
mod head;
mod response;

use crate::{
    limits::{HEAD_TIME, IDLE_TIME, MAX_HEADERS},
    transport::Transport,
};
use actix_http::{Request, Response};
use actix_service::Service;
use actix_web::{Error, body::BoxBody, dev::ServiceResponse, http::Method, web::Bytes};
use futures_util::future::{Either, select};
use h2::server::{Builder, Connection, SendResponse};
use std::{
    cell::Cell,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// Maximum number of requests at the same time on a connection. RFC 9113 section 6.5.2 recommends no less.
const MAX_STREAMS: u32 = 100;
/// How much of a request body may arrive before it is read.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// How much of all request bodies of a connection may arrive before they are read.
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;
/// How long a connection is still served after it was told to go away.
const PARTING: Duration = Duration::from_secs(10);

/// Serves a connection until it ends, or until `stopping` resolves and its last request is answered.
pub(crate) async fn serve<S>(
    stream: Transport,
    peer: Option<SocketAddr>,
    handlers: Rc<S>,
    stopping: impl Future<Output = ()>,
) where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
    S::Future: 'static,
{
    let handshake = Builder::new()
        .max_concurrent_streams(MAX_STREAMS)
        // Twice our own limit, so that what exceeds that gets problem details. The library measures otherwise, too.
        .max_header_list_size(2 * MAX_HEADERS as u32)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .handshake(stream);
    let connection = match timeout(HEAD_TIME, handshake).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return log::debug!("HTTP/2 cannot begin: {error}"),
        Err(_) => return log::debug!("HTTP/2 did not begin within {} seconds", HEAD_TIME.as_secs()),
    };
    let mut accepting = Accepting {
        connection,
        activity: Rc::default(),
        timer: Box::pin(sleep(IDLE_TIME)),
        is_parting: false,
    };
    let mut stopping = pin!(stopping);
    while let Some((request, respond)) = poll_fn(|context| accepting.poll(context, stopping.as_mut())).await {
        let open = Open::new(&accepting.activity);
        let handlers = handlers.clone();
        actix_web::rt::spawn(async move {
            let (request, body) = head::request(request, peer);
            answer(request, respond, &*handlers).await;
            if let Some(body) = body {
                body.drain().await;
            }
            drop(open);
        });
    }
}

/// A connection that accepts requests.
struct Accepting {
    connection: Connection<Transport, Bytes>,
    activity: Rc<Activity>,
    /// When to look whether the connection is idle, or to drop it.
    timer: Pin<Box<Sleep>>,
    /// Whether the client was told to go away.
    is_parting: bool,
}

type Accepted = (http::Request<h2::RecvStream>, SendResponse<Bytes>);

impl Accepting {
    /// The next request, or `None` at the end of the connection. Nothing of the connection moves unless this is polled.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        stopping: Pin<&mut impl Future<Output = ()>>,
    ) -> Poll<Option<Accepted>> {
        if !self.is_parting && stopping.poll(context).is_ready() {
            // Its requests are answered, however long they take: the server limits that.
            self.part();
        }
        loop {
            match self.connection.poll_accept(context) {
                Poll::Ready(Some(Ok(accepted))) => return Poll::Ready(Some(accepted)),
                Poll::Ready(Some(Err(error))) => {
                    log::debug!("an HTTP/2 connection broke off: {error}");
                    return Poll::Ready(None);
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {}
            }
            if self.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            match self.activity.idle_since() {
                Some(_) if self.is_parting => return Poll::Ready(None),
                Some(since) if since.elapsed() >= IDLE_TIME => self.part(),
                since => self.timer.as_mut().reset(since.unwrap_or_else(Instant::now) + IDLE_TIME),
            }
        }
    }

    /// Tells the client to open no more streams (`GOAWAY`).
    fn part(&mut self) {
        self.is_parting = true;
        self.connection.graceful_shutdown();
        self.timer.as_mut().reset(Instant::now() + PARTING);
    }
}

/// How many requests of a connection are open, and when the last one ended.
struct Activity {
    open: Cell<usize>,
    ended: Cell<Instant>,
}

impl Activity {
    fn idle_since(&self) -> Option<Instant> {
        (self.open.get() == 0).then(|| self.ended.get())
    }
}

impl Default for Activity {
    fn default() -> Self {
        Self { open: Cell::new(0), ended: Cell::new(Instant::now()) }
    }
}

/// A request that is open until this is dropped.
struct Open(Rc<Activity>);

impl Open {
    fn new(activity: &Rc<Activity>) -> Self {
        activity.open.set(activity.open.get() + 1);
        Self(activity.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
        self.0.ended.set(Instant::now());
    }
}

/// Handles a request, and sends the response. Handling ends when the client cancels the request or the connection ends, as
/// with HTTP/1.
async fn answer<S>(request: Request, mut respond: SendResponse<Bytes>, handlers: &S)
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let is_head = request.method() == Method::HEAD;
    let handled = {
        let handling = pin!(handlers.call(request));
        let cancelled = pin!(poll_fn(|context| respond.poll_reset(context)));
        match select(handling, cancelled).await {
            Either::Left((handled, _)) => handled,
            Either::Right(_) => return,
        }
    };
    let response = handled.map_or_else(Response::from, Response::from);
    if let Err(error) = response::send(response, respond, is_head).await {
        log::debug!("a response was not sent: {error}");
    }
}
