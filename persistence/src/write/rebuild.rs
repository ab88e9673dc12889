//! Rebuilds everything derived from records in batches, when a release derives it differently.
//!
//! `index_state` stores the progress. Each batch is a transaction that reads the position and writes the next one,
//! so a killed rebuild resumes where it stopped. Reads and writes are refused until the last batch is committed.
//!
//! ```text
//! 7 01a2… emptying       tables are emptied, each in a transaction of its own
//! 7 01a2… ID 4000        4,000 records are done, ID is the last one
//! 7 01a2…                complete: reads and writes are allowed
//! ```

use crate::{
    batch,
    connection::{Conn, MultiBackend},
    dialect,
    error::Error,
    index::Entry,
    index_state::{IndexState, Position},
    past,
    query::labels::{self, Targets},
    rows::{Stored, StoredRow},
    schema::records,
    store::{Store, in_transaction},
    throttle,
    types::DbId,
    write::{
        derived::IndexWriter,
        row_set::{RecordMeta, RowSet, prepare},
    },
};
use diesel::prelude::*;
use domain::{
    content::Content,
    id::Clock,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    search::Document,
    time::today,
};
use std::{
    thread::sleep,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// The advisory lock of a rebuild on PostgreSQL.
const CLAIM: &str = "rebuild of the index";

/// The default number of records per batch.
pub const BATCH: usize = 4_000;

/// A batch takes no more records after this time: on SQLite, writers wait for the lock for ten seconds at most.
const LONGEST: Duration = Duration::from_secs(2);

/// The number of records in memory at a time.
const CHUNK: usize = 500;

/// The interval at which to check for another process, and the pause between batches. During the pause, writers
/// waiting on SQLite get the lock.
const A_MOMENT: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(100);

/// The progress of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The number of records that are done, including those of earlier attempts.
    pub done: u64,
    /// The number of all records.
    pub total: u64,
}

impl Store {
    /// Returns whether the derived tables are complete and of this program's version.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_index_current(&self) -> Result<bool, Error> {
        Ok(IndexState::read(&mut *self.connections.reader()?)?.is_current())
    }

    /// Rebuilds the derived tables, or resumes an interrupted rebuild. Returns the number of records, or `None` if
    /// the tables were current. Waits if another process is rebuilding. A batch has about `batch` records at most.
    /// `progress` is called after each batch but the last.
    ///
    /// # Errors
    /// If the database fails. Committed batches are kept. [`Error::Rebuilding`] if a program of another version
    /// took over.
    pub fn rebuild(&self, batch: usize, progress: &dyn Fn(Progress)) -> Result<Option<u64>, Error> {
        if self.is_index_current()? {
            return Ok(None);
        }
        let mut claim = self.connections.claim()?;
        while let Some(conn) = &mut claim
            && !dialect::try_claim(conn, CLAIM)?
        {
            sleep(A_MOMENT);
            if self.is_index_current()? {
                return Ok(None);
            }
        }
        let mut own = self.connections.own()?;
        let generation = self.clock.new_id().0;
        let Some(generation) = self.step(&mut own, |conn| begin(conn, generation))? else { return Ok(None) };
        // One table per transaction. A reader of several tables could otherwise deadlock with this.
        let mut table = 0;
        while self.step(&mut own, |conn| empty(conn, generation, table))? {
            table += 1;
        }
        let total: i64 = records::table.count().get_result(&mut *self.connections.reader()?)?;
        let total = total.cast_unsigned();
        loop {
            throttle::yield_to_writers();
            match self.step(&mut own, |conn| self.batch(conn, generation, batch))? {
                Some(done) => progress(Progress { done, total }),
                None => return Ok(Some(total)),
            }
            sleep(PAUSE);
        }
    }

    /// Runs `work` in a transaction, on PostgreSQL on a connection of its own.
    fn step<T>(
        &self,
        own: &mut Option<Conn>,
        work: impl FnOnce(&mut Conn) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match own {
            Some(conn) => in_transaction(conn, dialect::begin_write, work),
            None => in_transaction(&mut *self.connections.patient_writer()?, dialect::begin_write, work),
        }
    }

    /// Writes one batch. Returns how many records are done, or `None` if all are.
    fn batch(&self, conn: &mut Conn, generation: Uuid, batch: usize) -> Result<Option<u64>, Error> {
        dialect::lock_revisions(conn)?;
        let state = IndexState::read(conn)?;
        let (first, mut done) = match state.position {
            _ if !state.is_own() || state.generation != generation => return Err(Error::Rebuilding),
            Position::Complete => return Ok(None),
            Position::Emptying => (DbId(Uuid::nil()), 0),
            Position::Behind(last, done) => (last, done),
        };
        let mut index_writer = IndexWriter::new(today(self.now()), None);
        let (mut last, mut is_last) = (first, false);
        let (enough, began) = (done + batch as u64, Instant::now());
        while done < enough && !is_last && began.elapsed() < LONGEST {
            let rows = chunk(conn, last, batch.min(CHUNK))?;
            is_last = rows.is_empty();
            done += rows.len() as u64;
            last = rows.last().map_or(last, |(_, row)| row.id);
            for (kind, row) in rows {
                let kind = Kind::parse(&kind).ok_or_else(|| Error::Corrupt(format!("kind {kind}")))?;
                let (entry, document) = with_kind(kind, Derive { conn, row })?;
                index_writer.add(entry, Some(document), None);
            }
            index_writer.flush(conn, None)?;
        }
        index_writer.finish(conn)?;
        past::rebuild(conn, (first, last))?;
        let position = if is_last { Position::Complete } else { Position::Behind(last, done) };
        IndexState::new(generation, position).write(conn)?;
        Ok(Some(done).filter(|_| !is_last))
    }
}

