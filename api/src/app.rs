//! What every handler can reach.

use crate::{auth::Keyring, cache::Answers, follow::Follow, problem::Problem};
use actix_web::web::{self, Bytes};
use domain::id::{Clock, Id};
use persistence::{store::Store, tokens::IdempotencyKey};
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

    /// A new id for a request.
    pub fn new_id(&self) -> Id {
        self.clock.new_id()
    }
}
