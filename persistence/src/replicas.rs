//! Reads from replicas of PostgreSQL, while these are close enough to the primary.
//!
//! A thread reads the position in the write-ahead log on the primary, with the number of the last change
//! ([`Reading`]). A replica may answer a read if it has replayed the log up to there, and if this process has committed
//! nothing since. So a caller reads what it wrote, and sees changes of others within half a second. Positions in the log
//! cover what the number does not tell: rebuilds, erasures, and migrations.
//!
//! ```text
//! primary    change 7 at 0/A0   change 8 at 0/B0
//! known      7, 0/A0            8, 0/B0
//! replica    replayed 0/A8: answers at 7, not at 8. It is left alone for a moment, and the primary answers
//! ```
//!
//! After a failover, the former primary may come back as a replica that has more log, but another history: commits that
//! nobody was told of. So the replica must also have the last revision that the primary has shown.
//!
//! A replica that fails is not asked again until a thread of its own has reached it. The read that found out is repeated
//! on the primary.

mod source;

use crate::{
    connection::{Conn, Pooled},
    error::Error,
    identity::Identity,
    last_change::Reading,
    target::Replica,
};
use source::Source;
use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

/// The condition of a replica.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaState {
    /// Whether it is asked.
    pub is_up: bool,
    /// How many bytes of the write-ahead log it lacked when it was looked at, if that is known.
    pub lag: Option<i64>,
    /// How many reads it has answered.
    pub reads: u64,
}

/// The replicas of a database, often none.
#[derive(Debug, Default)]
pub(crate) struct Replicas {
    replicas: Vec<Arc<Source>>,
    reading: Arc<Reading>,
    next: AtomicUsize,
    reads_of_primary: AtomicU64,
}

impl Replicas {
    /// Creates the pools, and starts a thread for each replica.
    ///
    /// # Errors
    /// If there can be no thread.
    pub(crate) fn start(
        replicas: Vec<Replica>,
        reading: &Arc<Reading>,
        identity: &Identity,
    ) -> std::io::Result<Self> {
        let start = |(at, replica)| Source::start(at + 1, replica, identity);
        Ok(Self {
            replicas: replicas.into_iter().enumerate().map(start).collect::<Result<_, std::io::Error>>()?,
            reading: reading.clone(),
            ..Self::default()
        })
    }

    /// Counts a read that the primary answers.
    pub(crate) fn passed(&self) {
        self.reads_of_primary.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many reads the primary has answered that a replica could have answered.
    pub(crate) fn reads_of_primary(&self) -> u64 {
        self.reads_of_primary.load(Ordering::Relaxed)
    }

    /// Returns the number of the last change. No read that follows is answered by a replica that lacks it. If there are
    /// replicas, the primary is asked only if the number is uncertain, or less than one that the caller knows.
    pub(crate) fn last_change(
        &self,
        at_least: i64,
        on_primary: impl FnOnce() -> Result<i64, Error>,
    ) -> Result<i64, Error> {
        if self.replicas.is_empty() {
            return on_primary();
        }
        if let Some(known) = self.reading.known()
            && known.last_change >= at_least
        {
            return Ok(known.last_change);
        }
        let last = on_primary()?;
        self.reading.saw(last);
        Ok(last)
    }

    /// Returns a connection to a replica that has all that this process knows of, or `None` if there is none.
    pub(crate) fn reader(&self) -> Option<ReplicaReader> {
        if self.replicas.is_empty() {
            return None;
        }
        let known = self.reading.known()?;
        let needed = known.wal?;
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.replicas.len();
        let candidates = (0..count).map(|step| &self.replicas[(first + step) % count]);
        candidates.filter(|source| source.is_up()).find_map(|source| source.reader(needed, known.mark))
    }

    /// Returns the condition of each replica, in the order of the setting.
    pub(crate) fn states(&self) -> Vec<ReplicaState> {
        let needed = self.reading.known().and_then(|known| known.wal);
        self.replicas.iter().map(|source| source.state(needed)).collect()
    }
}

/// A connection to a replica for one read.
pub(crate) struct ReplicaReader {
    conn: Pooled,
    source: Arc<Source>,
}

impl ReplicaReader {
    /// Counts the read as answered.
    pub(crate) fn succeeded(&self) {
        self.source.answered();
    }

    /// Tells that the read failed. Only a broken connection is the fault of the replica: statements may conflict with the
    /// replay, and find a rebuild that the primary has finished.
    pub(crate) fn failed(&self, cause: &Error) {
        if let Error::Unreachable(_) = cause {
            self.source.fail(cause);
        }
    }
}

impl Deref for ReplicaReader {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for ReplicaReader {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
