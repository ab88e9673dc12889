//! Term sets: Roaring bitmaps of the numbers of the records that have a term.
//!
//! A set is stored in chunks of 262,144 numbers, with public and hidden records apart. Changes are collected, so
//! that each chunk is written once.

use crate::{
    connection::Conn,
    dialect,
    error::Error,
    schema::term_sets,
    types::{DbDay, first_day, last_day},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use roaring::RoaringBitmap;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
};

use super::{
    Span,
    dated::{self, DatedRow},
};

/// A set of record numbers.
pub(crate) type Set = RoaringBitmap;

/// Converts the number of a record to an element of a set. Numbers are not negative.
pub(crate) fn element(number: i32) -> u32 {
    number.cast_unsigned()
}

/// Returns the record numbers in a set, ascending.
pub(crate) fn numbers(set: &Set) -> impl Iterator<Item = i32> {
    set.iter().map(u32::cast_signed)
}

/// Returns the chunk of a number. A chunk has 2^18 numbers, so a set of 200,000 records is one row of at most 32
/// KiB.
fn chunk_of(number: i32) -> i32 {
    number >> 18
}

/// A stored chunk.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = term_sets, treat_none_as_default_value = false)]
pub(crate) struct ChunkRow {
    term: i32,
    visible: bool,
    chunk: i32,
    records: Vec<u8>,
}

/// Decodes a chunk. Its form is not validated, because this crate wrote it.
pub(crate) fn read(bytes: &[u8]) -> Result<Set, Error> {
    Set::deserialize_unchecked_from(bytes)
        .map_err(|cause: io::Error| Error::Corrupt(format!("a chunk of a set: {cause}")))
}

/// The key of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ChunkKey {
    visible: bool,
    chunk: i32,
    term: i32,
}

/// The records that are added to a chunk and removed from it.
#[derive(Clone, Debug, Default)]
struct ChunkEdit {
    added: Set,
    removed: Set,
}

impl ChunkEdit {
    fn add(&mut self, number: i32) {
        self.added.insert(element(number));
    }

    fn remove(&mut self, number: i32) {
        self.added.remove(element(number));
        self.removed.insert(element(number));
    }

    /// Adds what was done after it.
    fn absorb(&mut self, later: &Self) {
        self.added -= &later.removed;
        self.added |= &later.added;
        self.removed |= &later.removed;
    }
}

/// Collected changes of sets. First everything is removed that is to be, then the rest is added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits {
    chunks: BTreeMap<ChunkKey, ChunkEdit>,
    begun: BTreeSet<DatedRow>,
    ended: BTreeSet<DatedRow>,
    /// The number of changed terms, over all records.
    len: usize,
}

impl Edits {
    /// Adds what was done after it.
    pub(crate) fn absorb(&mut self, later: Self) {
        for (key, edit) in later.chunks {
            self.chunks.entry(key).or_default().absorb(&edit);
        }
        for row in later.ended {
            self.end(row);
        }
        self.begun.extend(later.begun);
        self.len += later.len;
    }

