//! One replica, and the thread that watches it.

use super::{ReplicaReader, ReplicaState};
use crate::{
    changes::Mark,
    connection::{Conn, Manager, READERS},
    dialect,
    identity::Identity,
    target::{NO_REPLICA, Replica},
};
use diesel::r2d2::Pool;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often the thread of a replica looks at it.
const EVERY: Duration = Duration::from_millis(250);
/// How long a look counts. A replica that hangs is not asked any more after this time.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long a replica that is behind is left alone.
const REST: Duration = Duration::from_millis(50);
/// How often, and how long, a read waits for a replica to replay what is on its way to it.
const LOOKS: u32 = 4;
const STEP: Duration = Duration::from_millis(1);
/// How long a read waits for a connection to a replica.
const PATIENCE: Duration = Duration::from_millis(100);

/// A replica.
pub(super) struct Source {
    /// Its place in the setting, from 1.
    number: usize,
    replica: Replica,
    /// The name of its database.
    identity: String,
    pool: Pool<Manager>,
    condition: Mutex<Condition>,
    reads: AtomicU64,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.number)
    }
}

#[derive(Debug, Default)]
struct Condition {
    /// When it was looked at last, and how far it had replayed then.
    seen: Option<(Instant, i64)>,
    rests_until: Option<Instant>,
}

impl Source {
    /// Creates the pool, and starts the thread.
    ///
    /// # Errors
    /// If there can be no thread.
    pub(super) fn start(number: usize, replica: Replica, identity: &Identity) -> std::io::Result<Arc<Self>> {
        let pool = Pool::builder()
            .max_size(READERS)
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .build_unchecked(Manager::of_replica(replica.clone()));
        let source = Arc::new(Self {
            number,
            replica,
            identity: identity.name.clone(),
            pool,
            condition: Mutex::default(),
            reads: AtomicU64::new(0),
        });
        let watched = Arc::downgrade(&source);
        thread::Builder::new().name(format!("replica {number}")).spawn(|| watch(watched))?;
        Ok(source)
    }

    /// Counts a read as answered.
    pub(super) fn answered(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns its condition. `needed` is the position of the primary.
    pub(super) fn state(&self, needed: Option<i64>) -> ReplicaState {
        let seen = self.lock().seen.map(|(_, replayed)| replayed);
        ReplicaState {
            is_up: self.is_up(),
            lag: needed.zip(seen).map(|(needed, replayed)| (needed - replayed).max(0)),
            reads: self.reads.load(Ordering::Relaxed),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_up(&self) -> bool {
        let condition = self.lock();
        let rests = condition.rests_until.is_some_and(|until| Instant::now() < until);
        !rests && condition.seen.is_some_and(|(at, _)| at.elapsed() < TRUSTED)
    }

    /// Returns a connection if the replica has replayed the log up to `needed`, with the revision of this mark, or does so at
    /// once.
    pub(super) fn reader(self: &Arc<Self>, needed: i64, mark: Option<Mark>) -> Option<ReplicaReader> {
        let mut conn = match self.pool.get() {
            Ok(conn) => conn,
            // All are in use.
            Err(_) if self.pool.state().connections > 0 => return None,
            Err(cause) => {
                self.fail(&cause);
                return None;
            }
        };
        for look in 0..LOOKS {
            if look > 0 {
                thread::sleep(STEP);
            }
            // Asked on this very connection, which a proxy may have led to another server than the thread's.
            match dialect::replayed(&mut conn, mark) {
                Ok(Some(replayed)) if replayed >= needed => {
                    return Some(ReplicaReader { conn, source: self.clone() });
                }
                Ok(_) => {}
                Err(cause) => {
                    self.fail(&cause);
                    return None;
                }
            }
        }
        self.lock().rests_until = Some(Instant::now() + REST);
        None
    }

    /// Is not asked any more until its thread has reached it.
    pub(super) fn fail(&self, cause: &dyn std::fmt::Display) {
        if self.lock().seen.take().is_some() {
            log::warn!("replica {} fails, so the primary answers instead: {cause}", self.number);
        }
    }

    fn look(&self, conn: &mut Option<Conn>) -> Result<i64, String> {
        let conn = match conn {
            Some(conn) => conn,
            None => {
                let mut new = self.replica.connect().map_err(|cause| cause.to_string())?;
                let identity = Identity::read(&mut new).map_err(|cause| cause.to_string())?;
                if identity.name != self.identity {
                    return Err("it is of another database".to_owned());
                }
                conn.insert(new)
            }
        };
        let replayed = dialect::replayed(conn, None).map_err(|cause| cause.to_string())?;
        replayed.ok_or_else(|| NO_REPLICA.to_owned())
    }
}

/// Looks at a replica again and again, as long as it is used.
fn watch(source: Weak<Source>) {
    let mut conn = None;
    let mut last_cause = String::new();
    while let Some(source) = source.upgrade() {
        let began = Instant::now();
        match source.look(&mut conn) {
            Ok(replayed) => {
                if source.lock().seen.replace((began, replayed)).is_none() {
                    log::info!("replica {} is used", source.number);
                }
                last_cause.clear();
            }
            Err(cause) => {
                conn = None;
                source.fail(&cause);
                if cause != last_cause {
                    log::warn!("replica {} is not used: {}", source.number, cause.trim());
                    last_cause = cause;
                }
            }
        }
        drop(source);
        thread::sleep(EVERY);
    }
}
