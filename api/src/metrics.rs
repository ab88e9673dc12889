//! Metrics for Prometheus, in the text format of OpenMetrics 1.0.
//!
//! Labels are bounded: a route is the pattern of an address, never the address. Nothing counts records, so nothing that the
//! public reads here depends on hidden ones.

mod process;

use crate::{app::App, problem::Problem};
use actix_web::http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};
use std::{fmt, sync::atomic::Ordering, time::Duration};

/// The media type of the answer.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the durations of requests in seconds. From a hit in the cache to a read that is ended.
const BOUNDS: [f64; 12] = [0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The route of requests that match none.
const NO_ROUTE: &str = "none";

/// What is counted while the server runs.
#[derive(Debug)]
pub struct Metrics {
    /// Whether they have an address of their own.
    pub is_elsewhere: bool,
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, Bounds>,
    /// By [`Found`].
    lookups: [Counter; 3],
    connections: Family<Connections, Gauge>,
    reads: Family<Source, Counter>,
    replicas_up: Family<Source, Gauge>,
    replicas_lag: Family<Source, Gauge>,
    cached_bytes: Gauge,
    heavy: Gauge,
    process: process::Gauges,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lookup {
    result: Found,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: &'static str,
    state: &'static str,
}

/// `primary`, or the place of a replica in its setting, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Source {
    source: String,
}

/// The result of a lookup in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    /// The answer was there.
    Hit,
    /// It was not, or it is no longer valid.
    Miss,
    /// Whether it is valid is uncertain.
    Uncertain,
}

impl Found {
    const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::Uncertain];
}

impl EncodeLabelValue for Found {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Uncertain => "uncertain",
        }
        .encode(encoder)
    }
}

#[derive(Clone, Copy, Debug)]
struct Bounds;

impl MetricConstructor<Histogram> for Bounds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BOUNDS)
    }
}

impl Metrics {
    /// Nothing is counted yet. `is_elsewhere` says whether the metrics have an address of their own.
    pub fn new(is_elsewhere: bool) -> Self {
        let mut registry = Registry::default();
        let process = process::Gauges::register(&mut registry);
        let own = registry.sub_registry_with_prefix("clusterportal");
        let requests = Family::default();
        own.register("http_requests", "Requests that were answered", requests.clone());
        let durations = Family::new_with_constructor(Bounds);
        let help = "Time until the head of the answer";
        own.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        let cache: Family<Lookup, Counter> = Family::default();
        let lookups = Found::ALL.map(|result| cache.get_or_create_owned(&Lookup { result }));
        own.register("cache_lookups", "Anonymous reads that asked the cache", cache);
        let cached_bytes = Gauge::default();
        own.register_with_unit("cache_size", "Size of the kept answers", Unit::Bytes, cached_bytes.clone());
        let heavy = Gauge::default();
        own.register("heavy_answers", "Heavy answers under way, or waiting for their turn", heavy.clone());
        let connections = Family::default();
        own.register("database_connections", "Connections to the database", connections.clone());
        let reads = Family::default();
        own.register("database_reads", "Reads that a replica may answer, by who did", reads.clone());
        let replicas_up = Family::default();
        own.register("replica_up", "Whether a replica is asked", replicas_up.clone());
        let replicas_lag = Family::default();
        let help = "Write-ahead log that a replica has not replayed yet, if it can be reached";
        own.register_with_unit("replica_lag", help, Unit::Bytes, replicas_lag.clone());
        let version: Family<[(&'static str, &'static str); 1], Gauge> = Family::default();
        version.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        own.register("build", "The release", version);
        Self {
            is_elsewhere,
            registry,
            requests,
            durations,
            lookups,
            connections,
            reads,
            replicas_up,
            replicas_lag,
            cached_bytes,
            heavy,
            process,
        }
    }

    /// Counts an answer.
    pub fn answered(&self, method: &Method, route: Option<String>, status: StatusCode, took: Duration) {
        let route = route.unwrap_or_else(|| NO_ROUTE.to_owned());
        let request = Request { method: known(method), route: route.clone(), status: status.as_u16() };
        self.requests.get_or_create(&request).inc();
        self.durations.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }

    /// Counts a lookup in the cache.
    pub fn looked_up(&self, result: Found) {
        self.lookups[result as usize].inc();
    }

    /// Writes everything.
    ///
    /// # Errors
    /// 500 if it cannot be written.
    pub fn text(&self, app: &App) -> Result<String, Problem> {
        self.measure(app);
        let mut text = String::new();
        text::encode(&mut text, &self.registry).map_err(Problem::internal)?;
        Ok(text)
    }

    fn measure(&self, app: &App) {
        self.process.measure();
        self.cached_bytes.set(signed(app.cache.bytes()));
        self.heavy.set(signed(app.heavy.places_taken()));
        for pool in app.store.pools() {
            for (state, number) in [("idle", pool.idle), ("busy", pool.busy)] {
                self.connections.get_or_create(&Connections { pool: pool.name, state }).set(number.into());
            }
        }
        self.measure_replicas(app);
    }

    fn measure_replicas(&self, app: &App) {
        let count = |source: &Source, reads| {
            // The store counts.
            self.reads.get_or_create(source).inner().store(reads, Ordering::Relaxed);
        };
        count(&Source { source: "primary".to_owned() }, app.store.reads_of_primary());
        for (at, replica) in app.store.replicas().iter().enumerate() {
            let source = Source { source: (at + 1).to_string() };
            count(&source, replica.reads);
            self.replicas_up.get_or_create(&source).set(replica.is_up.into());
            match replica.lag {
                Some(lag) => drop(self.replicas_lag.get_or_create(&source).set(lag)),
                None => drop(self.replicas_lag.remove(&source)),
            }
        }
    }
}

fn signed(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// The name of a method that has a meaning here.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}
