//! [`Store`], the entry point of this crate.

mod changes;
mod credentials;
mod group;
mod reads;
mod replicated;
mod totals;

use crate::{
    audience::{Actor, Audience},
    condition::{self, Condition},
    connection::{Conn, Connections},
    dialect,
    error::Error,
    identity::Identity,
    index::FacetCache,
    index_state::IndexGate,
    last_change::{self, LastChange, Reading},
    replicas::Replicas,
    schema::{facts, records},
    sync::Claims,
    target::Target,
    throttle::UnderWay,
    transfer::{self, ImportReport, Source, TransferError},
    write::{rebuild, transaction::Transaction},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{id::Clock, time::today};
use std::{io::Write, sync::Arc};

pub use crate::{
    connection::{PoolState, READ_TIME},
    replicas::ReplicaState,
};

/// Name of the fact that the demo landscape was loaded.
const DEMO: &str = "demo";

/// The stored landscape. Cheap to clone. Every call blocks.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) connections: Connections,
    pub(crate) clock: Clock,
    pub(crate) identity: Arc<Identity>,
    pub(crate) claims: Claims,
    pub(crate) facet_cache: Arc<FacetCache>,
    pub(crate) index_gate: Arc<IndexGate>,
    pub(crate) reading: Arc<Reading>,
    replicas: Arc<Replicas>,
    line: Arc<group::Line>,
}

impl Store {
    /// Connects to a database, creates it if it does not exist, and migrates its schema. If derived tables are of
    /// another index version, reads and writes fail with [`Error::Rebuilding`] until [`Self::rebuild`] has
    /// completed.
    ///
    /// # Errors
    /// [`Error::Unreachable`] within a few seconds if the database cannot be reached. [`Error::Newer`] if a newer
    /// release has migrated it. [`Error::Migration`] if a migration fails.
    pub fn open(target: &Target, clock: Clock) -> Result<Self, Error> {
        let connections = Connections::new(target);
        if let Target::Sqlite(file) = target {
            dialect::sqlite::create(file);
        }
        target.connect(0).map_err(|cause| Error::Unreachable(cause.to_string()))?;
        let identity = {
            let conn = &mut *connections.writer()?;
            if condition::of(conn)? == Condition::Newer {
                return Err(Error::Newer);
            }
            dialect::migrate(conn).map_err(Error::Migration)?;
            in_transaction(conn, dialect::begin_write, |conn| {
                rebuild::complete_empty(conn, &clock)?;
                Identity::read(conn)
            })?
        };
        Ok(Self::new(connections, clock, identity))
    }

    /// Connects to an existing database with a current schema. Creates and migrates nothing.
    ///
    /// # Errors
    /// If the database cannot be reached or has another schema.
    pub fn open_existing(target: &Target, clock: Clock) -> Result<Self, Error> {
        let connections = Connections::new(target);
        let identity = Identity::read(&mut *connections.reader()?)?;
        Ok(Self::new(connections, clock, identity))
    }

    fn new(connections: Connections, clock: Clock, identity: Identity) -> Self {
        Self {
            connections,
            clock,
            identity: Arc::new(identity),
            claims: Claims::default(),
            facet_cache: Arc::default(),
            index_gate: Arc::default(),
            reading: Arc::default(),
            replicas: Arc::default(),
            line: Arc::default(),
        }
    }

    /// Returns the current time of the store's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Returns what tells a thread the number of the last change without a query.
    pub fn watch_last_change(&self) -> LastChange {
        LastChange::new(self.connections.target(), &self.reading)
    }

    /// Returns the state of each pool of connections.
    pub fn pools(&self) -> Vec<PoolState> {
        self.connections.pools()
    }

    /// Returns the secret that all instances on this database share. It is created with the database, and never shown.
    pub fn secret(&self) -> &str {
        &self.identity.secret
    }

