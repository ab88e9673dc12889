//! The index by which records are found: which records have each term (postings).

use crate::{
    connection::Conn,
    dialect,
    dictionary::Dictionary,
    error::Error,
    schema::postings,
    signature,
    types::{DbDay, DbId, days},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::{kind::Kind, terms::Term};

/// A term that a record has, by its number, and the days on which it has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) term: i32,
    pub(crate) since: NaiveDate,
    pub(crate) until: NaiveDate,
}

/// One row of the postings.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = postings, treat_none_as_default_value = false)]
pub(crate) struct PostingRow<'a> {
    pub(crate) term: i32,
    pub(crate) visible: bool,
    pub(crate) sort_name: &'a str,
    pub(crate) record: DbId,
    pub(crate) since: DbDay,
    pub(crate) until: DbDay,
    /// Which other terms the record may have.
    pub(crate) signature: i64,
}

/// What of a record is in the key of its postings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) visible: bool,
    pub(crate) sort_name: String,
}

/// A new state of a record, as far as the index is concerned.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) record: DbId,
    pub(crate) place: Place,
    /// Where it stood before, if it was there.
    pub(crate) previous: Option<Place>,
    pub(crate) terms: Vec<Term>,
}

/// The terms of a new state, by their numbers; all of them have been looked up.
pub(crate) fn spans_of(entry: &Entry, dictionary: &Dictionary) -> Vec<Span> {
    let mut spans: Vec<Span> = entry
        .terms
        .iter()
        .filter_map(|term| {
            let number = dictionary.number(entry.kind, term.facet, &term.value)?;
            let (since, until) = days(term.days);
            Some(Span { term: number, since, until })
        })
        .collect();
    spans.sort_unstable();
    spans
}

/// Changes of the postings, gathered so that they are written in sets. Many wait for long, so they take little room.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    places: Vec<(DbId, Place, i64)>,
    added: Vec<Posting>,
    removed: Vec<Posting>,
    /// Those of which only the signature is another.
    signed: Vec<Posting>,
}

/// A term of a record, by the index of its place.
type Posting = (Span, u32);

impl Edits {
    pub(crate) fn len(&self) -> usize {
        self.added.len() + self.removed.len() + self.signed.len()
    }

    /// Takes in that a record now has these terms, and had those before. What stays as it was costs nothing.
    pub(crate) fn add(&mut self, entry: &Entry, had: &[Span], now: &[Span]) {
        let stays = entry.previous.as_ref() == Some(&entry.place);
        let is_other = |spans: &[Span], span: &Span| !stays || spans.binary_search(span).is_err();
        if let Some(previous) = &entry.previous {
            self.remove(entry.record, previous, had.iter().filter(|span| is_other(now, span)));
        }
        let signature = |spans: &[Span]| signature::of(spans.iter().map(|span| span.term));
        let (before, signature) = (signature(had), signature(now));
        let place = self.place(entry.record, &entry.place, signature);
        for span in now {
            if is_other(had, span) {
                self.added.push((*span, place));
            } else if signature != before {
                self.signed.push((*span, place));
            }
        }
    }

    /// Takes in that a record no longer has these terms.
    pub(crate) fn remove<'a>(
        &mut self,
        record: DbId,
        place: &Place,
        gone: impl IntoIterator<Item = &'a Span>,
    ) {
        // A posting is found by its key, which its signature is not in.
        let place = self.place(record, place, 0);
        self.removed.extend(gone.into_iter().map(|span| (*span, place)));
    }

    fn place(&mut self, record: DbId, place: &Place, signature: i64) -> u32 {
        self.places.push((record, place.clone(), signature));
        u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
    }

    /// Writes them, in the order of the key, so that neighbours are written together.
    pub(crate) fn write(self, conn: &mut Conn) -> Result<(), Error> {
        /// So many rows are made at a time.
        const ROWS: usize = 10_000;
        let Self { places, mut added, mut removed, mut signed } = self;
        let row = |&(span, place): &Posting| {
            let (record, Place { visible, sort_name }, signature) = &places[place as usize];
            let Span { term, since, until } = span;
            PostingRow {
                term,
                visible: *visible,
                sort_name,
                record: *record,
                since: DbDay(since),
                until: DbDay(until),
                signature: *signature,
            }
        };
        for postings in [&mut removed, &mut added, &mut signed] {
            postings.sort_unstable_by(|a, b| row(a).key().cmp(&row(b).key()));
        }
        for postings in removed.chunks(ROWS) {
            dialect::delete_postings(conn, &postings.iter().map(row).collect::<Vec<_>>())?;
        }
        for postings in added.chunks(ROWS) {
            dialect::insert_postings(conn, &postings.iter().map(row).collect::<Vec<_>>())?;
        }
        for postings in signed.chunks(ROWS) {
            dialect::sign_postings(conn, &postings.iter().map(row).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}

impl PostingRow<'_> {
    /// Its primary key.
    pub(crate) fn key(&self) -> (i32, bool, &str, DbId, DbDay) {
        (self.term, self.visible, self.sort_name, self.record, self.since)
    }
}
