//! Requests go first: who writes many rows lets them have the processors, and their turn to write.
//!
//! A batch of the sync keeps a processor busy for a second, in the database or here. On a machine with few of them a request
//! that comes meanwhile waits for a time slice of the scheduler at each hand-over, five or six times in all.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// How many requests of this process read now.
static READING: AtomicUsize = AtomicUsize::new(0);

/// How many write now, or wait until they may.
static WRITING: AtomicUsize = AtomicUsize::new(0);

/// A request is under way for as long as this lives.
#[derive(Debug)]
pub(crate) struct UnderWay(&'static AtomicUsize);

impl UnderWay {
    /// A request that reads begins now.
    pub(crate) fn reading() -> Self {
        Self::among(&READING)
    }

    /// A request that writes begins now.
    pub(crate) fn writing() -> Self {
        Self::among(&WRITING)
    }

    fn among(requests: &'static AtomicUsize) -> Self {
        requests.fetch_add(1, Ordering::Relaxed);
        Self(requests)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a request writes, or waits until it may.
pub(crate) fn is_writing() -> bool {
    WRITING.load(Ordering::Relaxed) > 0
}

/// Before a batch is written: waits until the requests that write have written, but not longer than a moment, so that many
/// cannot stop it.
pub(crate) fn yield_to_writers() {
    const PATIENCE: Duration = Duration::from_millis(100);
    const STEP: Duration = Duration::from_micros(500);
    let began = Instant::now();
    while is_writing() && began.elapsed() < PATIENCE {
        std::thread::sleep(STEP);
    }
}

/// Before so many rows are written: waits while requests read, but not longer than about as long as writing them takes, so
/// that many requests halve the speed and cannot stop it.
pub(crate) fn yield_to_readers(rows: usize) {
    /// For each row.
    const PATIENCE: Duration = Duration::from_micros(5);
    const STEP: Duration = Duration::from_micros(200);
    let patience = PATIENCE * u32::try_from(rows).unwrap_or(u32::MAX);
    let began = Instant::now();
    std::thread::yield_now();
    while READING.load(Ordering::Relaxed) > 0 && began.elapsed() < patience {
        std::thread::sleep(STEP);
    }
}
