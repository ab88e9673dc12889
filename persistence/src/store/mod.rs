//! The front door of this crate.

mod changes;
mod reads;
mod totals;

use crate::{
    audience::{Actor, Audience},
    condition::{self, Condition},
    connection::{Conn, Connections, Target},
    dialect,
    error::Error,
    index::FacetCache,
    index_state::IndexGate,
    schema::{facts, records},
    sync::Claims,
    throttle::UnderWay,
    tokens::{self, IssuedToken, PublicKey},
    transfer::{self, ImportReport, Source, TransferError},
    write::{derived, rebuild, transaction::Transaction},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::id::{Clock, Id};
use std::{io::Write, sync::Arc};

/// The fact that the demo landscape was loaded.
const DEMO: &str = "demo";

/// The landscape as it is stored. Cheap to clone; every call blocks.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) connections: Connections,
    pub(crate) clock: Clock,
    pub(crate) identity: Arc<str>,
    pub(crate) claims: Claims,
    pub(crate) facet_cache: Arc<FacetCache>,
    pub(crate) index_gate: Arc<IndexGate>,
}

impl Store {
    /// Connects to a database, makes it when it is not there, and brings its schema up to date. Where it holds records
    /// whose derived data are of another release, nothing but that can be done before [`Self::rebuild`].
    ///
    /// # Errors
    /// [`Error::Unreachable`] within a few seconds when it cannot be reached; [`Error::Newer`].
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
                derived::identity(conn)
            })?
        };
        Ok(Self::new(connections, clock, identity))
    }

    /// Connects to a database that is there already. Its schema must be up to date; nothing is made and nothing brought
    /// up to date.
    ///
    /// # Errors
    /// When it cannot be reached, or has another schema.
    pub fn open_existing(target: &Target, clock: Clock) -> Result<Self, Error> {
        let connections = Connections::new(target);
        let identity = derived::identity(&mut *connections.reader()?)?;
        Ok(Self::new(connections, clock, identity))
    }

    fn new(connections: Connections, clock: Clock, identity: String) -> Self {
        Self {
            connections,
            clock,
            identity: identity.into(),
            claims: Claims::default(),
            facet_cache: Arc::default(),
            index_gate: Arc::default(),
        }
    }

    /// The moment that the store takes for now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether the database answers, and can be read and written.
    ///
    /// # Errors
    /// When it does not; [`Error::Rebuilding`].
    pub fn check(&self) -> Result<(), Error> {
        let conn = &mut *self.connections.reader()?;
        let _: Option<bool> = records::table.select(records::visible).first(conn).optional()?;
        self.index_gate.refresh(conn).map(drop)
    }

    /// Does work in one transaction: all of it, or, when it fails, nothing.
    ///
    /// # Errors
    /// What the work fails with, or the database.
    pub fn write<T, E: From<Error>>(
        &self,
        actor: &Actor,
        audience: Audience,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // Before it waits for the connection that writes.
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

    /// Writes all content as lines.
    ///
    /// # Errors
    /// When the database or the file fails.
    pub fn export(&self, out: &mut dyn Write) -> Result<(), TransferError> {
        let conn = &mut *self.connections.reader()?;
        // One transaction, so that the file shows one moment.
        in_transaction(conn, dialect::begin_read, |conn| transfer::export(conn, out))
    }

    /// Writes every line of the sources, in one transaction.
    ///
    /// # Errors
    /// The first wrong line; nothing is written then.
    pub fn import(&self, actor: &Actor, sources: &[Source<'_>]) -> Result<ImportReport, TransferError> {
        self.write(actor, Audience::Staff, |transaction| transfer::import(transaction, sources))
    }

    /// Loads the demo landscape into a database that holds nothing, and remembers that; `None` when it holds something.
    ///
    /// # Errors
    /// As [`Store::import`].
    pub fn import_demo(
        &self,
        actor: &Actor,
        sources: &[Source<'_>],
    ) -> Result<Option<ImportReport>, TransferError> {
        // Asked without a write, since none is possible while derived data are rebuilt.
        if self.last_change()? > 0 {
            return Ok(None);
        }
        self.write(actor, Audience::Staff, |transaction| {
            // Of several instances that start at once, one goes first, and the others find something.
            transaction.lock_revisions()?;
            if crate::changes::last(transaction.conn)? > 0 {
                return Ok(None);
            }
            let demo = (facts::name.eq(DEMO), facts::value.eq("true"));
            diesel::insert_into(facts::table).values(demo).execute(transaction.conn).map_err(Error::from)?;
            transfer::import(transaction, sources).map(Some)
        })
    }

    /// Whether the demo landscape was loaded into this database.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_demo(&self) -> Result<bool, Error> {
        let demo: i64 =
            facts::table.filter(facts::name.eq(DEMO)).count().get_result(&mut *self.connections.reader()?)?;
        Ok(demo > 0)
    }

    /// Remembers a token that is going to be handed out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_token(&self, token: &IssuedToken) -> Result<(), Error> {
        tokens::insert(&mut *self.connections.writer()?, token)
    }

    /// All tokens that have not run out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn tokens(&self) -> Result<Vec<IssuedToken>, Error> {
        tokens::list(&mut *self.connections.reader()?, self.now())
    }

    /// Whether a token was issued and not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_token_valid(&self, id: Id) -> Result<bool, Error> {
        tokens::is_valid(&mut *self.connections.reader()?, id)
    }

    /// Revokes a token; whether there was one to revoke.
    ///
    /// # Errors
    /// When the database fails.
    pub fn revoke_token(&self, id: Id) -> Result<bool, Error> {
        tokens::revoke(&mut *self.connections.writer()?, id, self.now())
    }

    /// Publishes a key by which tokens are verified.
    ///
    /// # Errors
    /// When the database fails.
    pub fn publish_key(&self, key: &PublicKey) -> Result<(), Error> {
        let conn = &mut *self.connections.writer()?;
        in_transaction(conn, dialect::begin_write, |conn| {
            dialect::lock_revisions(conn)?;
            tokens::publish_key(conn, key, self.clock.now())
        })
    }

    /// The keys by which tokens are verified.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keys(&self) -> Result<Vec<PublicKey>, Error> {
        tokens::keys(&mut *self.connections.reader()?)
    }
}

/// Does work in a transaction, and ends that on every way out.
pub(crate) fn in_transaction<T, E: From<Error>>(
    conn: &mut Conn,
    begin: fn(&mut Conn) -> QueryResult<()>,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    begin(conn).map_err(Error::from)?;
    match work(conn) {
        Ok(result) => {
            dialect::commit(conn).map_err(Error::of_commit)?;
            Ok(result)
        }
        Err(error) => {
            if let Err(cause) = dialect::rollback(conn) {
                log::error!("a transaction could not be undone: {cause}");
            }
            Err(error)
        }
    }
}
