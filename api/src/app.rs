//! The state shared by all handlers.

use crate::{
    auth::{Endings, Keyring, Provider, Uses},
    cache::Cache,
    config::Publication,
    erasures::Erasures,
    follow::Follow,
    limits::{client::TrustedProxies, heavy::Heavy, rate::Rates},
    metrics::Metrics,
    problem::Problem,
    request::seal::Seal,
    routes,
    shared::Underway,
};
use actix_web::web::{self, Bytes};
use domain::id::{Clock, Id};
use persistence::{
    audience::{Actor, Audience},
    store::Store,
    write::{idempotency::IdempotencyKey, transaction::Transaction},
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock},
};
use tokio::sync::oneshot;

/// The parts of a running server.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Keys to issue and verify tokens.
    pub keyring: Keyring,
    /// When tokens were last used.
    pub uses: Uses,
    /// Ends long requests when their tokens end.
    pub endings: Endings,
    /// The identity provider whose tokens are accepted, too.
    pub provider: Option<Arc<Provider>>,
    /// Source of time and new ids.
    pub clock: Clock,
    /// Base of every absolute link, without a trailing slash.
    pub public_url: String,
    /// Whether managers may publish events.
    pub managers_publish: bool,
    /// Publisher, contact and licence of the data.
    pub publication: Publication,
    /// Seals cursors.
    pub seal: Seal,
    /// The OpenAPI document as served. Created on the first request, to save start-up time and memory until then.
    pub openapi: OnceLock<Bytes>,
    /// Requests that wait for changes.
    pub follow: Follow,
    /// Complete responses to anonymous reads.
    pub cache: Cache,
    /// What is counted for Prometheus.
    pub metrics: Metrics,
    /// Responses that are being computed.
    pub underway: Underway,
    /// Completes erasures.
    pub erasures: Erasures,
    /// Proxies whose word on the address of a client is taken.
    pub proxies: TrustedProxies,
    /// Limits of requests a minute.
    pub rates: Rates,
    /// Limits of concurrent heavy answers.
    pub heavy: Heavy,
    /// Idempotency keys of writes in progress in this instance.
    pub running: Mutex<HashSet<IdempotencyKey>>,
}

impl App {
    /// Runs blocking work off the threads that serve requests. Work that nobody waits for any more is not begun.
    ///
    /// # Errors
    /// The error of `work`.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        let waiting = Arc::new(());
        let is_awaited = Arc::downgrade(&waiting);
        let done = web::block(move || match is_awaited.strong_count() {
            0 => Err(Problem::internal("nobody waits for this")),
            _ => work(&store),
        })
        .await;
        drop(waiting);
        done.map_err(Problem::internal)?
    }

    /// Runs a write of a request, off the threads that serve requests, and waits until it is durable. It may share a
    /// transaction with other writes ([`Store::write_in_group`]), and no thread waits for the commit.
    ///
    /// # Errors
    /// The error of `work` or of the database.
    pub async fn write<T: Send + 'static>(
        &self,
        actor: Actor,
        audience: Audience,
        work: impl Fn(&mut Transaction<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (done, result) = oneshot::channel();
        self.run(move |store| {
            // If nobody waits any more, nobody receives this.
            store.write_in_group(&actor, audience, work, |result| drop(done.send(result)));
            Ok(())
        })
        .await?;
        result.await.map_err(Problem::internal)?
    }

    /// The absolute URL of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// The path of the public URL, without a trailing slash. Often empty.
    pub fn prefix(&self) -> &str {
        let behind_scheme = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        behind_scheme.find('/').map_or("", |slash| &behind_scheme[slash..])
    }

    /// The path without the path of the public URL, if it starts with that.
    pub fn local_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let prefix = Some(self.prefix()).filter(|prefix| !prefix.is_empty())?;
        let rest = path.strip_prefix(prefix)?;
        // A public URL that ends in `/api` must not match the `/api` of `/api/v1`.
        let is_own = |path: &str| routes::ROOTS.iter().any(|root| path.starts_with(root));
        match rest {
            "" => Some("/").filter(|_| !is_own(path)),
            _ => Some(rest).filter(|rest| rest.starts_with('/') && (is_own(rest) || !is_own(path))),
        }
    }

    /// A new id for a request.
    pub fn new_id(&self) -> Id {
        self.clock.new_id()
    }
}
