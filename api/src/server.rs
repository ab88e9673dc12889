//! Assembles and runs the server.

use crate::{
    app::App,
    auth::{Endings, Keyring, Provider, Uses, endings},
    cache::{self, Cache},
    compress,
    config::Settings,
    connections, envelope,
    erasures::Erasures,
    follow::{self, Follow},
    handlers,
    limits::{
        heavy::Heavy,
        rate::{self, Rates},
    },
    listener,
    metrics::Metrics,
    rebuilds,
    request::seal::Seal,
    routes,
    shared::Underway,
    tls::Tls,
};
use actix_cors::Cors;
use actix_service::map_config;
use actix_web::{
    App as ActixApp, HttpServer,
    dev::{AppConfig, Server},
    http::{Method, header},
    middleware::from_fn,
    web::{self, Data},
};
use domain::id::Clock;
use persistence::{audience::Actor, store::Store};
use std::{
    collections::HashSet,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

/// Response headers that scripts of other origins may read.
const EXPOSED: [&str; 15] = [
    "etag",
    "link",
    "location",
    "change-cursor",
    "x-request-id",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "last-modified",
    "idempotent-replayed",
    "content-disposition",
    "allow",
    "accept-patch",
    "accept-encoding",
    "www-authenticate",
];

/// A server that is bound to its address but not yet running.
#[derive(Debug)]
pub struct Bound {
    /// The address on which it listens.
    pub address: SocketAddr,
    /// The database.
    pub store: Store,
    app: Data<App>,
    settings: Settings,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    tls: Option<Tls>,
}

/// Checks that the server can listen on the address, and has a certificate if it needs one, before anything is done to the
/// database.
///
/// # Errors
/// Says why it cannot.
pub fn check_address(settings: &Settings) -> Result<(), String> {
    listen(settings.listen).map(drop)?;
    settings.metrics_listen.map_or(Ok(()), |address| listen(address).map(drop))?;
    settings.tls()?.map_or(Ok(()), |files| files.check())
}

fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    listener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!("cannot listen on {address}: another program uses this port"),
        ErrorKind::AddrNotAvailable => {
            format!("cannot listen on {address}: this machine does not have the address {}", address.ip())
        }
        ErrorKind::PermissionDenied => {
            format!("cannot listen on {address}: ports below 1024 require root; use a higher one")
        }
        _ => format!("cannot listen on {address}: {error}"),
    })
}

/// Opens the signing key and binds the address.
///
/// # Errors
/// Says what failed.
pub fn bind(settings: Settings, store: Store, clock: Clock) -> Result<Bound, String> {
    close_dead_runs(&store)?;
    let no_thread = |error| format!("cannot start a thread: {error}");
    let store = store.with_replicas(settings.replica_urls.replicas().collect()).map_err(no_thread)?;
    let keyring = Keyring::open(&settings.data_dir, settings.issuer(), &store, &Actor::command("serve"))?;
    let listener = listen(settings.listen)?;
    let metrics_listener = settings.metrics_listen.map(listen).transpose()?;
    let tls = settings.tls()?.map(|files| Tls::open(files, clock.now())).transpose()?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let public_url = settings.base_url(address);
    let running = Mutex::new(HashSet::new());
    let follow = Follow::default();
    let erasures = Erasures::start(&store, &settings.data_dir)?;
    let uses = Uses::start(store.clone()).map_err(no_thread)?;
    let provider = Provider::start(&settings.provider, clock.clone()).map_err(no_thread)?;
    let heavy = Heavy::start().map_err(no_thread)?;
    rebuilds::start(&store)?;
    let seal = Seal::new(store.secret());
    let app = Data::new(App {
        store: store.clone(),
        keyring,
        uses,
        endings: Endings::default(),
        provider: provider.map(Arc::new),
        clock,
        public_url,
        managers_publish: settings.managers_publish,
        publication: settings.publication.clone(),
        seal,
        openapi: OnceLock::new(),
        running,
        follow,
        cache: Cache::default(),
        metrics: Metrics::new(metrics_listener.is_some()),
        underway: Underway::default(),
        erasures,
        proxies: settings.trusted_proxies.clone(),
        rates: Rates::new(settings.rate_limit.0, settings.rate_limit_token.0),
        heavy,
    });
    Ok(Bound { address, store, app, settings, listener, metrics_listener, tls })
}

