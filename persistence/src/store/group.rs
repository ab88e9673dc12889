//! Group commit: writes that wait at the same time share one transaction, and one flush to disk.
//!
//! Writes take turns. Each runs in a savepoint of its own. The last one in line commits for all:
//!
//! ```text
//! write 1   BEGIN, SAVEPOINT, work, RELEASE        two wait: leaves the transaction to the next
//! write 2          SAVEPOINT, work, ROLLBACK TO    refused, which touches nobody else
//! write 3          SAVEPOINT, work, RELEASE        nobody waits: terms, documents and words of all; COMMIT; answers
//! ```
//!
//! Only writes that wait on a thread of their own count as in line, so an open transaction always passes to one that is
//! about to run.

use super::Store;
use crate::{
    audience::{Actor, Audience},
    connection::{Connections, PATIENCE, Pooled},
    dialect,
    error::Error,
    index::Dictionary,
    last_change,
    throttle::UnderWay,
    write::{derived::Derived, transaction::Transaction},
};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The largest number of writes in a group. PostgreSQL keeps that many savepoints of a transaction in shared memory; more
/// slow down every reader.
const MOST: usize = 64;
/// A group takes no more writes after this time, so that the first is answered soon, and other writers get their turn.
const LONGEST: Duration = Duration::from_millis(20);

/// Tells the caller of a write what became of it, once the group has been committed or has failed.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// The transaction that the writes of a group share.
struct Group {
    conn: Pooled,
    began: Instant,
    /// Whether a write has taken the lock on revisions.
    has_lock: bool,
    /// Terms that earlier writes looked up.
    dictionary: Dictionary,
    /// What earlier writes leave for the end. Its rows are spread over those of all records, so that each is written once.
    derived: Derived,
    answers: Vec<Answer>,
}

/// What became of a write in a group.
enum Attempt<T, E> {
    Ended(Result<T, E>),
    /// Another transaction holds a lock that the write needs.
    Blocked,
    Panicked(Box<dyn Any + Send>),
}

impl Group {
    fn begin(connections: &Connections) -> Result<Self, Error> {
        let mut conn = connections.writer()?;
        dialect::begin_write(&mut conn)?;
        Ok(Self {
            conn,
            began: Instant::now(),
            has_lock: false,
            dictionary: Dictionary::default(),
            derived: Derived::default(),
            answers: Vec::new(),
        })
    }

    fn is_full(&self) -> bool {
        self.answers.len() >= MOST || self.began.elapsed() > LONGEST
    }

