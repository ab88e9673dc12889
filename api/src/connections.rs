//! Serves connections: TLS if there is a certificate, then HTTP/1 or HTTP/2, whichever the client chooses.

use crate::{
    http2, limits::IDLE_TIME, request::unread::LINGERING, tls::Tls, transport::Transport, wire::Wire,
};
use actix_http::{HttpService, Request, error::DispatchError};
use actix_service::{Service, ServiceFactory, fn_factory, fn_service};
use actix_web::{Error, body::BoxBody, dev::ServiceResponse, rt::net::TcpStream};
use std::{
    future::{Future, ready},
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

/// The service of a worker. `handlers` are those of all connections; `stopping` resolves when the server stops.
pub(crate) fn service<F, S, T, Stopped>(
    handlers: F,
    tls: Option<Tls>,
    stopping: T,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    F: ServiceFactory<Request, Config = (), Service = S, InitError = ()>,
    F: ServiceFactory<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    F::Future: 'static,
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
    S::Future: 'static,
    T: Fn() -> Stopped + Clone + 'static,
    Stopped: Future<Output = ()> + 'static,
{
    fn_factory(move || {
        let (handlers, tls, stopping) = (handlers.new_service(()), tls.clone(), stopping.clone());
        async move {
            let handlers = Rc::new(handlers.await?);
            let http1 = Rc::new(http1(handlers.clone(), stopping.clone()).new_service(()).await?);
            Ok(fn_service(move |stream: TcpStream| {
                let (handlers, http1, tls) = (handlers.clone(), http1.clone(), tls.clone());
                let stopped = stopping();
                async move {
                    let peer = stream.peer_addr().ok();
                    // In boxes, so that an idle connection of HTTP/1 holds no room for what it does not use.
                    match Box::pin(open(stream, tls)).await {
                        Ok(Opened::Http1(wire)) => http1.call((*wire, peer)).await,
                        Ok(Opened::Http2(stream)) => {
                            Box::pin(http2::serve(stream, peer, handlers, stopped)).await;
                            Ok(())
                        }
                        Err(error) => {
                            log::debug!("a connection could not be opened: {error}");
                            Ok(())
                        }
                    }
                }
            }))
        }
    })
}

/// A connection that is ready for requests.
enum Opened {
    Http1(Box<Wire>),
    Http2(Transport),
}

/// Prepares a connection for HTTP. Disables Nagle, so that small pieces of a response do not wait for acknowledgements.
async fn open(stream: TcpStream, tls: Option<Tls>) -> io::Result<Opened> {
    stream.set_nodelay(true)?;
    let Some(tls) = tls else { return Ok(Opened::Http1(Wire::new(Transport::Plain(stream)).into())) };
    Ok(match tls.accept(stream).await? {
        stream @ Transport::Plain(_) => Opened::Http1(Wire::denying_plaintext(stream).into()),
        stream if stream.is_http2() => Opened::Http2(stream),
        stream => Opened::Http1(Wire::new(stream).into()),
    })
}

/// The HTTP/1 side of a worker.
fn http1<S, T, Stopped>(
    handlers: Rc<S>,
    stopping: T,
) -> impl ServiceFactory<
    (Wire, Option<SocketAddr>),
    Config = (),
    Response = (),
    Error = DispatchError,
    InitError = (),
>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
    S::Future: 'static,
    T: Fn() -> Stopped + 'static,
    Stopped: Future<Output = ()> + 'static,
{
    HttpService::build()
        .graceful_shutdown_signal(stopping)
        .client_request_timeout(Duration::ZERO) // the wire has its own timeout
        .client_disconnect_timeout(LINGERING)
        .keep_alive(IDLE_TIME)
        .on_connect_ext(|wire: &Wire, data| {
            data.insert(wire.refusal());
            data.insert(wire.too_slow());
        })
        .h1(fn_factory(move || ready(Ok::<_, ()>(handlers.clone()))))
}
