//! Whether the derived tables are complete, and by which version of the program they were written.
//!
//! One fact tells it: `VERSION GENERATION` when they are complete. While they are rebuilt, a third word follows: `emptying`,
//! or the last record that was written and how many were, as `ID DONE`. Each batch of a rebuild writes it in its own transaction,
//! so it is always true. A state of another version, or one with a position, is nobody's to read or write by.

use crate::{connection::Conn, error::Error, schema::facts, types::DbId};
use diesel::prelude::*;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The version of terms, search documents, and everything else that is derived. Raise it whenever the same content would
/// give others: then the next `migrate` or `serve` rebuilds them.
pub(crate) const INDEX_VERSION: &str = "6";

/// The fact that holds the state.
const FACT: &str = "index_version";

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// The old rows are being deleted.
    Emptying,
    /// Up to this record everything is written, so many records in all.
    Behind(DbId, u64),
    /// It is done.
    Complete,
}

/// The state of the derived tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexState {
    version: String,
    /// Names one rebuild, so that whoever reads notices one that began and ended meanwhile.
    pub(crate) generation: Uuid,
    pub(crate) position: Position,
}

impl IndexState {
    /// The state of a rebuild by this program.
    pub(crate) fn new(generation: Uuid, position: Position) -> Self {
        Self { version: INDEX_VERSION.to_owned(), generation, position }
    }

    /// Reads it from the database.
    pub(crate) fn read(conn: &mut Conn) -> Result<Self, Error> {
        let fact: String = facts::table.find(FACT).select(facts::value).first(conn)?;
        Ok(Self::parse(&fact))
    }

    /// What cannot be read is a version that no program has.
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

    /// Writes it; in the transaction that made it so.
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

    /// Whether they are of this program's version, complete or not.
    pub(crate) fn is_own(&self) -> bool {
        self.version == INDEX_VERSION
    }

    /// Whether this program may read and write by them.
    pub(crate) fn is_current(&self) -> bool {
        self.is_own() && self.position == Position::Complete
    }
}

/// Fails unless the derived tables are complete and of this program's version. A write asks at its start, and again under the
/// lock of the revisions, which every batch of a rebuild takes: then nothing of it is half indexed.
pub(crate) fn check(conn: &mut Conn) -> Result<(), Error> {
    if IndexState::read(conn)?.is_current() { Ok(()) } else { Err(Error::Rebuilding) }
}

/// Keeps reads from being answered by incomplete tables, at the price of one small statement each. In memory is the
/// generation that was complete last; a read that finds another at its end is void. So it does not matter between which two
/// of its statements a rebuild began, in whichever process.
#[derive(Debug, Default)]
pub(crate) struct IndexGate(Mutex<Option<Uuid>>);

impl IndexGate {
    /// Before a read: the generation that it is going to read.
    pub(crate) fn enter(&self, conn: &mut Conn) -> Result<Uuid, Error> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.map_or_else(|| self.refresh(conn), Ok)
    }

    /// After a read: fails unless that is the generation still.
    pub(crate) fn leave(&self, conn: &mut Conn, generation: Uuid) -> Result<(), Error> {
        if self.refresh(conn)? == generation { Ok(()) } else { Err(Error::Rebuilding) }
    }

    /// Looks which generation is complete, and keeps that in memory.
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
