//! Walks the replaced states of a moment that match a filter, in the order of a collection, until the caller has
//! enough.
//!
//! The database applies what it can (`standing`). The rest is checked for each state (`Rest`): exact terms, area
//! and text.
//!
//! ```text
//! ?region=DE11&as_of=…   signature has the bits of DE11   in the index, may be a false positive
//!                        unpacked terms have DE11         exact, without content
//!                        text, if requested               reads the content
//! ```

use super::{Past, packing, signature::bits, states, texts::matching};
use crate::{
    batch::{self, Batch},
    connection::{Conn, MultiBackend},
    error::Error,
    query::{
        page::{in_order, keys_of},
        resolved::ResolvedFilter,
    },
    rows::StoredRow,
    schema::{past_states, revisions},
    types::{DbId, DbMoment},
};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};
use domain::{
    id::Id,
    kind::Kind,
    place::Location,
    query::{Cursor, Position, Sort, SortKey},
};
use std::collections::HashMap;

/// The largest number of states in memory at a time.
pub(super) const BATCH: usize = 1_000;
/// The number of states whose text is read at a time.
pub(super) const TEXTS: usize = 200;

/// The columns of a past state that collections need.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = past_states)]
pub(super) struct Candidate {
    pub(super) seq: i64,
    pub(super) record: DbId,
    sort_name: String,
    updated_at: DbMoment,
    starts_at: Option<DbMoment>,
    lat: Option<f64>,
    lon: Option<f64>,
    pub(super) terms: Vec<u8>,
}

impl Candidate {
    /// Returns its position in a collection.
    pub(super) fn cursor(&self, key: SortKey) -> Cursor {
        let position = match key {
            SortKey::Name => Position::Name(self.sort_name.clone()),
            SortKey::UpdatedAt => Position::Moment(self.updated_at.0),
            SortKey::Start => Position::Moment(self.starts_at.unwrap_or_else(DbMoment::open_start).0),
        };
        Cursor { position, id: self.record.into() }
    }
}

/// Selects states that were current at the moment and have been replaced since, of records that are public today.
/// Applies the conditions that the database can check.
pub(super) fn standing<'a>(
    resolved: &'a ResolvedFilter<'_>,
    past: Past,
    replaced: Option<&'a [i64]>,
) -> past_states::BoxedQuery<'a, MultiBackend> {
    let mut query = past_states::table
        .filter(past_states::kind.eq(resolved.kind.as_str()).and(past_states::shown.eq(true)))
        .filter(past_states::since.le(past.moment).and(past_states::until.gt(past.moment)))
        .into_boxed();
    if let Some(seqs) = replaced {
        query = query.filter(past_states::seq.eq_any(seqs));
    }
    narrowed(resolved, query)
}

