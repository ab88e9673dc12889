//! From terms to sets of records, and from sets of records to counts of terms.

use super::sets::{self, Set, element};
use crate::{
    audience::View,
    connection::{Conn, MultiBackend},
    error::Error,
    schema::{dated_terms, term_sets, terms},
    types::{DbDay, last_day},
};
use diesel::prelude::*;
use domain::{kind::Kind, terms::Facet};
use roaring::MultiOps as _;
use std::collections::HashMap;

/// Terms of a facet, by their numbers.
#[derive(Clone, Debug)]
pub(crate) struct TermGroup {
    pub(crate) facet: Facet,
    pub(crate) terms: Vec<i32>,
}

impl TermGroup {
    /// The records that have any of its terms.
    pub(crate) fn any_of(&self, sets: &HashMap<i32, Set>) -> Set {
        self.terms.iter().filter_map(|term| sets.get(term)).union()
    }
}

/// Facet by facet, the terms that stand for some values; none for those that no record ever had.
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
    let group = |(facet, values): &(Facet, Vec<String>)| {
        let is_wanted =
            |(_, of, value): &&(i32, String, String)| of == facet.as_str() && values.contains(value);
        let terms = found.iter().filter(is_wanted).map(|(term, ..)| *term).collect();
        TermGroup { facet: *facet, terms }
    };
    Ok(wanted.iter().map(group).collect())
}

/// The records that have of each group of terms one, as far as they may be seen.
pub(crate) fn having(conn: &mut Conn, view: View, groups: &[TermGroup]) -> Result<Set, Error> {
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

/// The records that have each of some terms, as far as they may be seen.
pub(crate) fn of_terms(
    conn: &mut Conn,
    view: View,
    groups: &[TermGroup],
) -> Result<HashMap<i32, Set>, Error> {
    let terms: Vec<i32> = groups.iter().flat_map(|group| group.terms.iter().copied()).collect();
    let with_days = groups.iter().filter(|group| group.facet.may_have_days());
    let with_days: Vec<i32> = with_days.flat_map(|group| group.terms.iter().copied()).collect();
    let mut found: HashMap<i32, Set> = HashMap::new();
    let chunks = term_sets::table
        .filter(term_sets::term.eq_any(&terms).and(term_sets::visible.eq_any(view.visibilities())))
        .select((term_sets::term, term_sets::records));
    for chunk in chunks.load_iter::<(i32, Vec<u8>), _>(conn)? {
        let (term, bytes) = chunk?;
        *found.entry(term).or_default() |= sets::read(&bytes)?;
    }
    if with_days.is_empty() {
        return Ok(found);
    }
    // First those that do not hold yet, since a record may have had the same term before.
    if view.past.is_some() {
        let later = dated_terms::table
            .filter(
                dated_terms::term.eq_any(&with_days).and(dated_terms::visible.eq_any(view.visibilities())),
            )
            .filter(dated_terms::in_set.eq(true).and(dated_terms::last_day.eq(DbDay(last_day()))))
            .filter(dated_terms::first_day.gt(DbDay(view.today())))
            .select((dated_terms::term, dated_terms::record));
        for (term, record) in later.load::<(i32, i32)>(conn)? {
            found.entry(term).or_default().remove(element(record));
        }
    }
    let others = dated_terms::table
        .filter(dated_terms::term.eq_any(&with_days).and(dated_terms::visible.eq_any(view.visibilities())))
        .filter(dated_terms::in_set.eq(false).and(dated_terms::first_day.le(DbDay(view.today()))))
        .filter(dated_terms::last_day.ge(DbDay(view.today())))
        .select((dated_terms::term, dated_terms::record));
    for (term, record) in others.load::<(i32, i32)>(conn)? {
        found.entry(term).or_default().insert(element(record));
    }
    Ok(found)
}

/// How many records have a term.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) facet: String,
    pub(crate) value: String,
    pub(crate) count: i64,
}

/// Which terms are counted: those of some facets of a kind, all or some values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TermSelection<'a> {
    pub(crate) kind: Kind,
    pub(crate) facets: &'a [Facet],
    pub(crate) values: Option<&'a [String]>,
}

