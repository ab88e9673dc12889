//! From terms to sets of records.

use super::{
    dated::{self, DatedCondition, Exception},
    sets::{self, Set, element},
};
use crate::{
    audience::View,
    connection::Conn,
    error::Error,
    schema::{dated_terms, term_sets, terms},
};
use diesel::prelude::*;
use domain::{kind::Kind, terms::Facet};
use roaring::MultiOps as _;
use std::collections::HashMap;

/// Numbers of terms of a facet.
#[derive(Clone, Debug)]
pub(crate) struct TermGroup {
    pub(crate) facet: Facet,
    pub(crate) terms: Vec<i32>,
}

impl TermGroup {
    /// Returns the records that have any of the terms.
    pub(crate) fn any_of(&self, sets: &HashMap<i32, Set>) -> Set {
        self.terms.iter().filter_map(|term| sets.get(term)).union()
    }
}

/// Returns the terms of some values, in one group per facet. Values that no record ever had are omitted.
pub(crate) fn look_up(
    conn: &mut Conn,
    kind: Kind,
    wanted: &[(Facet, Vec<String>)],
) -> Result<Vec<TermGroup>, Error> {
    let facets = wanted.iter().map(|(facet, _)| facet.as_str());
    let values = wanted.iter().flat_map(|(_, values)| values);
    let found: Vec<(i32, String, String)> = terms::table
        .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq_any(facets)))
        .filter(terms::value.eq_any(values))
        .select((terms::number, terms::facet, terms::value))
        .load(conn)?;
    let numbers: HashMap<(&str, &str), i32> =
        found.iter().map(|(term, facet, value)| ((facet.as_str(), value.as_str()), *term)).collect();
    let group = |(facet, values): &(Facet, Vec<String>)| {
        let number = |value: &String| numbers.get(&(facet.as_str(), value.as_str())).copied();
        TermGroup { facet: *facet, terms: values.iter().filter_map(number).collect() }
    };
    Ok(wanted.iter().map(group).collect())
}

/// Returns the visible records that have at least one term of each group.
pub(crate) fn having(conn: &mut Conn, view: View<'_>, groups: &[TermGroup]) -> Result<Set, Error> {
    let mut sets: Vec<Set> = Vec::new();
    if groups.iter().any(|group| group.terms.is_empty()) {
        return Ok(Set::new());
    }
    let of_terms = of_terms(conn, view, groups)?;
    for group in groups {
        sets.push(group.any_of(&of_terms));
    }
    sets.sort_unstable_by_key(Set::len);
    let mut sets = sets.into_iter();
    let rarest = sets.next().unwrap_or_default();
    Ok(sets.fold(rarest, |all, set| all & set))
}

/// Returns the visible records of each term.
pub(crate) fn of_terms(
    conn: &mut Conn,
    view: View<'_>,
    groups: &[TermGroup],
) -> Result<HashMap<i32, Set>, Error> {
    let terms: Vec<i32> = groups.iter().flat_map(|group| group.terms.iter().copied()).collect();
    let with_days = groups.iter().filter(|group| group.facet.spec().may_have_days);
    let with_days: Vec<i32> = with_days.flat_map(|group| group.terms.iter().copied()).collect();
    let mut found: HashMap<i32, Set> = HashMap::new();
    let chunks = term_sets::table
        .filter(term_sets::term.eq_any(&terms).and(term_sets::visible.eq_any(view.visibilities())))
        .select((term_sets::term, term_sets::records));
    for chunk in chunks.load_iter::<(i32, Vec<u8>), _>(conn)? {
        let (term, bytes) = chunk?;
        *found.entry(term).or_default() |= sets::read(&bytes)?;
    }
    if !with_days.is_empty() {
        let are_wanted = || Box::new(dated_terms::term.eq_any(&with_days)) as DatedCondition<'_>;
        for Exception { term, record, holds } in dated::exceptions(conn, view, are_wanted)? {
            let set = found.entry(term).or_default();
            let _ = if holds { set.insert(element(record)) } else { set.remove(element(record)) };
        }
    }
    Ok(found)
}
