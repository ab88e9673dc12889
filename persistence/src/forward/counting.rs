//! Counting by the forward index: how many of some records have which term.

use super::block::{Days, Reader};
use crate::{
    connection::{Conn, MultiBackend},
    error::Error,
    schema::{forward_blocks, forward_places},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::kind::Kind;
use std::collections::BTreeMap;

/// So many blocks are in memory at a time.
const BLOCKS: i64 = 1_000;

/// How many records there are, and how many of them have which term.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) records: i64,
    /// By the number of the term.
    terms: Vec<i64>,
}

impl Numbers {
    /// How many records have a term.
    pub(crate) fn of(&self, term: i32) -> i64 {
        let number = usize::try_from(term).ok().and_then(|term| self.terms.get(term));
        number.copied().unwrap_or_default()
    }

    /// Counts a record with these terms.
    pub(crate) fn add(&mut self, terms: &[usize]) {
        self.records += 1;
        for &term in terms {
            if self.terms.len() <= term {
                self.terms.resize(term + 1, 0);
            }
            self.terms[term] += 1;
        }
    }
}

pub(super) fn covers(days: Days, day: i32) -> bool {
    days.is_none_or(|(since, until)| since <= day && day <= until)
}

/// Counts the public records of a kind that have, on a day, of each group of terms one. Reads all blocks of the kind: what
/// it costs grows with how many records there are, not with how many are found.
pub(crate) fn count_having(
    conn: &mut Conn,
    kind: Kind,
    groups: &[&[i32]],
    day: NaiveDate,
) -> Result<Numbers, Error> {
    // Which groups a term is in, one bit each.
    let mut member_of: Vec<u64> = Vec::new();
    for (group, terms) in groups.iter().enumerate() {
        for term in terms.iter().filter_map(|term| usize::try_from(*term).ok()) {
            if member_of.len() <= term {
                member_of.resize(term + 1, 0);
            }
            member_of[term] |= 1 << group;
        }
    }
    let groups_of = |term: &usize| member_of.get(*term).copied().unwrap_or_default();
    let (all, day) = ((1_u64 << groups.len()) - 1, day.to_epoch_days());
    let mut numbers = Numbers::default();
    let mut after = 0;
    loop {
        let blocks: Vec<(i32, Vec<u8>)> = forward_blocks::table
            .filter(forward_blocks::kind.eq(kind.as_str()).and(forward_blocks::number.gt(after)))
            .order(forward_blocks::number)
            .limit(BLOCKS)
            .select((forward_blocks::number, forward_blocks::entries))
            .load(conn)?;
        let Some((last, _)) = blocks.last() else { return Ok(numbers) };
        after = *last;
        for (number, bytes) in &blocks {
            for_each(*number, bytes, day, |_, visible, terms| {
                if visible && terms.iter().map(groups_of).fold(0, |found, group| found | group) == all {
                    numbers.add(terms);
                }
            })?;
        }
    }
}

/// Counts some records: `places` are their rows.
pub(crate) fn count(
    conn: &mut Conn,
    places: forward_places::BoxedQuery<'_, MultiBackend>,
    day: NaiveDate,
) -> Result<Numbers, Error> {
    let places = places.select((forward_places::block, forward_places::slot));
    // Of each block the slots that count, one bit each.
    let mut wanted: BTreeMap<i32, u64> = BTreeMap::new();
    for place in places.load_iter::<(i32, i16), _>(conn)? {
        let (block, slot) = place?;
        *wanted.entry(block).or_default() |= 1 << slot;
    }
    let (mut numbers, day) = (Numbers::default(), day.to_epoch_days());
    let blocks: Vec<i32> = wanted.keys().copied().collect();
    for some in blocks.chunks(usize::try_from(BLOCKS).unwrap_or(usize::MAX)) {
        let blocks: Vec<(i32, Vec<u8>)> = forward_blocks::table
            .filter(forward_blocks::number.eq_any(some))
            .select((forward_blocks::number, forward_blocks::entries))
            .load(conn)?;
        for (number, bytes) in &blocks {
            let slots = wanted.get(number).copied().unwrap_or_default();
            for_each(*number, bytes, day, |slot, _, terms| {
                if slots >> slot & 1 == 1 {
                    numbers.add(terms);
                }
            })?;
        }
    }
    Ok(numbers)
}

/// Calls `take` for each record of a block, with its slot, whether the public sees it, and the terms that it has on a
/// day.
fn for_each(
    number: i32,
    bytes: &[u8],
    day: i32,
    mut take: impl FnMut(usize, bool, &[usize]),
) -> Result<(), Error> {
    let (mut reader, mut terms, mut slot) = (Reader::of(bytes), Vec::new(), 0);
    while !reader.is_at_end() {
        terms.clear();
        let visible = reader.next(|term, days| {
            if covers(days, day) {
                terms.extend(usize::try_from(term));
            }
        });
        if let Some(visible) = visible.ok_or_else(|| super::corrupt(number))? {
            take(slot, visible, &terms);
        }
        slot += 1;
    }
    Ok(())
}