/// Marks the start of a rebuild, or resumes one of this program's version. Returns its generation, or `None` if the
/// tables are current. Reads and writes are refused from the commit on.
fn begin(conn: &mut Conn, generation: Uuid) -> Result<Option<Uuid>, Error> {
    dialect::lock_revisions(conn)?;
    let state = IndexState::read(conn)?;
    if state.is_own() {
        return Ok(Some(state.generation).filter(|_| !state.is_current()));
    }
    IndexState::new(generation, Position::Emptying).write(conn)?;
    Ok(Some(generation))
}

/// Empties a table. Returns `false` if there is none with this number, or if batches have been written already.
fn empty(conn: &mut Conn, generation: Uuid, table: usize) -> Result<bool, Error> {
    let state = IndexState::read(conn)?;
    let is_due = state.generation == generation && state.position == Position::Emptying;
    Ok(is_due && dialect::truncate_derived(conn, table)?)
}

/// Marks the derived tables of a database without records as complete.
pub(crate) fn complete_empty(conn: &mut Conn, clock: &Clock) -> Result<(), Error> {
    dialect::lock_revisions(conn)?;
    let first: Option<i32> = records::table.select(records::number).first(conn).optional()?;
    if first.is_some() || IndexState::read(conn)?.is_current() {
        return Ok(());
    }
    IndexState::new(clock.new_id().0, Position::Complete).write(conn)
}

/// Returns records after one, by id.
fn chunk(conn: &mut Conn, after: DbId, limit: usize) -> Result<Vec<(String, StoredRow)>, Error> {
    Ok(records::table
        .filter(records::id.gt(after))
        .order(records::id)
        .limit(batch::rows(limit))
        .select((records::kind, <StoredRow as Selectable<MultiBackend>>::construct_selection()))
        .load(conn)?)
}

/// Derives the index entry and the search document of a record.
struct Derive<'a> {
    conn: &'a mut Conn,
    row: StoredRow,
}

impl KindFunction for Derive<'_> {
    type Output = Result<(Entry, Document), Error>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { conn, row } = self;
        let number = row.number;
        let mut stored = Stored::<C>::read(row)?;
        let mut targets = Targets::default();
        targets.look_up(conn, &labels::keys(&mut stored.content))?;
        let heading = RecordMeta::of(&stored)?;
        let prepared = prepare(heading, &mut stored.content, &|id| targets.kind_of(id), true)?;
        let RowSet { record, terms, document, .. } = prepared;
        let (visible, sort_name) = (record.visible, record.sort_name);
        let entry = Entry { kind: C::KIND, record: record.id, number, visible, sort_name, terms };
        Ok((entry, document.unwrap_or_default()))
    }
}
