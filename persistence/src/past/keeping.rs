//! Stores replaced states, with what is needed to find, filter and count them without reading their content.
//!
//! All of it is derived from the revisions and can be rebuilt (`rebuilding`).

use super::{packing, signature};
use crate::{
    connection::Conn,
    dialect::insert_all,
    error::Error,
    index::{Dictionary, Entry, Span},
    schema::{past_states, records, reference_spans, revisions},
    types::{DbDay, DbId, DbMoment},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::{kind::Kind, terms::Facet};
use std::collections::{BTreeMap, HashMap};

/// A public state that is about to be replaced.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct Replaced {
    pub(super) seq: i64,
    pub(super) record: DbId,
    pub(super) sort_name: String,
    pub(super) since: DbMoment,
    pub(super) updated_at: DbMoment,
    pub(super) starts_at: Option<DbMoment>,
    pub(super) ends_at: DbMoment,
    pub(super) lat: Option<f64>,
    pub(super) lon: Option<f64>,
}

/// Returns the current states of those records that are public.
pub(crate) fn replaced(conn: &mut Conn, ids: &[DbId]) -> Result<Vec<Replaced>, Error> {
    let revision = revisions::record.eq(records::id).and(revisions::version.eq(records::version));
    Ok(records::table
        .inner_join(revisions::table.on(revision))
        .filter(records::id.eq_any(ids).and(records::visible.eq(true)))
        .select((
            revisions::seq,
            records::id,
            records::sort_name,
            records::changed_at,
            records::updated_at,
            records::starts_at,
            records::ends_at,
            records::lat,
            records::lon,
        ))
        .load(conn)?)
}

/// A replaced public state.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = past_states, treat_none_as_default_value = false)]
struct StateRow {
    seq: i64,
    record: DbId,
    kind: &'static str,
    shown: bool,
    sort_name: String,
    since: DbMoment,
    until: DbMoment,
    updated_at: DbMoment,
    starts_at: Option<DbMoment>,
    ends_at: DbMoment,
    lat: Option<f64>,
    lon: Option<f64>,
    signature: i64,
    terms: Vec<u8>,
}

/// A reference of a public record, and the span of time during which it existed.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = reference_spans, treat_none_as_default_value = false)]
struct SpanRow {
    term: i32,
    record: DbId,
    first_day: DbDay,
    last_day: DbDay,
    since: DbMoment,
    until: Option<DbMoment>,
    shown: bool,
}

/// Whether references of a facet are stored. Counts of members and operations, and the initiatives of clusters, are
/// derived from them.
pub(super) fn is_kept(kind: Kind, facet: Facet) -> bool {
    matches!(
        (kind, facet),
        (Kind::Member, Facet::Initiative | Facet::Network)
            | (Kind::Initiative, Facet::Cluster)
            | (Kind::Operation, Facet::Measure)
    )
}

/// Collected changes of the past, written in bulk.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    replaced: HashMap<DbId, Replaced>,
    states: Vec<StateRow>,
    begun: Vec<SpanRow>,
    /// Ended references: term, first day, and the records that had them.
    ended: BTreeMap<(i32, NaiveDate), Vec<DbId>>,
    /// Records that were hidden, and records that became public.
    turned: [Vec<DbId>; 2],
}

impl Edits {
    /// Adds states that are about to be replaced.
    pub(crate) fn replace(&mut self, states: Vec<Replaced>) {
        self.replaced.extend(states.into_iter().map(|state| (state.record, state)));
    }

    /// Records the change of a record's terms.
    pub(crate) fn add(
        &mut self,
        entry: &Entry,
        had: Option<(bool, &[Span])>,
        has: &[Span],
        dictionary: &Dictionary,
        moment: DbMoment,
    ) {
        let is_public = entry.visible;
        let (was_public, before) = had.unwrap_or_default();
        if let Some(state) = self.replaced.remove(&entry.record) {
            self.keep(entry.kind, state, before, is_public, moment);
        }
        if had.is_some() && was_public != is_public {
            self.turned[usize::from(is_public)].push(entry.record);
        }
        let is_kept =
            |span: &Span| dictionary.name(span.term).is_some_and(|name| is_kept(name.kind, name.facet));
        let had = if was_public { before } else { &[] };
        let has = if is_public { has } else { &[] };
        for span in had.iter().filter(|span| has.binary_search(span).is_err() && is_kept(span)) {
            self.end(entry.record, span);
        }
        for span in has.iter().filter(|span| had.binary_search(span).is_err() && is_kept(span)) {
            self.begin(entry.record, span, moment, is_public);
        }
    }

