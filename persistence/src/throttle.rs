//! Bulk writers yield to requests, for the processors and for the write lock.
//!
//! A batch of the sync keeps a processor busy for a second, here or in the database. On a machine with few
//! processors, a request would meanwhile wait for a time slice of the scheduler at each of its five or six
//! hand-overs.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// The number of requests of this process that are reading.
static READING: AtomicUsize = AtomicUsize::new(0);

/// The number of requests that are writing or waiting to write.
static WRITING: AtomicUsize = AtomicUsize::new(0);

/// Counts a request as under way while it exists.
#[derive(Debug)]
pub(crate) struct UnderWay(&'static AtomicUsize);

impl UnderWay {
    /// Counts a request that reads.
    pub(crate) fn reading() -> Self {
        Self::among(&READING)
    }

    /// Counts a request that writes.
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

/// Whether a request is writing or waiting to write.
pub(crate) fn is_writing() -> bool {
    WRITING.load(Ordering::Relaxed) > 0
}

/// Waits before a batch while requests write, but for a limited time, so that many requests cannot stop it.
pub(crate) fn yield_to_writers() {
    const PATIENCE: Duration = Duration::from_millis(100);
    const STEP: Duration = Duration::from_micros(500);
    let began = Instant::now();
    while is_writing() && began.elapsed() < PATIENCE {
        std::thread::sleep(STEP);
    }
}

/// Waits before `rows` rows are written while requests read, but about as long as writing them takes. Many requests
/// can halve the speed, but not stop it. Does not wait before a few rows, as a request writes them.
pub(crate) fn yield_to_readers(rows: usize) {
    /// Per row.
    const PATIENCE: Duration = Duration::from_micros(5);
    const STEP: Duration = Duration::from_micros(200);
    let patience = PATIENCE * u32::try_from(rows).unwrap_or(u32::MAX);
    if patience < STEP {
        return;
    }
    let began = Instant::now();
    std::thread::yield_now();
    while READING.load(Ordering::Relaxed) > 0 && began.elapsed() < patience {
        std::thread::sleep(STEP);
    }
}
