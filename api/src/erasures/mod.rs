//! Completes erasures: scrubs the database files in the background, keeps a list outside of the database, and erases again
//! what a restored backup has brought back.

mod log;

pub use self::log::{ErasureLog, read};

use persistence::{
    store::Store,
    write::{erasures::Erasure, rebuild},
};
use std::{
    io,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// How often the thread looks for pending scrubs, and for erasures by other instances. Another instance may have died before
/// finishing one.
const PAUSE: Duration = Duration::from_secs(10);
/// How long to wait for more erasures, so that one scrub covers them all.
const GATHERING: Duration = Duration::from_secs(1);

/// Completes erasures until dropped.
#[derive(Clone, Debug)]
pub struct Erasures {
    log: Arc<ErasureLog>,
    erased: SyncSender<()>,
}

impl Erasures {
    /// Replays the erasures of the data folder. Then starts the background thread, which first finishes what another
    /// server may have left.
    ///
    /// # Errors
    /// If the file in the data folder cannot be read or written, the database fails, or no thread can be started.
    pub fn start(store: &Store, data_dir: &Path) -> Result<Self, String> {
        let (log, erasures) = ErasureLog::open(data_dir)?;
        replay(store, erasures)?;
        let log = Arc::new(log);
        copy(store, &log)?;
        let (erased, wakened) = sync_channel(1);
        let thread = (store.clone(), Arc::clone(&log));
        thread::Builder::new()
            .name("erasures".to_owned())
            .spawn(move || finish(&thread.0, &thread.1, &wakened))
            .map_err(|error| format!("cannot start a thread: {error}"))?;
        Ok(Self { log, erased })
    }

    /// Checks that an erasure could be kept.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn check(&self) -> io::Result<()> {
        self.log.check()
    }

    /// Keeps a committed erasure outside of the database, and requests a scrub.
    ///
    /// # Errors
    /// If the file cannot be written. The thread tries again.
    pub fn keep(&self, erasure: Erasure) -> io::Result<()> {
        // If a request is already waiting, it covers this one too.
        let _ = self.erased.try_send(());
        self.log.append(&[erasure])
    }
}

/// Erases again whatever `erasures` name and the database has. Returns how many were replayed.
///
/// # Errors
/// If the database fails.
pub fn replay(store: &Store, erasures: Vec<Erasure>) -> Result<usize, String> {
    let undone = store.undone_erasures(erasures).map_err(|error| error.to_string())?;
    if undone.is_empty() {
        return Ok(0);
    }
    // Until then, writes are refused.
    store.rebuild(rebuild::BATCH, &|_| ()).map_err(|error| error.to_string())?;
    undone.iter().try_for_each(|erasure| store.replay(erasure)).map_err(|error| error.to_string())?;
    ::log::warn!("replayed {} erasures that this database did not know of", undone.len());
    Ok(undone.len())
}

/// Copies the list of the database to the file: it has those of other instances, too.
fn copy(store: &Store, log: &ErasureLog) -> Result<(), String> {
    let erasures = store.erasures().map_err(|error| error.to_string())?;
    log.append(&erasures)
        .map_err(|error| format!("the erasures cannot be written to the data folder: {error}"))
}

fn finish(store: &Store, log: &ErasureLog, wakened: &Receiver<()>) {
    loop {
        if let Err(error) = copy(store, log) {
            ::log::warn!("a restored backup would not know of all erasures: {error}");
        }
        match store.scrub() {
            Ok(true) => ::log::info!("scrubbed erased data from the database files"),
            Ok(false) => {}
            Err(error) => ::log::warn!("erased data are still in the database files: {error}"),
        }
        match wakened.recv_timeout(PAUSE) {
            Ok(()) => thread::sleep(GATHERING),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