/// How many of some records, or of all (`None`), have which term, as far as they may be seen; by the terms' numbers.
/// Those that none has are left out.
pub(crate) fn count(
    conn: &mut Conn,
    view: View,
    wanted: TermSelection<'_>,
    within: Option<&Set>,
) -> Result<HashMap<i32, Counted>, Error> {
    let day = DbDay(view.today());
    let facets_that = |is_such: &dyn Fn(&Facet) -> bool| {
        let such = wanted.facets.iter().copied().filter(is_such);
        such.map(Facet::as_str).collect::<Vec<_>>()
    };
    let (facets, with_days) = (facets_that(&|_| true), facets_that(&|facet| facet.may_have_days()));
    /// The terms that are wanted, of some facets.
    macro_rules! terms_of {
        ($terms:expr, $facets:expr) => {{
            let mut query = $terms
                .filter(terms::kind.eq(wanted.kind.as_str()).and(terms::facet.eq_any($facets)))
                .into_boxed::<MultiBackend>();
            if let Some(values) = wanted.values {
                query = query.filter(terms::value.eq_any(values));
            }
            query
        }};
    }
    /// What is kept of these terms, as far as it may be seen.
    macro_rules! kept {
        ($table:ident, $facets:expr) => {
            terms_of!(terms::table.inner_join($table::table.on($table::term.eq(terms::number))), $facets)
                .filter($table::visible.eq_any(view.visibilities()))
        };
    }
    let mut counts: HashMap<i32, i64> = HashMap::new();
    match within {
        None => {
            let sizes = kept!(term_sets, &facets).select((term_sets::term, term_sets::cardinality));
            for size in sizes.load_iter::<(i32, i32), _>(conn)? {
                let (term, size) = size?;
                *counts.entry(term).or_default() += i64::from(size);
            }
        }
        Some(within) => {
            let chunks = kept!(term_sets, &facets).select((term_sets::term, term_sets::records));
            for chunk in chunks.load_iter::<(i32, Vec<u8>), _>(conn)? {
                let (term, bytes) = chunk?;
                let number = within.intersection_len(&sets::read(&bytes)?);
                *counts.entry(term).or_default() += i64::try_from(number).unwrap_or(i64::MAX);
            }
        }
    }
    if !with_days.is_empty() {
        let is_within = |record: i32| within.is_none_or(|within| within.contains(element(record)));
        let mut correct = |step: i64, rows: Vec<(i32, i32)>| {
            for (term, _) in rows.into_iter().filter(|(_, record)| is_within(*record)) {
                *counts.entry(term).or_default() += step;
            }
        };
        let columns = (dated_terms::term, dated_terms::record);
        if view.past.is_some() {
            let later = kept!(dated_terms, &with_days)
                .filter(dated_terms::in_set.eq(true).and(dated_terms::last_day.eq(DbDay(last_day()))))
                .filter(dated_terms::first_day.gt(day));
            correct(-1, later.select(columns).load(conn)?);
        }
        let others = kept!(dated_terms, &with_days)
            .filter(dated_terms::in_set.eq(false).and(dated_terms::first_day.le(day)))
            .filter(dated_terms::last_day.ge(day));
        correct(1, others.select(columns).load(conn)?);
    }
    let names = terms_of!(terms::table, &facets).select((terms::number, terms::facet, terms::value));
    let mut found = HashMap::with_capacity(counts.len());
    for name in names.load_iter::<(i32, String, String), _>(conn)? {
        let (term, facet, value) = name?;
        if let Some(&count) = counts.get(&term).filter(|count| **count > 0) {
            found.insert(term, Counted { facet, value, count });
        }
    }
    Ok(found)
}

/// How many records of a kind there are, as far as they may be seen.
pub(crate) fn total(conn: &mut Conn, view: View, kind: Kind) -> Result<i64, Error> {
    let wanted = TermSelection { kind, facets: &[Facet::Record], values: None };
    Ok(count(conn, view, wanted, None)?.into_values().map(|counted| counted.count).sum())
}
