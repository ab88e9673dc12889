//! Rebuilds derived data in the background. The server listens immediately and returns 503 until they are complete.

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

/// How often progress is logged.
const REPORT: Duration = Duration::from_secs(10);
/// Time to wait before a retry after a database error.
const PAUSE: Duration = Duration::from_secs(5);

/// Starts a rebuild of the derived data, unless they are current.
///
/// # Errors
/// If the database fails, or no thread can be started.
pub fn start(store: &Store) -> Result<(), String> {
    if store.is_index_current().map_err(|error| error.to_string())? {
        return Ok(());
    }
    let store = store.clone();
    let rebuilds = thread::Builder::new().name("rebuild".to_owned()).spawn(move || finish(&store));
    rebuilds.map(drop).map_err(|error| format!("cannot start a thread: {error}"))
}

fn finish(store: &Store) {
    log::warn!("rebuilding derived data for this release; requests are answered with 503 until that is done");
    loop {
        match rebuild(store) {
            Ok(()) => return log::info!("ready: the derived data are complete"),
            // The release that started last wins.
            Err(Error::Rebuilding) => {
                return log::error!(
                    "another release has started to rebuild the derived data; this instance stays unready"
                );
            }
            Err(error) => {
                log::error!("the rebuild of the derived data was interrupted and will be resumed: {error}");
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
