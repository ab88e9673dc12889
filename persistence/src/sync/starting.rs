//! Starts runs, one at a time per chamber across all servers, and closes runs whose server died.

use super::{own_revisions::OwnRevisions, runs};
use crate::{
    audience::Actor,
    changes,
    connection::Conn,
    dialect,
    error::Error,
    store::{Store, in_transaction},
};
use domain::{id::Id, sync::RunOptions, vocabulary::ChamberCode};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// The number of attempts to claim a chamber, and the pause between them: two seconds in total.
const TIMES: usize = 200;
const A_MOMENT: Duration = Duration::from_millis(10);

/// The runs of this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims(Arc<Mutex<HashSet<Id>>>);

impl Claims {
    fn lock(&self) -> MutexGuard<'_, HashSet<Id>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The result of starting a run.
#[derive(Debug)]
pub enum Begun {
    /// The run has started.
    Run(Box<SyncRun>),
    /// Another run of the chamber is under way.
    UnderWay(Id),
}

/// Everything that belongs to a run.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) store: Store,
    pub(super) actor: Actor,
    pub(super) chamber: ChamberCode,
    pub(super) options: RunOptions,
    pub(super) id: Id,
    /// The last revision before the run. What others write after it is not swept.
    pub(super) began_after: i64,
    pub(super) written: OwnRevisions,
}

impl Drop for Context {
    fn drop(&mut self) {
        self.store.claims.lock().remove(&self.id);
    }
}

/// A run that has started and waits for its body.
#[derive(Debug)]
pub struct SyncRun {
    pub(super) context: Context,
    /// A separate connection on PostgreSQL.
    pub(super) own: Option<Conn>,
    /// Holds the claim of the chamber on PostgreSQL, which is released if the server dies.
    pub(super) claim: Option<Conn>,
}

impl Store {
    /// Starts a run, unless another run of the chamber is under way. A run whose server died is closed first.
    ///
    /// # Errors
    /// If the database fails. [`Error::Rebuilding`] during a rebuild.
    pub fn begin_run(
        &self,
        actor: &Actor,
        chamber: ChamberCode,
        options: RunOptions,
    ) -> Result<Begun, Error> {
        self.index_gate.refresh(&mut *self.connections.reader()?)?;
        let mut claim = self.connections.claim()?;
        let is_free = claim.as_mut().map_or(Ok(true), |conn| self.claim(conn, chamber))?;
        let mut own = self.connections.own()?;
        let id = self.clock.new_id();
        let now = self.now();
        let mut began_after = 0;
        let begin = |conn: &mut Conn| {
            for (other, _) in runs::under_way(conn, Some(chamber))? {
                if !is_free || self.claims.lock().contains(&other) {
                    return Ok(Some(other));
                }
                runs::interrupt(conn, other, now)?;
            }
            if is_free {
                began_after = changes::last(conn)?;
                runs::begin(conn, id, chamber, options, now)?;
                self.claims.lock().insert(id);
            }
            Ok::<_, Error>(None)
        };
        let other = match own.as_mut() {
            Some(conn) => in_transaction(conn, dialect::begin_write, begin),
            None => in_transaction(&mut *self.connections.writer()?, dialect::begin_write, begin),
        };
        match other {
            Ok(Some(other)) => Ok(Begun::UnderWay(other)),
            // The other run holds the claim, but has not stored its row yet.
            Ok(None) if !is_free => Err(Error::Collision("another run of the chamber starts".to_owned())),
            Ok(None) => {
                let (store, actor) = (self.clone(), actor.clone());
                let context = Context {
                    store,
                    actor,
                    chamber,
                    options,
                    id,
                    began_after,
                    written: OwnRevisions::default(),
                };
                Ok(Begun::Run(Box::new(SyncRun { context, own, claim })))
            }
            Err(error) => {
                self.claims.lock().remove(&id);
                Err(error)
            }
        }
    }

    /// Claims a chamber on a connection. A claim outlives its run until the connection is closed, and its server
    /// until the database notices. Unless a run of this process holds it, the claim is retried.
    fn claim(&self, conn: &mut Conn, chamber: ChamberCode) -> Result<bool, Error> {
        let name = lock_name(chamber);
        for _ in 0..TIMES {
            if dialect::try_claim(conn, &name)? {
                return Ok(true);
            }
            let mut others = runs::under_way(conn, Some(chamber))?.into_iter();
            if others.any(|(id, _)| self.claims.lock().contains(&id)) {
                break;
            }
            std::thread::sleep(A_MOMENT);
        }
        Ok(false)
    }

    /// Closes the runs whose server died, at the start of a server. On SQLite these are all runs, because a file
    /// has a single server. On PostgreSQL they are those without a claim. Returns how many were closed, and how
    /// many are still claimed: by another server, or by a dead one that the database has not noticed yet.
    ///
    /// # Errors
    /// If the database fails.
    pub fn close_dead_runs(&self) -> Result<(usize, usize), Error> {
        let conn = &mut *self.connections.writer()?;
        let now = self.now();
        in_transaction(conn, dialect::begin_write, |conn| {
            let (mut closed, mut claimed) = (0, 0);
            for (id, chamber) in runs::under_way(conn, None)? {
                // Held until the end of this transaction.
                let is_dead = !self.claims.lock().contains(&id)
                    && dialect::try_lock(conn, chamber_lock_name(&chamber).as_bytes())?;
                if is_dead {
                    runs::interrupt(conn, id, now)?;
                }
                *(if is_dead { &mut closed } else { &mut claimed }) += 1;
            }
            Ok((closed, claimed))
        })
    }
}

fn lock_name(chamber: ChamberCode) -> String {
    chamber_lock_name(&chamber.entry().slug)
}

fn chamber_lock_name(slug: &str) -> String {
    format!("sync {slug}")
}
