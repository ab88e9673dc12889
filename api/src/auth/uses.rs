//! When tokens were last used. Written in the background, so no request waits for it or fails with it.

use chrono::{DateTime, Utc};
use domain::id::Id;
use persistence::{store::Store, tokens::USE_INTERVAL};
use quick_cache::sync::Cache;
use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

/// Number of tokens whose last recorded use is remembered.
const REMEMBERED: usize = 10_000;
/// Number of uses that may wait to be written. Further ones are dropped; the next request with the token makes up.
const WAITING: usize = 1_000;

/// Records uses of tokens until dropped.
#[derive(Debug)]
pub struct Uses {
    recorded: Cache<Id, DateTime<Utc>>,
    waiting: SyncSender<(Id, DateTime<Utc>)>,
}

impl Uses {
    /// Starts the background thread.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(store: Store) -> std::io::Result<Self> {
        let (waiting, uses) = sync_channel(WAITING);
        thread::Builder::new().name("token-uses".to_owned()).spawn(move || write(&store, &uses))?;
        Ok(Self { recorded: Cache::new(REMEMBERED), waiting })
    }

    /// Records that a token was used, at most once per [`USE_INTERVAL`].
    pub fn record(&self, token: Id, now: DateTime<Utc>) {
        let is_due = self.recorded.get(&token).is_none_or(|last| now - last >= USE_INTERVAL);
        if is_due && self.waiting.try_send((token, now)).is_ok() {
            self.recorded.insert(token, now);
        }
    }
}

fn write(store: &Store, uses: &Receiver<(Id, DateTime<Utc>)>) {
    while let Ok(first) = uses.recv() {
        let uses: Vec<_> = std::iter::once(first).chain(uses.try_iter()).collect();
        if let Err(error) = store.record_uses(&uses) {
            log::warn!("cannot record when {} tokens were last used: {error}", uses.len());
        }
    }
}
