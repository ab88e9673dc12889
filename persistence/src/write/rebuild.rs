//! Rebuilds: when a release derives other things from the same records, everything derived is written again, batch by batch.
//!
//! `index_state` says how far it is. Each batch is a transaction that reads the position and writes the next one, so that a
//! rebuild which was killed goes on where it stopped. Reads and writes are refused until the last batch is committed.

use crate::{
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

/// The lock of those who rebuild on PostgreSQL.
const CLAIM: &str = "rebuild of the index";

/// So many records are a batch by default.
pub const BATCH: usize = 4_000;

/// A batch takes no more records after this time: others wait for the write lock of SQLite for ten seconds.
const LONGEST: Duration = Duration::from_secs(2);

/// So many of them are in memory at a time.
const CHUNK: usize = 500;

/// How long others are waited for; and how long they may write between two batches: SQLite looks as often whether it may.
const A_MOMENT: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(100);

/// What a rebuild has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records whose derived rows are written, by earlier attempts, too.
    pub done: u64,
    /// How many records there are.
    pub total: u64,
}

impl Store {
    /// Whether the derived tables are complete, and of this program's version.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_index_current(&self) -> Result<bool, Error> {
        Ok(IndexState::read(&mut *self.connections.reader()?)?.is_current())
    }

    /// Rebuilds the derived tables unless they are current, or goes on with what was interrupted; how many records there
    /// were. A batch is about `batch` records, or fewer; `progress` hears of each but the last. Where another process is at
    /// it, waits for that.
    ///
    /// # Errors
    /// When the database fails: what was committed stays. [`Error::Rebuilding`] when a program of another version took over.
    pub fn rebuild(&self, batch: usize, progress: &dyn Fn(Progress)) -> Result<Option<u64>, Error> {
        if self.is_index_current()? {
            return Ok(None);
        }
        let mut own = self.connections.own()?;
        while let Some(conn) = &mut own
            && !dialect::try_claim(conn, CLAIM)?
        {
            sleep(A_MOMENT);
            if self.is_index_current()? {
                return Ok(None);
            }
        }
        let generation = self.clock.new_id().0;
        let Some(generation) = self.step(&mut own, |conn| begin(conn, generation))? else { return Ok(None) };
        // One table at a time: whoever reads several in one transaction never waits for this and is waited for.
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

    /// Does something in a transaction: on PostgreSQL on the connection that holds the claim.
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

    /// Writes what follows from the next records; how many are done then, or `None` when all are.
    fn batch(&self, conn: &mut Conn, generation: Uuid, batch: usize) -> Result<Option<u64>, Error> {
        dialect::lock_revisions(conn)?;
        let state = IndexState::read(conn)?;
        let (first, mut done) = match state.position {
            _ if !state.is_own() || state.generation != generation => return Err(Error::Rebuilding),
            Position::Complete => return Ok(None),
            Position::Emptying => (DbId(Uuid::nil()), 0),
            Position::Behind(last, done) => (last, done),
        };
        let mut index_writer = IndexWriter::new(today(self.now()));
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

/// Says that a rebuild begins, unless one by this program's version was interrupted; which one it is. `None` when there is
/// nothing to do. From the commit on nobody reads or writes by the derived tables.
fn begin(conn: &mut Conn, generation: Uuid) -> Result<Option<Uuid>, Error> {
    dialect::lock_revisions(conn)?;
    let state = IndexState::read(conn)?;
    if state.is_own() {
        return Ok(Some(state.generation).filter(|_| !state.is_current()));
    }
    IndexState::new(generation, Position::Emptying).write(conn)?;
    Ok(Some(generation))
}

/// Deletes the old rows of a table; whether there was one to empty. Once the first batch is written there is none.
fn empty(conn: &mut Conn, generation: Uuid, table: usize) -> Result<bool, Error> {
    let state = IndexState::read(conn)?;
    let is_due = state.generation == generation && state.position == Position::Emptying;
    Ok(is_due && dialect::truncate_derived(conn, table)?)
}

/// Notes of a database without records that its derived tables, which are empty, are complete.
pub(crate) fn complete_empty(conn: &mut Conn, clock: &Clock) -> Result<(), Error> {
    dialect::lock_revisions(conn)?;
    let first: Option<i32> = records::table.select(records::number).first(conn).optional()?;
    if first.is_some() || IndexState::read(conn)?.is_current() {
        return Ok(());
    }
    IndexState::new(clock.new_id().0, Position::Complete).write(conn)
}

/// Some records behind one, in the order of their ids.
fn chunk(conn: &mut Conn, after: DbId, limit: usize) -> Result<Vec<(String, StoredRow)>, Error> {
    Ok(records::table
        .filter(records::id.gt(after))
        .order(records::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((records::kind, <StoredRow as Selectable<MultiBackend>>::construct_selection()))
        .load(conn)?)
}

/// Works out what follows from a record.
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