    /// Adds a state that was replaced at a moment.
    pub(super) fn keep(&mut self, kind: Kind, state: Replaced, terms: &[Span], shown: bool, until: DbMoment) {
        if state.since == until {
            return; // was never visible
        }
        self.states.push(StateRow {
            seq: state.seq,
            record: state.record,
            kind: kind.as_str(),
            shown,
            sort_name: state.sort_name,
            since: state.since,
            until,
            updated_at: state.updated_at,
            starts_at: state.starts_at,
            ends_at: state.ends_at,
            lat: state.lat,
            lon: state.lon,
            signature: signature::of(terms.iter().map(|span| span.term)),
            terms: packing::pack(terms),
        });
    }

    fn begin(&mut self, record: DbId, span: &Span, since: DbMoment, shown: bool) {
        self.begun.push(SpanRow {
            term: span.term,
            record,
            first_day: DbDay(span.since),
            last_day: DbDay(span.until),
            since,
            until: None,
            shown,
        });
    }

    fn end(&mut self, record: DbId, span: &Span) {
        self.ended.entry((span.term, span.since)).or_default().push(record);
    }

    /// Adds a reference with known moments, unless it ended as it began.
    pub(super) fn reach(
        &mut self,
        record: DbId,
        span: &Span,
        (since, until): (DbMoment, Option<DbMoment>),
        shown: bool,
    ) {
        if until != Some(since) {
            self.begin(record, span, since, shown);
            if let Some(row) = self.begun.last_mut() {
                row.until = until;
            }
        }
    }

    /// Writes the changes. The caller must hold the lock on revisions. `moment` is the moment of the revisions.
    pub(crate) fn write(&mut self, conn: &mut Conn, moment: DbMoment) -> Result<(), Error> {
        let Self { states, begun, ended, turned, .. } = std::mem::take(self);
        insert_all!(&mut *conn, past_states::table, &states)?;
        for ((term, first_day), records) in ended {
            let open = || {
                reference_spans::table
                    .filter(
                        reference_spans::term.eq(term).and(reference_spans::first_day.eq(DbDay(first_day))),
                    )
                    .filter(reference_spans::record.eq_any(&records).and(reference_spans::until.is_null()))
            };
            // References that began at the same moment were never visible.
            diesel::delete(open().filter(reference_spans::since.eq(moment))).execute(conn)?;
            diesel::update(open()).set(reference_spans::until.eq(moment)).execute(conn)?;
        }
        insert_all!(&mut *conn, reference_spans::table, &begun)?;
        for (shown, records) in [false, true].into_iter().zip(turned) {
            if !records.is_empty() {
                turn(conn, &records, shown)?;
            }
        }
        Ok(())
    }
}

/// Sets whether the past states of records are shown. They are only while the record is public.
fn turn(conn: &mut Conn, ids: &[DbId], shown: bool) -> Result<(), Error> {
    let revisions = revisions::table.filter(revisions::record.eq_any(ids)).select(revisions::seq);
    diesel::update(past_states::table.filter(past_states::seq.eq_any(revisions)))
        .set(past_states::shown.eq(shown))
        .execute(conn)?;
    let ended = reference_spans::record.eq_any(ids).and(reference_spans::until.is_not_null());
    diesel::update(reference_spans::table.filter(ended))
        .set(reference_spans::shown.eq(shown))
        .execute(conn)?;
    Ok(())
}

/// Deletes the past of a record. `terms` are its current references.
pub(crate) fn erase(conn: &mut Conn, record: DbId, terms: &[Span]) -> Result<(), Error> {
    let revisions = revisions::table.filter(revisions::record.eq(record)).select(revisions::seq);
    diesel::delete(past_states::table.filter(past_states::seq.eq_any(revisions))).execute(conn)?;
    let spans = || reference_spans::table.filter(reference_spans::record.eq(record));
    diesel::delete(spans().filter(reference_spans::until.is_not_null())).execute(conn)?;
    let terms = terms.iter().map(|span| span.term);
    diesel::delete(spans().filter(reference_spans::term.eq_any(terms))).execute(conn)?;
    Ok(())
}