    /// Runs a write in a savepoint, which is rolled back unless it succeeds.
    ///
    /// # Errors
    /// The error of the write, if the savepoint could neither be released nor rolled back. The group must then be given
    /// up.
    fn attempt<T, E: From<Error>>(
        &mut self,
        store: &Store,
        (actor, audience): (&Actor, Audience),
        work: &impl Fn(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<Attempt<T, E>, E> {
        dialect::begin_savepoint(&mut self.conn).map_err(Error::from)?;
        let (conn, begun) = (&mut *self.conn, (self.has_lock, &self.derived));
        // What a write that fails has put into it is rolled back with the write, so it is not kept then.
        let mut dictionary = std::mem::take(&mut self.dictionary);
        let ended = catch_unwind(AssertUnwindSafe(|| -> Result<_, E> {
            let mut transaction = Transaction::in_group(conn, &store.clock, actor, audience, begun)?;
            transaction.index_writer.swap_dictionary(&mut dictionary);
            let result = work(&mut transaction).and_then(|result| {
                transaction.finish()?;
                Ok(result)
            });
            transaction.index_writer.swap_dictionary(&mut dictionary);
            Ok((result, transaction.leave()))
        }));
        let attempt = match ended {
            Ok(Ok((_, left))) if left.is_blocked => Attempt::Blocked,
            Ok(Ok((Ok(result), left))) => {
                dialect::commit(&mut self.conn).map_err(Error::from)?;
                (self.has_lock, self.dictionary) = (left.has_lock, dictionary);
                self.derived.absorb(left.derived);
                return Ok(Attempt::Ended(Ok(result)));
            }
            Ok(Ok((Err(error), _)) | Err(error)) => Attempt::Ended(Err(error)),
            Err(panic) => Attempt::Panicked(panic),
        };
        // On PostgreSQL, this gives back the locks that the write has taken.
        match (dialect::rollback(&mut self.conn), attempt) {
            (Ok(()), attempt) => Ok(attempt),
            (Err(_), Attempt::Ended(Err(error))) => Err(error),
            (Err(cause), _) => Err(Error::from(cause).into()),
        }
    }

    /// Commits, and returns what then tells all callers.
    fn commit(mut self) -> impl FnOnce() {
        let written = std::mem::take(&mut self.derived).write(&mut self.conn);
        let committed = match written {
            Ok(()) => dialect::commit(&mut self.conn).map_err(Error::of_commit),
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        };
        last_change::committed();
        // The connection is given back before anyone is told, so that the next group can begin.
        let answers = self.answers;
        move || {
            for answer in answers {
                answer(committed.as_ref().map(drop).map_err(Error::repeat));
            }
        }
    }

    fn roll_back(&mut self) {
        if let Err(cause) = dialect::rollback(&mut self.conn) {
            log::warn!("rollback failed: {cause}");
        }
    }

    /// Gives the group up, and tells all callers that nothing was written.
    fn fail(mut self) {
        log::warn!("a transaction of {} other writes broke", self.answers.len());
        self.roll_back();
        let answers = self.answers;
        drop(self.conn);
        for answer in answers {
            answer(Err(Error::Unreachable("the transaction broke in another write of the group".to_owned())));
        }
    }
}

/// The line in which writes wait for their turn.
#[derive(Default)]
pub(crate) struct Line {
    state: Mutex<State>,
    turn_ended: Condvar,
}

#[derive(Default)]
struct State {
    is_taken: bool,
    waiting: usize,
    /// The open group, between two turns.
    open: Option<Group>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. Also returns the open group, if there is one.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if it does not come in time.
    fn wait(&self) -> Result<(Turn<'_>, Option<Group>), Error> {
        let mut state = self.lock();
        state.waiting += 1;
        let waited = self.turn_ended.wait_timeout_while(state, PATIENCE, |state| state.is_taken);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        if state.is_taken {
            return Err(Error::Unreachable("other writes take too long".to_owned()));
        }
        state.is_taken = true;
        Ok((Turn { line: self, is_over: false }, state.open.take()))
    }
}

/// The turn of a write. It is over when dropped.
struct Turn<'a> {
    line: &'a Line,
    is_over: bool,
}

impl Turn<'_> {
    /// Leaves the group to the next write in line, or commits it if there is none, or if the group is full.
    fn end(mut self, group: Group) {
        match self.pass_on(group) {
            None => self.line.turn_ended.notify_one(),
            Some(group) => {
                let tell = group.commit();
                drop(self);
                tell();
            }
        }
    }

    /// Ends the turn and leaves the group to the next in line, who cannot give up before it has looked at the line again.
    /// Returns the group if nobody is in line, or if it is full.
    fn pass_on(&mut self, group: Group) -> Option<Group> {
        let mut state = self.line.lock();
        if state.waiting == 0 || group.is_full() {
            return Some(group);
        }
        state.open = Some(group);
        state.is_taken = false;
        self.is_over = true;
        None
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.line.lock().is_taken = false;
            self.line.turn_ended.notify_one();
        }
    }
}

impl Store {
    /// Runs `work` in a transaction that it may share with other writes. Whatever fails is rolled back alone. Calls `done`
    /// with the result, on this thread or on another, once the transaction has been committed. If the commit fails, all of
    /// its writes fail.
    ///
    /// Returns without waiting for the commit if another write is in line, which then sees to it. `work` is called again
    /// if it needs a lock that another transaction holds.
    pub fn write_in_group<T, E>(
        &self,
        actor: &Actor,
        audience: Audience,
        work: impl Fn(&mut Transaction<'_>) -> Result<T, E>,
        done: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        // Checked before waiting for a turn.
        let entered = self.connections.reader().and_then(|mut conn| self.index_gate.enter(&mut conn));
        let _writing = UnderWay::writing();
        let turn = entered
            .and_then(|_| self.line.wait())
            .and_then(|(turn, open)| Ok((turn, open.map_or_else(|| Group::begin(&self.connections), Ok)?)));
        let (turn, mut group) = match turn {
            Ok(turn) => turn,
            Err(error) => return done(Err(error.into())),
        };
        match group.attempt(self, (actor, audience), &work) {
            Ok(Attempt::Ended(result)) => {
                group.answers.push(Box::new(|committed| done(committed.map_err(E::from).and(result))));
                turn.end(group);
            }
            Ok(Attempt::Blocked) => {
                turn.end(group);
                done(self.write(actor, audience, work));
            }
            Ok(Attempt::Panicked(panic)) => {
                turn.end(group);
                resume_unwind(panic);
            }
            Err(error) => {
                drop(turn);
                group.fail();
                done(Err(error));
            }
        }
    }
}