/// Closes sync runs whose server has died. Runs that seem to be alive are checked again for a few seconds.
fn close_dead_runs(store: &Store) -> Result<(), String> {
    let close = |store: &Store| -> Result<usize, String> {
        let (closed, claimed) = store.close_dead_runs().map_err(|error| error.to_string())?;
        if closed > 0 {
            log::warn!("{closed} sync runs were interrupted because their server died");
        }
        Ok(claimed)
    };
    if close(store)? > 0 {
        let store = store.clone();
        std::thread::spawn(move || {
            for _ in 0..10 {
                std::thread::sleep(Duration::from_millis(500));
                match close(&store) {
                    Ok(0) => return,
                    Ok(_) => {}
                    Err(error) => log::warn!("cannot check sync runs: {error}"),
                }
            }
        });
    }
    Ok(())
}

impl Bound {
    /// The shared state.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Serves until stopped.
    ///
    /// # Errors
    /// If the socket cannot be used.
    pub fn serve(self) -> std::io::Result<Server> {
        let Self { app, settings, listener, metrics_listener, tls, .. } = self;
        if let Some(listener) = metrics_listener {
            actix_web::rt::spawn(serve_metrics(app.clone(), listener)?);
        }
        if let Some(tls) = tls.clone() {
            actix_web::rt::spawn(tls.watch(app.clock.clone()));
        }
        actix_web::rt::spawn(follow::watch(app.clone()));
        actix_web::rt::spawn(endings::watch(app.clone()));
        actix_web::rt::spawn(follow::close_on_signal(app.clone()));
        actix_web::rt::spawn(rate::sweep(app.clone()));
        let builder = Server::build().worker_max_blocking_threads(4).shutdown_timeout(30);
        let stopping = builder.graceful_shutdown_signal();
        let factory = move || {
            // The last one is outermost: the envelope sees every response after compression and CORS.
            let handlers = ActixApp::new()
                .app_data(app.clone())
                .app_data(Rc::new(app.store.watch_last_change()))
                .app_data(web::PayloadConfig::new(usize::MAX)) // limits are enforced where bodies are read
                .configure(routes::mount)
                .wrap(from_fn(cache::wrap))
                .wrap(from_fn(compress::wrap))
                .wrap(from_fn(envelope::turn_away))
                .wrap(from_fn(rate::wrap))
                .wrap(cors(&settings))
                .wrap(from_fn(envelope::wrap));
            let handlers = map_config(handlers, |()| AppConfig::default());
            let stopping = stopping.clone();
            let stopping = move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            };
            connections::service(handlers, tls.clone(), stopping)
        };
        Ok(builder.listen("http", listener, factory)?.run())
    }
}

/// Serves the metrics on their own address, until the process ends.
fn serve_metrics(app: Data<App>, listener: TcpListener) -> std::io::Result<Server> {
    let factory = move || {
        let metrics = web::get().to(handlers::metrics::read_on_own_address);
        ActixApp::new().app_data(app.clone()).route(handlers::metrics::PATH, metrics)
    };
    Ok(HttpServer::new(factory).workers(1).disable_signals().listen(listener)?.run())
}

/// Any origin may read. Those in the settings may also write.
fn cors(settings: &Settings) -> Cors {
    let writers: Vec<String> = settings.origins().map(str::to_owned).collect();
    let allowed = move |origin: &header::HeaderValue, request: &actix_web::dev::RequestHead| {
        let method = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
        let method = method.and_then(|method| method.to_str().ok()).unwrap_or(request.method.as_str());
        matches!(method, "GET" | "HEAD" | "OPTIONS")
            || origin.to_str().is_ok_and(|origin| writers.iter().any(|writer| writer == origin))
    };
    Cors::default()
        .allowed_origin_fn(allowed)
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        // Restricting headers would add no protection: writing requires a token, which browsers do not send by
        // themselves.
        .allow_any_header()
        .expose_headers(EXPOSED)
        .block_on_origin_mismatch(false)
        .max_age(3600)
}
