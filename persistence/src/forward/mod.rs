//! The forward index: which terms each record has. The postings say which records have a term; counting, and finding what
//! no longer holds when a record changes, go the other way round.

mod block;
mod counting;

pub(crate) use block::{Entry, RECORDS};
pub(crate) use counting::{Numbers, count, count_having};

use crate::{
    connection::{Conn, MultiBackend},
    dialect::{self, insert_all},
    error::Error,
    index::Span,
    schema::{forward_blocks, forward_places},
    types::DbId,
};
use chrono::NaiveDate;
use diesel::{dsl::max, prelude::*};
use domain::kind::Kind;
use std::collections::{BTreeMap, HashMap, btree_map::Entry as BTreeEntry};

/// So many records, or blocks, are looked up by one statement.
const LOOKED_UP: usize = 10_000;

fn corrupt(number: i32) -> Error {
    Error::Corrupt(format!("block {number} of the forward index cannot be read"))
}

/// A block as it is kept.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = forward_blocks, treat_none_as_default_value = false)]
pub(crate) struct BlockRow {
    number: i32,
    kind: &'static str,
    entries: Vec<u8>,
}

/// Where a record stands.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = forward_places, treat_none_as_default_value = false)]
struct PlaceRow {
    record: DbId,
    block: i32,
    slot: i16,
}

/// The blocks that a change touches, in memory while it is made. Whoever has them holds the lock of the revisions.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    blocks: BTreeMap<i32, Vec<Option<Entry>>>,
    places: HashMap<DbId, (i32, usize)>,
    /// Those that have changed, and of which kind their records are.
    changed: BTreeMap<i32, Kind>,
    /// Kind by kind, the block that new records are put into.
    open: HashMap<Kind, i32>,
    /// The last number that a block has, once it was asked for.
    last: Option<i32>,
    new: Vec<PlaceRow>,
}

impl Blocks {
    /// Looks up the blocks of some records.
    pub(crate) fn of(conn: &mut Conn, records: &[DbId]) -> Result<Self, Error> {
        let mut found = Self::default();
        for records in records.chunks(LOOKED_UP) {
            let rows: Vec<(DbId, i32, i16)> =
                forward_places::table.filter(forward_places::record.eq_any(records)).load(conn)?;
            let place = |(record, block, slot)| (record, (block, usize::try_from(slot).unwrap_or(RECORDS)));
            found.places.extend(rows.into_iter().map(place));
        }
        let numbers: BTreeMap<i32, ()> = found.places.values().map(|(block, _)| (*block, ())).collect();
        let numbers: Vec<i32> = numbers.into_keys().collect();
        for numbers in numbers.chunks(LOOKED_UP) {
            let rows: Vec<(i32, Vec<u8>)> = forward_blocks::table
                .filter(forward_blocks::number.eq_any(numbers))
                .select((forward_blocks::number, forward_blocks::entries))
                .load(conn)?;
            for (number, bytes) in rows {
                found.blocks.insert(number, block::read(&bytes).ok_or_else(|| corrupt(number))?);
            }
        }
        Ok(found)
    }

    /// What is kept of a record that was looked up.
    pub(crate) fn entry(&self, record: DbId) -> Option<&Entry> {
        let (block, slot) = self.places.get(&record)?;
        self.blocks.get(block)?.get(*slot)?.as_ref()
    }

    /// The terms of all records that were looked up.
    pub(crate) fn terms(&self) -> impl Iterator<Item = i32> {
        let entries = self.places.keys().filter_map(|record| self.entry(*record));
        entries.flat_map(|entry| &entry.spans).map(|span: &Span| span.term)
    }