    fn end(&mut self, row: DatedRow) {
        for in_set in [false, true] {
            self.begun.remove(&DatedRow { in_set, ..row });
        }
        self.ended.insert(row);
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Records the change of a record's terms. Each state is whether the record is public, and its sorted spans.
    /// Unchanged terms are skipped. A record may change several times. `today` decides which terms have begun.
    pub(crate) fn change(
        &mut self,
        today: NaiveDate,
        number: i32,
        had: Option<(bool, &[Span])>,
        has: Option<(bool, &[Span])>,
    ) {
        let is_among = |spans: &[Span], visible: bool, state: Option<(bool, &[Span])>| {
            state.is_some_and(|(seen, all)| seen == visible && of_term(all, spans[0].term) == spans)
        };
        if let Some((visible, spans)) = had {
            for spans in spans.chunk_by(same_term).filter(|spans| !is_among(spans, visible, has)) {
                self.chunk(visible, spans[0].term, number).remove(number);
                for row in dated_rows(visible, number, spans, today) {
                    self.end(row);
                }
            }
        }
        if let Some((visible, spans)) = has {
            for spans in spans.chunk_by(same_term).filter(|spans| !is_among(spans, visible, had)) {
                if spans.iter().any(|span| is_in_set(span, today)) {
                    self.chunk(visible, spans[0].term, number).add(number);
                }
                self.begun.extend(dated_rows(visible, number, spans, today));
            }
        }
    }

    fn chunk(&mut self, visible: bool, term: i32, number: i32) -> &mut ChunkEdit {
        self.len += 1;
        self.chunks.entry(ChunkKey { visible, chunk: chunk_of(number), term }).or_default()
    }

    /// Writes the changes. The caller must hold the lock on revisions.
    pub(crate) fn write(self, conn: &mut Conn) -> Result<(), Error> {
        /// The number of chunks in memory at a time. Most are smaller than 1 KiB.
        const CHUNKS: usize = 250;
        let edits: Vec<(ChunkKey, ChunkEdit)> = self.chunks.into_iter().collect();
        for edits in
            edits.chunk_by(|(one, _), (other, _)| (one.visible, one.chunk) == (other.visible, other.chunk))
        {
            for edits in edits.chunks(CHUNKS) {
                write_chunks(conn, edits)?;
            }
        }
        dated::delete(conn, self.ended)?;
        dated::insert(conn, self.begun)
    }
}

fn same_term(one: &Span, other: &Span) -> bool {
    one.term == other.term
}

/// Returns the spans of a term. `spans` is sorted.
fn of_term(spans: &[Span], term: i32) -> &[Span] {
    let begin = spans.partition_point(|span| span.term < term);
    let of_term = &spans[begin..];
    &of_term[..of_term.partition_point(|span| span.term == term)]
}

/// Returns the rows of the spans that do not apply always.
fn dated_rows(
    visible: bool,
    record: i32,
    spans: &[Span],
    today: NaiveDate,
) -> impl Iterator<Item = DatedRow> {
    let dated = spans.iter().filter(|span| (span.since, span.until) != (first_day(), last_day()));
    dated.map(move |span| DatedRow {
        term: span.term,
        visible,
        in_set: is_in_set(span, today),
        last_day: DbDay(span.until),
        first_day: DbDay(span.since),
        record,
    })
}

/// Whether a span is in the set: it has begun and has no end.
fn is_in_set(span: &Span, today: NaiveDate) -> bool {
    span.since <= today && span.until == last_day()
}

/// Writes edits that share `visible` and `chunk`.
fn write_chunks(conn: &mut Conn, edits: &[(ChunkKey, ChunkEdit)]) -> Result<(), Error> {
    let Some((ChunkKey { visible, chunk, .. }, _)) = edits.first() else { return Ok(()) };
    let there: Vec<(i32, Vec<u8>)> = term_sets::table
        .filter(term_sets::term.eq_any(edits.iter().map(|(key, _)| key.term)))
        .filter(term_sets::visible.eq(visible).and(term_sets::chunk.eq(chunk)))
        .select((term_sets::term, term_sets::records))
        .load(conn)?;
    let mut there: HashMap<i32, Vec<u8>> = there.into_iter().collect();
    let (mut rows, mut empty) = (Vec::new(), Vec::new());
    for (ChunkKey { visible, chunk, term }, ChunkEdit { added, removed }) in edits {
        let before = there.remove(term).map(|bytes| read(&bytes)).transpose()?;
        let mut records = before.clone().unwrap_or_default();
        records -= removed;
        records |= added;
        if Some(&records) == before.as_ref() || before.is_none() && records.is_empty() {
            continue;
        }
        if records.is_empty() {
            empty.push(*term);
            continue;
        }
        records.optimize();
        let mut bytes = Vec::with_capacity(records.serialized_size());
        records.serialize_into(&mut bytes).map_err(|cause| Error::Corrupt(cause.to_string()))?;
        rows.push(ChunkRow { term: *term, visible: *visible, chunk: *chunk, records: bytes });
    }
    dialect::write_chunks(conn, &rows)?;
    if empty.is_empty() {
        return Ok(());
    }
    let empty = term_sets::table
        .filter(term_sets::term.eq_any(empty))
        .filter(term_sets::visible.eq(visible).and(term_sets::chunk.eq(chunk)));
    diesel::delete(empty).execute(conn)?;
    Ok(())
}
