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

use super::{Past, packing, signature::bits, states};
use crate::{
    batch::{self, Batch},
    connection::{Conn, MultiBackend},
    error::Error,
    query::{
        page::{in_order, keys_of},
        resolved::ResolvedFilter,
    },
    rows::StoredRow,
    schema::{past_contents, past_states, revisions},
    types::{DbId, DbMoment},
};
use diesel::{
    dsl::{count_star, sql},
    prelude::*,
    sql_types::{BigInt, Bool},
};
use domain::{
    content::Content,
    id::Id,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    place::Location,
    query::{Cursor, Position, Sort, SortKey},
    search::{Document, SearchQuery},
};
use std::collections::{HashMap, HashSet};

/// The largest number of states in memory at a time.
const BATCH: usize = 1_000;
/// The number of states whose text is read at a time.
const TEXTS: usize = 200;

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
    terms: Vec<u8>,
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
fn standing<'a>(
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
fn few_replaced(conn: &mut Conn, kind: Kind, past: Past) -> Result<Option<Vec<i64>>, Error> {
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
    fn is_nothing(&self) -> bool {
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
            let matching = Matching { conn, questions: std::slice::from_ref(&text.question), seqs: &seqs };
            let found = with_kind(self.resolved.kind, matching)?;
            kept.retain(|state| found.contains(&(state.seq, 0)));
        }
        Ok(kept)
    }
}

/// Reads the text of some states. Returns pairs of a state and the index of a query that matches it.
struct Matching<'a> {
    conn: &'a mut Conn,
    questions: &'a [SearchQuery],
    seqs: &'a [i64],
}

impl KindFunction for Matching<'_> {
    type Output = Result<HashSet<(i64, usize)>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let contents: Vec<(i64, String)> =
            past_contents::table.filter(past_contents::seq.eq_any(self.seqs)).load(self.conn)?;
        let mut found = HashSet::new();
        for (seq, content) in contents {
            let document = Document::of(&serde_json::from_str::<C>(&content)?, &[]);
            let matching =
                self.questions.iter().enumerate().filter(|(_, question)| question.matches(&document));
            found.extend(matching.map(|(index, _)| (seq, index)));
        }
        Ok(found)
    }
}

/// Calls `has_enough` with batches of matching states after a position, in order, until it returns `true` or there
/// are no more.
fn walk(
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
fn batch(
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
const ANY: Sort = Sort { key: SortKey::Name, descending: false };

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

/// Counts the matching states.
pub(crate) fn total(conn: &mut Conn, resolved: &ResolvedFilter<'_>, past: Past) -> Result<i64, Error> {
    if Rest::of(resolved).is_nothing() {
        return Ok(standing(resolved, past, None).select(count_star()).first(conn)?);
    }
    let mut total = 0;
    walk(conn, resolved, past, (ANY, None, BATCH), |states| {
        total += i64::try_from(states.len()).unwrap_or_default();
        Ok(false)
    })?;
    Ok(total)
}

/// The number of states, in total and per term, and the sums of their amounts in cents.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) states: i64,
    pub(crate) terms: HashMap<i32, i64>,
    pub(crate) cents: HashMap<i32, u128>,
}

/// Counts the matching states, in total and per term. `bits` has the terms that are bits of an amount.
pub(crate) fn count(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    past: Past,
    bits: &HashMap<i32, u32>,
) -> Result<Counts, Error> {
    let (mut counts, mut terms) = (Counts::default(), Vec::new());
    walk(conn, resolved, past, (ANY, None, BATCH), |states| {
        for state in states {
            packing::unpack(&state.terms, resolved.view.today(), &mut terms)?;
            counts.states += 1;
            terms.iter().for_each(|term| *counts.terms.entry(*term).or_default() += 1);
            let cents: u128 = terms.iter().filter_map(|term| bits.get(term)).map(|bit| 1 << bit).sum();
            if cents > 0 {
                terms.iter().for_each(|term| *counts.cents.entry(*term).or_default() += cents);
            }
        }
        Ok(false)
    })?;
    Ok(counts)
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

/// Which queries match a past state of a moment.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    questions: Vec<SearchQuery>,
    found: HashSet<usize>,
}

impl Texts {
    /// Whether a query matches any. The first call reads states until the query matches one. It also tests each of
    /// the query's words, so all states are read at most once.
    pub(crate) fn hold(
        &mut self,
        conn: &mut Conn,
        resolved: &ResolvedFilter<'_>,
        past: Past,
        asked: &SearchQuery,
    ) -> Result<bool, Error> {
        if let Some(index) = self.questions.iter().position(|question| question == asked) {
            return Ok(self.found.contains(&index));
        }
        let parts = (0..asked.words.len()).map(|index| asked.only(index));
        self.questions = [asked.clone()].into_iter().chain(parts).collect();
        self.found.clear();
        let replaced = few_replaced(conn, resolved.kind, past)?;
        let (mut after, mut is_last) = (None, false);
        while !is_last && !self.found.contains(&0) {
            let states = standing(resolved, past, replaced.as_deref());
            let states = batch(conn, states, ANY, after.as_ref(), TEXTS)?;
            let seqs: Vec<i64> = states.iter().map(|state| state.seq).collect();
            let matching = Matching { conn, questions: &self.questions, seqs: &seqs };
            self.found.extend(with_kind(resolved.kind, matching)?.iter().map(|(_, index)| *index));
            is_last = states.len() < TEXTS;
            after = states.last().map(|last| last.cursor(ANY.key));
        }
        Ok(self.found.contains(&0))
    }
}
