//! Scrubs the database files in the background after an erasure.

use persistence::store::Store;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

/// How often pending scrubs are looked for. Another instance may have died before finishing one.
const PAUSE: Duration = Duration::from_secs(10);
/// How long to wait for more erasures, so that one scrub covers them all.
const GATHERING: Duration = Duration::from_secs(1);

/// Scrubs the database files until dropped.
#[derive(Clone, Debug)]
pub struct Erasures(SyncSender<()>);

impl Erasures {
    /// Starts the background thread, which first finishes what another server may have left.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn watch(store: Store) -> std::io::Result<Self> {
        let (erased, wakened) = sync_channel(1);
        thread::Builder::new().name("erasures".to_owned()).spawn(move || finish(&store, &wakened))?;
        Ok(Self(erased))
    }

    /// Requests a scrub after an erasure.
    pub fn erased(&self) {
        // If a request is already waiting, it covers this one too.
        let _ = self.0.try_send(());
    }
}

fn finish(store: &Store, wakened: &Receiver<()>) {
    loop {
        match store.scrub() {
            Ok(true) => log::info!("scrubbed erased data from the database files"),
            Ok(false) => {}
            Err(error) => log::warn!("erased data are still in the database files: {error}"),
        }
        match wakened.recv_timeout(PAUSE) {
            Ok(()) => thread::sleep(GATHERING),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
