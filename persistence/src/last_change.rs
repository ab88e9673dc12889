//! The number of the last change, known without asking the tables for each request.
//!
//! **SQLite**: a connection of its own sees by `PRAGMA data_version` whether any other connection, of any process, has
//! committed. Only then it reads the number again. What it tells is never old.
//!
//! **PostgreSQL**: a thread reads the number every 40 ms, on a connection of its own, and at once after a commit of this
//! process. What it tells is never older than the last commit of this process, and at most half a second old for those of
//! others. There is no `LISTEN`: it does not work behind PgBouncer in transaction mode, and `NOTIFY` takes a lock on the
//! whole database that is held while the commit is flushed.
//!
//! ```text
//! a write of this process    commits, raises COMMITS, and is acknowledged
//! the thread                 loads COMMITS, reads the number, keeps both
//! a request                  trusts the number if COMMITS is still that, and the number is young
//! ```

use crate::{
    changes::{self, Mark},
    connection::Conn,
    dialect,
    error::Error,
    target::Target,
};
use std::{
    cell::RefCell,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// The number of commits of this process.
static COMMITS: Mutex<u64> = Mutex::new(0);
static COMMITTED: Condvar = Condvar::new();

/// Tells that a transaction of this process was committed, perhaps: the answer of the database may have been lost. Must be
/// called before the write is acknowledged.
pub(crate) fn committed() {
    *lock(&COMMITS) += 1;
    COMMITTED.notify_all();
}

/// How often the number is read on PostgreSQL.
const EVERY: Duration = Duration::from_millis(40);
/// How long a number is trusted.
const TRUSTED: Duration = Duration::from_millis(500);
/// How long the thread goes on when nobody asks.
const ATTENTION: Duration = Duration::from_secs(2);
/// The pause after an error.
const REST: Duration = Duration::from_millis(250);

/// Tells the number of the last change. Each thread that serves requests has its own.
#[derive(Debug)]
pub struct LastChange(Source);

#[derive(Debug)]
enum Source {
    Sqlite(RefCell<Versions>),
    Postgres(Arc<Reading>),
}

impl LastChange {
    pub(crate) fn new(target: &Target, reading: &Arc<Reading>) -> Self {
        Self(match target {
            Target::Sqlite(_) => Source::Sqlite(RefCell::new(Versions::new(target.clone()))),
            Target::Postgres(_) => {
                reading.start(target);
                Source::Postgres(reading.clone())
            }
        })
    }

    /// Returns the number, or `None` if it is not certain. Takes some microseconds, and never waits for the database.
    pub fn get(&self) -> Option<i64> {
        match &self.0 {
            Source::Sqlite(versions) => versions.borrow_mut().last_change(),
            Source::Postgres(reading) => reading.last_change(),
        }
    }
}

/// A connection to SQLite that sees whether others have committed.
#[derive(Debug)]
struct Versions {
    target: Target,
    conn: Option<Conn>,
    /// The version at which the number was read, and the number.
    seen: Option<(Option<i32>, i64)>,
    failed_at: Option<Instant>,
}

impl Versions {
    fn new(target: Target) -> Self {
        Self { target, conn: None, seen: None, failed_at: None }
    }

    fn last_change(&mut self) -> Option<i64> {
        if self.failed_at.is_some_and(|failed_at| failed_at.elapsed() < REST) {
            return None;
        }
        let last = self.read();
        if let Err(error) = &last {
            log::debug!("cannot look for changes: {error}");
            *self = Self { failed_at: Some(Instant::now()), ..Self::new(self.target.clone()) };
        }
        last.ok()
    }

    fn read(&mut self) -> Result<i64, Error> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            None => {
                let conn = self.target.glance().map_err(|cause| Error::Unreachable(cause.to_string()))?;
                self.conn.insert(conn)
            }
        };
        let version = dialect::data_version(conn)?;
        match self.seen {
            Some((seen, last)) if seen == version => Ok(last),
            // Whoever commits between the two reads raises the version again.
            _ => {
                let last = changes::last(conn)?;
                self.seen = Some((version, last));
                Ok(last)
            }
        }
    }
}