/// Adds those conditions of a filter that the database can check.
pub(super) fn narrowed<'a>(
    resolved: &'a ResolvedFilter<'_>,
    mut query: past_states::BoxedQuery<'a, MultiBackend>,
) -> past_states::BoxedQuery<'a, MultiBackend> {
    let ResolvedFilter { filter, terms, .. } = resolved;
    if !filter.ids.is_empty() {
        query = query.filter(past_states::record.eq_any(filter.ids.iter().map(|id| DbId::from(*id))));
    }
    if let Some(moment) = filter.updated_since {
        query = query.filter(past_states::updated_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.from {
        query = query.filter(past_states::ends_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.to {
        query = query.filter(past_states::starts_at.le(DbMoment(moment)));
    }
    for group in terms {
        match *group.terms.as_slice() {
            // The index alone excludes most states without the term.
            [term] => {
                let bits = bits(term);
                query = query.filter(
                    sql::<Bool>("(past_states.signature & ")
                        .bind::<BigInt, _>(bits)
                        .sql(") = ")
                        .bind::<BigInt, _>(bits),
                );
            }
            // No record ever had the value.
            [] => query = query.filter(past_states::seq.eq(0)),
            _ => {}
        }
    }
    query
}

/// Returns the revisions of all states replaced since a moment, if they are few enough to be looked up one by one.
pub(super) fn few_replaced(conn: &mut Conn, kind: Kind, past: Past) -> Result<Option<Vec<i64>>, Error> {
    /// The largest number of changes that counts as few.
    const FEW: usize = 500;
    let changed = revisions::table
        // The first change of a public state always has an effect.
        .filter(revisions::effect.is_not_null().and(revisions::kind.eq(kind.as_str())))
        .filter(revisions::seq.gt(past.number))
        .select(revisions::record);
    let changed = Batch::<DbId>::load(changed, FEW, conn)?;
    if changed.more { Ok(None) } else { states::last_revisions(conn, past, &changed.items).map(Some) }
}

/// The part of a filter that the database cannot check.
pub(super) struct Rest<'a, 'b> {
    resolved: &'a ResolvedFilter<'b>,
    day: chrono::NaiveDate,
    terms: Vec<i32>,
}

impl<'a, 'b> Rest<'a, 'b> {
    pub(super) fn of(resolved: &'a ResolvedFilter<'b>) -> Self {
        Self { resolved, day: resolved.view.today(), terms: Vec::new() }
    }

    /// Whether there is nothing to check.
    pub(super) fn is_nothing(&self) -> bool {
        let ResolvedFilter { filter, text, terms, .. } = self.resolved;
        filter.bbox.is_none() && filter.near.is_none() && text.is_none() && terms.is_empty()
    }

    /// Returns how many states to read first if `wanted` are requested.
    fn first_batch(&self, wanted: usize) -> usize {
        if self.is_nothing() { wanted } else { wanted.max(TEXTS) }.min(self.largest_batch())
    }

    fn largest_batch(&self) -> usize {
        if self.resolved.text.is_some() { TEXTS } else { BATCH }
    }

    /// Whether a state matches the filter, apart from its text.
    fn means(&mut self, state: &Candidate) -> Result<bool, Error> {
        let ResolvedFilter { filter, terms: wanted, .. } = self.resolved;
        let place = state.lat.zip(state.lon).map(|(lat, lon)| Location { lat, lon });
        if !filter.bbox.is_none_or(|area| place.is_some_and(|place| area.contains(place)))
            || !filter.near.is_none_or(|circle| place.is_some_and(|place| circle.contains(place)))
        {
            return Ok(false);
        }
        if wanted.is_empty() {
            return Ok(true);
        }
        packing::unpack(&state.terms, self.day, &mut self.terms)?;
        Ok(wanted.iter().all(|wanted| wanted.terms.iter().any(|term| self.terms.contains(term))))
    }

    /// Returns the states that match the filter.
    pub(super) fn keep(&mut self, conn: &mut Conn, states: Vec<Candidate>) -> Result<Vec<Candidate>, Error> {
        let mut kept = Vec::with_capacity(states.len());
        for state in states {
            if self.means(&state)? {
                kept.push(state);
            }
        }
        if let Some(text) = &self.resolved.text
            && !kept.is_empty()
        {
            let seqs: Vec<i64> = kept.iter().map(|state| state.seq).collect();
            let questions = std::slice::from_ref(&text.question);
            let found = matching(conn, self.resolved.kind, questions, &seqs)?;
            kept.retain(|state| found.contains(&(state.seq, 0)));
        }
        Ok(kept)
    }
}

/// Calls `has_enough` with batches of matching states after a position, in order, until it returns `true` or there
/// are no more.
pub(super) fn walk(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    past: Past,
    (sort, after, wanted): (Sort, Option<&Cursor>, usize),
    mut has_enough: impl FnMut(Vec<Candidate>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let replaced = few_replaced(conn, resolved.kind, past)?;
    let mut rest = Rest::of(resolved);
    let mut size = rest.first_batch(wanted);
    let mut after = after.cloned();
    loop {
        let states = batch(conn, standing(resolved, past, replaced.as_deref()), sort, after.as_ref(), size)?;
        let is_last = states.len() < size;
        after = states.last().map(|last| last.cursor(sort.key));
        if has_enough(rest.keep(conn, states)?)? || is_last {
            return Ok(());
        }
        size = (2 * size).min(rest.largest_batch());
    }
}

/// Returns states after a position, in order.
pub(super) fn batch(
    conn: &mut Conn,
    states: past_states::BoxedQuery<'_, MultiBackend>,
    Sort { key, descending }: Sort,
    after: Option<&Cursor>,
    size: usize,
) -> Result<Vec<Candidate>, Error> {
    let (by_name, by_moment) = keys_of(after);
    let states = match key {
        SortKey::Name => in_order!(states, descending, past_states::sort_name, past_states::record, by_name),
        SortKey::UpdatedAt => {
            in_order!(states, descending, past_states::updated_at, past_states::record, by_moment)
        }
        SortKey::Start => {
            // The condition of the partial index.
            let states = states.filter(past_states::starts_at.is_not_null());
            let start = past_states::starts_at.assume_not_null();
            in_order!(states, descending, start, past_states::record, by_moment)
        }
    };
    Ok(states.limit(batch::rows(size)).select(Candidate::as_select()).load(conn)?)
}

/// The order in which all states are read.
pub(super) const ANY: Sort = Sort { key: SortKey::Name, descending: false };

/// Returns the first matching states after a position, at most `wanted`.
pub(super) fn first(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    past: Past,
    (sort, after, wanted): (Sort, Option<&Cursor>, usize),
) -> Result<Vec<Candidate>, Error> {
    let mut found = Vec::new();
    walk(conn, resolved, past, (sort, after, wanted), |states| {
        found.extend(states);
        Ok(found.len() >= wanted)
    })?;
    found.truncate(wanted);
    Ok(found)
}

/// Returns the rows of some states, by record.
pub(super) fn rows(conn: &mut Conn, states: Vec<Candidate>) -> Result<HashMap<Id, StoredRow>, Error> {
    let seqs: Vec<i64> = states.iter().map(|state| state.seq).collect();
    let mut by_seq: HashMap<i64, Candidate> = states.into_iter().map(|state| (state.seq, state)).collect();
    let found = states::of_revisions(conn, &seqs)?;
    let row = |state: states::State| {
        let candidate = by_seq.remove(&state.seq)?;
        let mut row = state.into_row();
        row.sort_name = candidate.sort_name;
        row.starts_at = candidate.starts_at;
        Some((row.id.into(), row))
    };
    Ok(found.into_iter().filter_map(row).collect())
}
