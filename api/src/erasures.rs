//! What is left to do after an erasure: the files of the database are cleaned in the background.

use persistence::store::Store;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

/// How often it is looked whether something is left to do: another instance may have died over it.
const PAUSE: Duration = Duration::from_secs(10);
/// How long others are waited for that are erased with one: the files are cleaned once for all.
const GATHERING: Duration = Duration::from_secs(1);

/// Cleans the files of the database, until it is dropped.
#[derive(Clone, Debug)]
pub struct Erasures(SyncSender<()>);

impl Erasures {
    /// Begins with what another server may have left.
    ///
    /// # Errors
    /// When a thread cannot be had.
    pub fn watch(store: Store) -> std::io::Result<Self> {
        let (erased, wakened) = sync_channel(1);
        thread::Builder::new().name("erasures".to_owned()).spawn(move || finish(&store, &wakened))?;
        Ok(Self(erased))
    }

    /// Says that something was erased.
    pub fn erased(&self) {
        // Where one such word waits already, it stands for all.
        let _ = self.0.try_send(());
    }
}

fn finish(store: &Store, wakened: &Receiver<()>) {
    loop {
        match store.scrub() {
            Ok(true) => log::info!("what was erased is out of the files of the database"),
            Ok(false) => {}
            Err(error) => log::warn!("what was erased is still in the files of the database: {error}"),
        }
        match wakened.recv_timeout(PAUSE) {
            Ok(()) => thread::sleep(GATHERING),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