    /// Puts in what is to be kept of a record: in its place if it has one, else behind the last of its kind.
    pub(crate) fn put(
        &mut self,
        conn: &mut Conn,
        kind: Kind,
        record: DbId,
        entry: Entry,
    ) -> Result<(), Error> {
        if let Some((number, slot)) = self.places.get(&record).copied() {
            let kept = self.blocks.get_mut(&number).and_then(|block| block.get_mut(slot));
            let kept = kept.ok_or_else(|| corrupt(number))?;
            if kept.as_ref() != Some(&entry) {
                *kept = Some(entry);
                self.changed.insert(number, kind);
            }
            return Ok(());
        }
        let number = self.open(conn, kind)?;
        let block = self.blocks.entry(number).or_default();
        let slot = block.len();
        block.push(Some(entry));
        self.changed.insert(number, kind);
        self.places.insert(record, (number, slot));
        self.new.push(PlaceRow {
            record,
            block: number,
            slot: i16::try_from(slot).map_err(|_| corrupt(number))?,
        });
        Ok(())
    }

    /// The block of a kind that has room.
    fn open(&mut self, conn: &mut Conn, kind: Kind) -> Result<i32, Error> {
        let last_of_kind = match self.open.get(&kind) {
            Some(number) => Some(*number),
            None => last(conn, Some(kind))?,
        };
        let number = match last_of_kind {
            Some(number) if self.block(conn, number)?.len() < RECORDS => number,
            _ => {
                let last = self.last.map_or_else(|| last(conn, None), |last| Ok(Some(last)))?;
                *self.last.insert(last.unwrap_or_default() + 1)
            }
        };
        self.open.insert(kind, number);
        Ok(number)
    }

    /// A block that is there.
    fn block(&mut self, conn: &mut Conn, number: i32) -> Result<&[Option<Entry>], Error> {
        Ok(match self.blocks.entry(number) {
            BTreeEntry::Occupied(block) => block.into_mut(),
            BTreeEntry::Vacant(block) => {
                let bytes: Vec<u8> =
                    forward_blocks::table.find(number).select(forward_blocks::entries).first(conn)?;
                block.insert(block::read(&bytes).ok_or_else(|| corrupt(number))?)
            }
        })
    }

    /// Takes out a record that was looked up; its place stays empty.
    pub(crate) fn take_out(&mut self, conn: &mut Conn, kind: Kind, record: DbId) -> Result<(), Error> {
        if let Some((number, slot)) = self.places.remove(&record) {
            if let Some(kept) = self.blocks.get_mut(&number).and_then(|block| block.get_mut(slot)) {
                *kept = None;
                self.changed.insert(number, kind);
            }
            diesel::delete(forward_places::table.find(record)).execute(conn)?;
        }
        Ok(())
    }

    /// Writes what has changed.
    pub(crate) fn write(self, conn: &mut Conn) -> Result<(), Error> {
        let row = |(number, kind): (&i32, &Kind)| BlockRow {
            number: *number,
            kind: kind.as_str(),
            entries: self.blocks.get(number).map(|entries| block::write(entries)).unwrap_or_default(),
        };
        let rows: Vec<BlockRow> = self.changed.iter().map(row).collect();
        dialect::write_blocks(conn, &rows)?;
        Ok(insert_all!(&mut *conn, forward_places::table, &self.new)?)
    }
}

/// The terms of one state of a record, as they are kept where it is in no block.
pub(crate) fn pack(spans: &[Span]) -> Vec<u8> {
    block::write(&[Some(Entry { visible: true, spans: spans.to_vec() })])
}

/// The terms that a state which was packed has on a day.
pub(crate) fn unpack(bytes: &[u8], day: NaiveDate, terms: &mut Vec<usize>) -> Result<(), Error> {
    terms.clear();
    let day = day.to_epoch_days();
    let read = block::Reader::of(bytes).next(|term, days| {
        if counting::covers(days, day) {
            terms.extend(usize::try_from(term));
        }
    });
    read.map(drop).ok_or_else(|| Error::Corrupt("the terms of a past state cannot be read".to_owned()))
}

/// The last number that a block has, of a kind or of all.
fn last(conn: &mut Conn, kind: Option<Kind>) -> Result<Option<i32>, Error> {
    let blocks = forward_blocks::table.into_boxed::<MultiBackend>();
    let blocks = match kind {
        Some(kind) => blocks.filter(forward_blocks::kind.eq(kind.as_str())),
        None => blocks,
    };
    Ok(blocks.select(max(forward_blocks::number)).first(conn)?)
}
