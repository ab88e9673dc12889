//! Counts of past states.

use super::{
    Past, packing,
    walking::{ANY, BATCH, Rest, standing, walk},
};
use crate::{connection::Conn, error::Error, query::resolved::ResolvedFilter};
use diesel::{dsl::count_star, prelude::*};
use std::collections::HashMap;

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