    /// Rejects all cursors of the change feed that were issued until now. After a restore, new changes get numbers that
    /// others had before. Instances that run already do not learn of it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn reject_older_cursors(&self) -> Result<(), Error> {
        let conn = &mut *self.connections.writer()?;
        in_transaction(conn, dialect::begin_write, |conn| Identity::rename(conn, self.clock.new_id()))
    }

    /// Checks that the database answers and that its derived tables are complete.
    ///
    /// # Errors
    /// [`Error::Rebuilding`] during a rebuild, or the error of the database.
    pub fn check(&self) -> Result<(), Error> {
        let conn = &mut *self.connections.reader()?;
        let _: Option<bool> = records::table.select(records::visible).first(conn).optional()?;
        self.index_gate.refresh(conn).map(drop)
    }

    /// Runs `work` in one transaction, which is rolled back if it fails.
    ///
    /// # Errors
    /// The error of `work` or of the database.
    pub fn write<T, E: From<Error>>(
        &self,
        actor: &Actor,
        audience: Audience,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // Checked before waiting for the writer.
        self.index_gate.enter(&mut *self.connections.reader()?)?;
        let _writing = UnderWay::writing();
        let conn = &mut *self.connections.writer()?;
        in_transaction(conn, dialect::begin_write, |conn| {
            let mut transaction = Transaction::new(conn, &self.clock, actor, audience)?;
            let result = work(&mut transaction)?;
            transaction.finish()?;
            Ok(result)
        })
    }

    /// Writes all content as NDJSON.
    ///
    /// # Errors
    /// If the database or the output fails.
    pub fn export(&self, out: &mut dyn Write) -> Result<(), TransferError> {
        let conn = &mut *self.connections.reader()?;
        // One transaction, so the file shows a single state.
        in_snapshot(conn, |conn| transfer::export(conn, out, today(self.now())))
    }

    /// Imports every line of the sources in one transaction.
    ///
    /// # Errors
    /// The first invalid line. Nothing is written then.
    pub fn import(&self, actor: &Actor, sources: &[Source<'_>]) -> Result<ImportReport, TransferError> {
        self.write(actor, Audience::Staff, |transaction| transfer::import(transaction, sources))
    }

    /// Loads the demo landscape into an empty database and records that it did. Returns `None` if the database is
    /// not empty.
    ///
    /// # Errors
    /// See [`Store::import`].
    pub fn import_demo(
        &self,
        actor: &Actor,
        sources: &[Source<'_>],
    ) -> Result<Option<ImportReport>, TransferError> {
        // Checked without a write, because writes are refused during a rebuild.
        if self.last_change()? > 0 {
            return Ok(None);
        }
        self.write(actor, Audience::Staff, |transaction| {
            // If several instances start at once, the first imports and the others find data.
            transaction.lock_revisions()?;
            if crate::changes::last(transaction.conn)? > 0 {
                return Ok(None);
            }
            let demo = (facts::name.eq(DEMO), facts::value.eq("true"));
            diesel::insert_into(facts::table).values(demo).execute(transaction.conn).map_err(Error::from)?;
            transfer::import(transaction, sources).map(Some)
        })
    }

    /// Returns whether the demo landscape was loaded into this database.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_demo(&self) -> Result<bool, Error> {
        let demo: i64 =
            facts::table.filter(facts::name.eq(DEMO)).count().get_result(&mut *self.connections.reader()?)?;
        Ok(demo > 0)
    }
}

/// Runs `work` in a transaction. Commits if it succeeds, and rolls back if it fails.
pub(crate) fn in_transaction<T, E: From<Error>>(
    conn: &mut Conn,
    begin: fn(&mut Conn) -> QueryResult<()>,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    begin(conn).map_err(Error::from)?;
    match work(conn) {
        Ok(result) => {
            let committed = dialect::commit(conn).map_err(Error::of_commit);
            last_change::committed();
            committed.map(|()| result).map_err(E::from)
        }
        Err(error) => {
            if let Err(cause) = dialect::rollback(conn) {
                log::error!("rollback failed: {cause}");
            }
            Err(error)
        }
    }
}

/// Runs reads that must see one state, in a transaction that writes nothing.
pub(crate) fn in_snapshot<T, E: From<Error>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    dialect::begin_read(conn).map_err(Error::from)?;
    let result = work(conn);
    let ended = if result.is_ok() { dialect::commit(conn) } else { dialect::rollback(conn) };
    match (result, ended) {
        (Ok(_), Err(cause)) => Err(Error::from(cause).into()),
        (result, _) => result,
    }
}
