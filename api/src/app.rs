//! What every handler can reach.

use crate::{
    auth::Keyring, cache::Answers, erasures::Erasures, follow::Follow, formats::Exports, problem::Problem,
    routes,
};
use actix_web::web::{self, Bytes};
use domain::id::{Clock, Id};
use persistence::{store::Store, write::idempotency::IdempotencyKey};
use std::{
    collections::HashSet,
    sync::{Mutex, OnceLock},
};

/// The parts of a running server.
#[derive(Debug)]
pub struct App {
    /// The landscape.
    pub store: Store,
    /// The keys of tokens.
    pub keyring: Keyring,
    /// Time and new ids.
    pub clock: Clock,
    /// Base of every absolute link, without a slash at its end.
    pub public_url: String,
    /// The API's description, as it is served: made when it is first asked for, so that a server nobody asks for it needs
    /// neither the time at its start nor the memory.
    pub openapi: OnceLock<Bytes>,
    /// Those who wait for changes.
    pub follow: Follow,
    /// Answers that took long to work out.
    pub answers: Answers,
    /// Who finishes erasures.
    pub erasures: Erasures,
    /// The exports that are being read.
    pub exports: Exports,
    /// The writes with an idempotency key that are under way in this instance.
    pub running: Mutex<HashSet<IdempotencyKey>>,
}

impl App {
    /// Does blocking work off the threads that serve requests.
    ///
    /// # Errors
    /// What the work fails with.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        web::block(move || work(&store)).await.map_err(Problem::internal)?
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// The path of the public URL, without a slash at its end; often empty.
    pub fn prefix(&self) -> &str {
        let behind_scheme = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        behind_scheme.find('/').map_or("", |slash| &behind_scheme[slash..])
    }

    /// A path without the path of the public URL, where it begins with that.
    pub fn local_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let prefix = Some(self.prefix()).filter(|prefix| !prefix.is_empty())?;
        let rest = path.strip_prefix(prefix)?;
        // `/api` in front of everything is not that of `/api/v1`.
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
