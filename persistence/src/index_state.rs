//! Whether the derived tables are complete, and which version of the program wrote them.
//!
//! The state is one fact: `VERSION GENERATION` if they are complete. During a rebuild, a third word follows:
//! `emptying`, or the last record that is done and the number of records that are, as `ID DONE`. Each batch writes
//! it in its own transaction, so it is always true. Tables of another version, or with a position, are neither read
//! nor written.

use crate::{connection::Conn, dialect::native, error::Error, schema::facts, types::DbId};
use diesel::prelude::*;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The version of terms, search documents and everything else derived from records. Raise it whenever the same
/// content would derive differently: the next `migrate`, `import` or `serve` then rebuilds the tables.
pub(crate) const INDEX_VERSION: &str = "7";

/// Name of the fact that holds the state.
const FACT: &str = "index_version";

/// The progress of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// Old rows are being deleted.
    Emptying,
    /// All records up to this id are done. The second field is their number.
    Behind(DbId, u64),
    /// The tables are complete.
    Complete,
}

/// The state of the derived tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexState {
    version: String,
    /// Identifies a rebuild, so that a reader notices one that began and ended during its read.
    pub(crate) generation: Uuid,
    pub(crate) position: Position,
}

impl IndexState {
    /// The state of a rebuild by this program.
    pub(crate) fn new(generation: Uuid, position: Position) -> Self {
        Self { version: INDEX_VERSION.to_owned(), generation, position }
    }

    /// Reads the state.
    pub(crate) fn read(conn: &mut Conn) -> Result<Self, Error> {
        let fact: String = native!(conn, |conn| facts::table.find(FACT).select(facts::value).first(conn))?;
        Ok(Self::parse(&fact))
    }

    /// A state that cannot be parsed has a version that no program has, so it is never current.
    fn parse(fact: &str) -> Self {
        let mut words = fact.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (version, generation, position, done) = (next(), next(), next(), next());
        let position = match (position, Uuid::parse_str(position), done.parse()) {
            ("", ..) => Position::Complete,
            (_, Ok(last), Ok(done)) => Position::Behind(DbId(last), done),
            _ => Position::Emptying,
        };
        let generation = Uuid::parse_str(generation).unwrap_or_default();
        Self { version: version.to_owned(), generation, position }
    }

    /// Writes the state, in the transaction that makes it true.
    pub(crate) fn write(&self, conn: &mut Conn) -> Result<(), Error> {
        let Self { version, generation, position } = self;
        let fact = match position {
            Position::Emptying => format!("{version} {generation} emptying"),
            Position::Behind(DbId(last), done) => format!("{version} {generation} {last} {done}"),
            Position::Complete => format!("{version} {generation}"),
        };
        diesel::update(facts::table.find(FACT)).set(facts::value.eq(fact)).execute(conn)?;
        Ok(())
    }

    /// Whether the tables are of this program's version, complete or not.
    pub(crate) fn is_own(&self) -> bool {
        self.version == INDEX_VERSION
    }

    /// Whether this program may read and write the tables.
    pub(crate) fn is_current(&self) -> bool {
        self.is_own() && self.position == Position::Complete
    }
}

/// Fails with [`Error::Rebuilding`] unless the tables are complete and of this program's version. A write checks at
/// its start, and again under the lock on revisions, which every batch of a rebuild takes. No write is therefore
/// half indexed.
pub(crate) fn check(conn: &mut Conn) -> Result<(), Error> {
    if IndexState::read(conn)?.is_current() { Ok(()) } else { Err(Error::Rebuilding) }
}

/// Protects reads from incomplete tables, at the cost of one small statement each. The last complete generation is
/// kept in memory. A read compares it with the database at its end, which covers a rebuild in any process that
/// began between any two of its statements:
///
/// ```text
/// enter   01a2…            from memory
/// read    terms            a rebuild begins, in any process
/// read    records
/// leave   07b1… emptying   another generation, so the result is discarded: Error::Rebuilding
/// ```
#[derive(Debug, Default)]
pub(crate) struct IndexGate(Mutex<Option<Uuid>>);

impl IndexGate {
    /// Returns the generation that a read is about to use.
    pub(crate) fn enter(&self, conn: &mut Conn) -> Result<Uuid, Error> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.map_or_else(|| self.refresh(conn), Ok)
    }

    /// Fails with [`Error::Rebuilding`] if the generation has changed.
    pub(crate) fn leave(&self, conn: &mut Conn, generation: Uuid) -> Result<(), Error> {
        let state = IndexState::read(conn)?;
        if state.is_current() && state.generation == generation {
            return Ok(());
        }
        // Not replaced by what was found, which may be the state of a replica: the next read asks its own connection.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Err(Error::Rebuilding)
    }

    /// Reads the current generation and keeps it in memory.
    pub(crate) fn refresh(&self, conn: &mut Conn) -> Result<Uuid, Error> {
        let state = IndexState::read(conn)?;
        let generation = state.is_current().then_some(state.generation);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = generation;
        generation.ok_or(Error::Rebuilding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_as_they_are_written_and_others_are_never_current() {
        let generation = Uuid::from_u128(7);
        let state =
            |version: &str, position| IndexState { version: version.to_owned(), generation, position };
        let last = DbId(Uuid::from_u128(9));
        for (fact, expected) in [
            (format!("5 {generation}"), state("5", Position::Complete)),
            (format!("5 {generation} emptying"), state("5", Position::Emptying)),
            (format!("5 {generation} {} 12", last.0), state("5", Position::Behind(last, 12))),
            (format!("5 {generation} {}", last.0), state("5", Position::Emptying)),
        ] {
            assert_eq!(IndexState::parse(&fact), expected, "{fact}");
        }
        for (fact, is_current) in [
            (format!("{INDEX_VERSION} {generation}"), true),
            (format!("{INDEX_VERSION} {generation} emptying"), false),
            (format!("{INDEX_VERSION} {generation} {} 1", last.0), false),
            (format!("0 {generation}"), false),
            ("0".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(IndexState::parse(&fact).is_current(), is_current, "{fact}");
        }
    }
}
