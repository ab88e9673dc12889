//! The index by which records are found and counted: which records have each term (postings), and which terms each
//! record has.

use crate::{
    connection::{Conn, MultiBackend},
    dialect::{self, insert_all},
    dictionary::Dictionary,
    error::Error,
    schema::{postings, record_terms, terms},
    signature,
    types::{DbDay, DbId, days},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::{kind::Kind, terms::Term};
use std::collections::HashMap;

/// A term that a record has, by its number, and the days on which it has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) term: i32,
    pub(crate) since: NaiveDate,
    pub(crate) until: NaiveDate,
}

impl Span {
    fn covers(&self, day: NaiveDate) -> bool {
        self.since <= day && day <= self.until
    }

    fn to_bytes(self) -> impl Iterator<Item = u8> {
        [self.term, self.since.to_epoch_days(), self.until.to_epoch_days()]
            .into_iter()
            .flat_map(i32::to_le_bytes)
    }
}

/// How many bytes of [`record_terms`] a span takes.
const SPAN: usize = 12;

/// The spans in a row of [`record_terms`].
fn spans(bytes: &[u8]) -> impl Iterator<Item = Option<Span>> {
    bytes.chunks(SPAN).map(|chunk| {
        let number = |at: usize| Some(i32::from_le_bytes(chunk.get(at..at + 4)?.try_into().ok()?));
        let day = |at: usize| NaiveDate::from_epoch_days(number(at)?);
        Some(Span { term: number(0)?, since: day(4)?, until: day(8)? })
    })
}

fn corrupt() -> Error {
    Error::Corrupt("the terms of a record cannot be read".to_owned())
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

/// The terms of one record.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = record_terms, treat_none_as_default_value = false)]
pub(crate) struct RecordTermsRow {
    pub(crate) record: DbId,
    pub(crate) terms: Vec<u8>,
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

/// The terms of some records, and what they are called.
pub(crate) fn terms_of(
    conn: &mut Conn,
    records: &[DbId],
    dictionary: &mut Dictionary,
) -> Result<HashMap<DbId, Vec<Span>>, Error> {
    let mut found = HashMap::new();
    for records in records.chunks(10_000) {
        let rows: Vec<(DbId, Vec<u8>)> =
            record_terms::table.filter(record_terms::record.eq_any(records)).load(conn)?;
        for (record, bytes) in rows {
            let spans: Option<Vec<Span>> = spans(&bytes).collect();
            found.insert(record, spans.ok_or_else(corrupt)?);
        }
    }
    dictionary.look_up_numbers(conn, found.values().flatten().map(|span| span.term))?;
    Ok(found)
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

/// Changes of the terms of records, gathered so that they are written in sets.
#[derive(Debug, Default)]
pub(crate) struct TermsOfRecords {
    new: Vec<RecordTermsRow>,
    changed: Vec<RecordTermsRow>,
}

impl TermsOfRecords {
    /// Takes in that a record now has these terms, and had those before, if it was there.
    pub(crate) fn add(&mut self, record: DbId, before: Option<&[Span]>, now: &[Span]) {
        let row = || RecordTermsRow { record, terms: now.iter().copied().flat_map(Span::to_bytes).collect() };
        match before {
            None => self.new.push(row()),
            Some(before) if before != now => self.changed.push(row()),
            Some(_) => {}
        }
    }

    /// Writes them.
    pub(crate) fn write(self, conn: &mut Conn) -> Result<(), Error> {
        insert_all!(&mut *conn, record_terms::table, &self.new)?;
        for row in self.changed {
            diesel::update(record_terms::table.find(row.record))
                .set(record_terms::terms.eq(row.terms))
                .execute(conn)?;
        }
        Ok(())
    }
}

/// Takes out which terms a record has.
pub(crate) fn forget(conn: &mut Conn, record: DbId) -> Result<(), Error> {
    diesel::delete(record_terms::table.find(record)).execute(conn)?;
    Ok(())
}

/// How many records have which terms of some facets on a day: facet, value, number. `rows` are the records' rows of
/// [`record_terms`]: reading one for each record is much cheaper than reading a posting for each of its terms.
pub(crate) fn count(
    conn: &mut Conn,
    rows: record_terms::BoxedQuery<'_, MultiBackend>,
    kind: Kind,
    facets: &[&str],
    day: NaiveDate,
) -> Result<Vec<(String, String, i64)>, Error> {
    let names: Vec<(i32, String, String)> = terms::table
        .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq_any(facets)))
        .select((terms::number, terms::facet, terms::value))
        .load(conn)?;
    let mut numbers: Vec<i64> = Vec::new();
    for bytes in rows.select(record_terms::terms).load_iter::<Vec<u8>, _>(conn)? {
        for span in spans(&bytes?) {
            let span = span.ok_or_else(corrupt)?;
            let term = usize::try_from(span.term).unwrap_or_default();
            if span.covers(day) {
                if numbers.len() <= term {
                    numbers.resize(term + 1, 0);
                }
                numbers[term] += 1;
            }
        }
    }
    let number =
        |term: i32| numbers.get(usize::try_from(term).unwrap_or_default()).copied().unwrap_or_default();
    Ok(names
        .into_iter()
        .map(|(term, facet, value)| (facet, value, number(term)))
        .filter(|(.., number)| *number > 0)
        .collect())
}