/// The number as the thread has read it from PostgreSQL.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    reads_wal: bool,
    state: Mutex<State>,
    asked: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_started: bool,
    known: Option<Known>,
    /// A newer number that a request has read from the primary itself, and when.
    seen: Option<(i64, Instant)>,
    asked_at: Option<Instant>,
}

/// What the thread has read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The number of the last change.
    pub(crate) last_change: i64,
    /// The revision with this number.
    pub(crate) mark: Option<Mark>,
    /// The position in the write-ahead log behind it, and behind all else that anybody could see, if there are replicas.
    pub(crate) wal: Option<i64>,
    commits: u64,
    /// When it was asked for.
    at: Instant,
}

impl Reading {
    /// Also reads the position in the write-ahead log, with which replicas are compared.
    pub(crate) fn with_wal() -> Self {
        Self { reads_wal: true, ..Self::default() }
    }

    /// Starts the thread, unless it runs.
    fn start(self: &Arc<Self>, target: &Target) {
        if std::mem::replace(&mut lock(&self.state).is_started, true) {
            return;
        }
        let (reading, target) = (self.clone(), target.clone());
        let thread = thread::Builder::new().name("last change".to_owned());
        if let Err(error) = thread.spawn(move || reading.go_on(&target)) {
            log::error!("nothing is answered from the cache, because there can be no thread: {error}");
        }
    }

    fn last_change(&self) -> Option<i64> {
        self.known().map(|known| known.last_change)
    }

    /// Tells what a request has read from the primary itself. What is older is not known any more, so that no replica
    /// answers it with less than what this request has told.
    pub(crate) fn saw(&self, last_change: i64) {
        let mut state = lock(&self.state);
        if state.known.is_none_or(|known| known.last_change < last_change) {
            state.seen = Some((last_change, Instant::now()));
        }
    }

    /// Returns what is known, if it is certain.
    pub(crate) fn known(&self) -> Option<Known> {
        let mut state = lock(&self.state);
        let now = Instant::now();
        if state.asked_at.replace(now).is_none_or(|asked_at| now - asked_at > ATTENTION / 2) {
            self.asked.notify_one();
        }
        let known = state.known?;
        // After a failover that lost changes, the number falls.
        let is_newest = state.seen.is_none_or(|(number, at)| known.last_change >= number || known.at > at);
        let is_certain = is_newest && known.commits == *lock(&COMMITS) && now - known.at < TRUSTED;
        is_certain.then_some(known)
    }

    /// Reads the number again and again, while anybody asks.
    fn go_on(&self, target: &Target) {
        let mut conn = None;
        loop {
            self.wait_for_attention();
            let (commits, at) = (*lock(&COMMITS), Instant::now());
            match self.read(target, &mut conn) {
                Ok((mark, wal)) => {
                    let last_change = mark.map_or(0, |mark| mark.seq);
                    lock(&self.state).known = Some(Known { last_change, mark, wal, commits, at });
                    let pause = COMMITTED.wait_timeout_while(lock(&COMMITS), EVERY, |now| *now == commits);
                    drop(pause.unwrap_or_else(PoisonError::into_inner));
                }
                Err(error) => {
                    log::warn!("cannot look for changes, so nothing is answered from the cache: {error}");
                    conn = None;
                    lock(&self.state).known = None;
                    thread::sleep(REST);
                }
            }
        }
    }

    fn read(&self, target: &Target, conn: &mut Option<Conn>) -> Result<(Option<Mark>, Option<i64>), Error> {
        let conn = match conn {
            Some(conn) => conn,
            None => conn.insert(target.glance().map_err(|cause| Error::Unreachable(cause.to_string()))?),
        };
        let mark = changes::last_mark(conn)?;
        // Read last, so that it is behind what the number says.
        let wal = if self.reads_wal { dialect::flushed(conn)? } else { None };
        Ok((mark, wal))
    }

    fn wait_for_attention(&self) {
        let is_idle =
            |state: &mut State| state.asked_at.is_none_or(|asked_at| asked_at.elapsed() > ATTENTION);
        let waited = self.asked.wait_while(lock(&self.state), is_idle);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
