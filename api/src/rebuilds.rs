//! Rebuilding the derived data in the background: a server listens at once, and says 503 until they are complete.

use persistence::{
    error::Error,
    store::Store,
    write::rebuild::{self, Progress},
};
use std::{
    cell::Cell,
    thread,
    time::{Duration, Instant},
};

/// How often the log says how far it is.
const REPORT: Duration = Duration::from_secs(10);
/// How long is waited before it is tried again, when the database failed.
const PAUSE: Duration = Duration::from_secs(5);

/// Rebuilds the derived data, unless they are complete.
///
/// # Errors
/// When the database fails, or a thread cannot be had.
pub fn start(store: &Store) -> Result<(), String> {
    if store.is_index_current().map_err(|error| error.to_string())? {
        return Ok(());
    }
    let store = store.clone();
    let rebuilds = thread::Builder::new().name("rebuild".to_owned()).spawn(move || finish(&store));
    rebuilds.map(drop).map_err(|error| format!("no thread can be had: {error}"))
}

fn finish(store: &Store) {
    log::warn!("requests are answered with 503 until the derived data are rebuilt for this release");
    loop {
        match rebuild(store) {
            Ok(()) => return log::info!("ready: the derived data are complete"),
            // It began last, so it is the one that is wanted.
            Err(Error::Rebuilding) => {
                return log::error!("another release rebuilds the derived data; this one stays unready");
            }
            Err(error) => {
                log::error!("the rebuild of the derived data was interrupted, and goes on soon: {error}");
            }
        }
        thread::sleep(PAUSE);
    }
}

fn rebuild(store: &Store) -> Result<(), Error> {
    let reported = Cell::new(Instant::now());
    let progress = |Progress { done, total }| {
        if reported.get().elapsed() >= REPORT {
            log::info!("rebuilding derived data: {done} of {total} records");
            reported.set(Instant::now());
        }
    };
    if let Some(total) = store.rebuild(rebuild::BATCH, &progress)? {
        log::info!("rebuilt the derived data of {total} records");
    }
    Ok(())
}
