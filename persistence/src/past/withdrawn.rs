//! Records that were withdrawn recently, for feeds whose readers hold copies.

use super::{
    states,
    walking::{Candidate, Rest, narrowed},
};
use crate::{
    connection::Conn,
    error::Error,
    query::resolved::ResolvedFilter,
    rows::Stored,
    schema::{past_states, revisions},
    types::{DbId, DbMoment},
};
use diesel::{dsl::max, prelude::*};
use domain::content::Content;
use std::collections::HashMap;

/// The largest number of withdrawn records returned.
const MOST: usize = 1_000;

/// Returns the last public states of records that were withdrawn since a moment, latest withdrawal first, if these
/// states match a filter. `updated_at` is the moment of the withdrawal. Erased records have no states.
pub(crate) fn withdrawn<C: Content>(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    since: DbMoment,
) -> Result<Vec<Stored<C>>, Error> {
    let hidden = past_states::table
        .filter(past_states::kind.eq(C::KIND.as_str()).and(past_states::shown.eq(false)))
        .filter(past_states::until.gt(since))
        .into_boxed();
    let states: Vec<(Candidate, DbMoment)> = narrowed(resolved, hidden)
        .order((past_states::until.desc(), past_states::seq.desc()))
        .select((Candidate::as_select(), past_states::until))
        .load(conn)?;
    // A filter may match an earlier state of a record, and not its last one.
    let ids: Vec<DbId> = states.iter().map(|(state, _)| state.record).collect();
    let last = last_public(conn, &ids)?;
    let until: HashMap<i64, DbMoment> = states.iter().map(|(state, until)| (state.seq, *until)).collect();
    let states = states.into_iter().map(|(state, _)| state);
    let states = states.filter(|state| last.get(&state.record) == Some(&state.seq)).collect();
    let mut kept = Rest::of(resolved).keep(conn, states)?;
    kept.truncate(MOST);
    let seqs: Vec<i64> = kept.iter().map(|state| state.seq).collect();
    let mut found: HashMap<i64, states::State> =
        states::hidden_of_revisions(conn, &seqs)?.into_iter().map(|state| (state.seq, state)).collect();
    let row = |seq: &i64| {
        let mut row = found.remove(seq)?.into_row();
        row.updated_at = *until.get(seq)?;
        Some(Stored::read(row))
    };
    seqs.iter().filter_map(row).collect()
}

/// Returns the last public revision of each record.
fn last_public(conn: &mut Conn, ids: &[DbId]) -> Result<HashMap<DbId, i64>, Error> {
    let mut last = HashMap::new();
    for ids in ids.chunks(MOST) {
        let found: Vec<(DbId, Option<i64>)> = revisions::table
            .filter(revisions::record.eq_any(ids).and(revisions::visible.eq(true)))
            .group_by(revisions::record)
            .select((revisions::record, max(revisions::seq)))
            .load(conn)?;
        last.extend(found.into_iter().filter_map(|(record, seq)| Some((record, seq?))));
    }
    Ok(last)
}
