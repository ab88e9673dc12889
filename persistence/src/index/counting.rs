//! From sets of records to counts of terms.

use super::{
    amounts::Amounts,
    cache::{FacetCache, Moment, cache_at},
    dated::{self, DatedCondition, Exception},
    sets::{self, Set, element},
};
use crate::{
    audience::View,
    connection::{Conn, MultiBackend},
    error::Error,
    query::labels,
    schema::{dated_terms, term_sets, terms},
    types::DbId,
};
use diesel::prelude::*;
use domain::{id::Id, kind::Kind, reference::ReferenceLabel, terms::Facet};
use fixedbitset::FixedBitSet;
use std::{collections::BTreeMap, mem::discriminant, sync::Arc};

/// The number of records that have a term.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) term: i32,
    pub(crate) facet: Facet,
    pub(crate) value: String,
    /// The label of the record that the value names. `None` if the value names no visible record, if only some
    /// values were requested, and with `as_of`.
    pub(crate) label: Option<ReferenceLabel>,
    pub(crate) count: i64,
    /// The sum of their amounts in cents. 0 if amounts are not summed.
    pub(crate) cents: u128,
}

/// Counts the visible records by the terms of some facets, among `within` or among all, and sums their amounts. With
/// `as_of`, terms without records are included.
pub(crate) fn count(
    conn: &mut Conn,
    view: View<'_>,
    kind: Kind,
    facets: &[Facet],
    within: Option<&Set>,
    amounts: &Amounts,
) -> Result<Vec<Counted>, Error> {
    let cache = cache_at(conn, view)?;
    let within = within.map(Within::new);
    let mut counted = Vec::new();
    for &facet in facets {
        let sets = sets_of(conn, view, kind, facet, cache)?;
        let counts = sets.iter().map(|set| (set, set.count(within.as_ref())));
        let counts = counts.filter(|(_, count)| *count > 0 || view.past.is_some());
        counted.extend(counts.map(|(set, count)| Counted {
            cents: amounts.sum(&set.records, within.as_ref()),
            ..set.counted(facet, count)
        }));
    }
    Ok(counted)
}

/// Returns the sets of all values of a facet, from the cache if it has them.
pub(super) fn sets_of(
    conn: &mut Conn,
    view: View<'_>,
    kind: Kind,
    facet: Facet,
    cache: Option<(&FacetCache, Moment)>,
) -> Result<Arc<Vec<ValueSet>>, Error> {
    let key = (kind, facet, discriminant(&view.audience));
    if let Some(sets) = cache.and_then(|(cache, moment)| cache.get(moment, key)) {
        return Ok(sets);
    }
    let sets = Arc::new(load(conn, view, kind, facet, None)?);
    if let Some((cache, moment)) = cache {
        cache.insert(moment, key, &sets);
    }
    Ok(sets)
}

/// Counts the visible records that have the given values of a facet. Without labels.
pub(crate) fn count_values(
    conn: &mut Conn,
    view: View<'_>,
    kind: Kind,
    facet: Facet,
    values: &[String],
) -> Result<Vec<Counted>, Error> {
    let sets = load(conn, view, kind, facet, Some(values))?;
    Ok(sets.iter().map(|set| set.counted(facet, set.count(None))).collect())
}

/// Counts the visible records of a kind.
pub(crate) fn total(conn: &mut Conn, view: View<'_>, kind: Kind) -> Result<i64, Error> {
    Ok(count(conn, view, kind, &[Facet::Record], None, &Amounts::default())?
        .into_iter()
        .map(|counted| counted.count)
        .sum())
}

/// The records that have a value of a facet.
#[derive(Debug, Default)]
pub(super) struct ValueSet {
    pub(super) term: i32,
    pub(super) value: String,
    pub(super) label: Option<ReferenceLabel>,
    pub(super) records: Set,
}

impl ValueSet {
    fn count(&self, within: Option<&Within<'_>>) -> i64 {
        let count = within.map_or_else(|| self.records.len(), |within| within.count(&self.records));
        count.cast_signed()
    }

    fn counted(&self, facet: Facet, count: i64) -> Counted {
        let Self { term, value, label, .. } = self;
        Counted { term: *term, facet, value: value.clone(), label: label.clone(), count, cents: 0 }
    }

    /// Approximate memory use in bytes.
    pub(super) fn size(&self) -> usize {
        let label = self.label.as_ref().map_or(0, |label| 2 * label.name.len());
        size_of::<Self>() + self.value.len() + label + 2 * self.records.serialized_size()
    }
}

/// The records among which to count.
pub(super) struct Within<'a> {
    pub(super) set: &'a Set,
    /// The same set as plain bits. Thousands of small sets are tested against it, record by record.
    bits: FixedBitSet,
}

impl<'a> Within<'a> {
    pub(super) fn new(set: &'a Set) -> Self {
        let mut bits = FixedBitSet::with_capacity(set.max().map_or(0, |last| last as usize + 1));
        set.iter().for_each(|element| bits.insert(element as usize));
        Self { set, bits }
    }

    /// Counts how many of `records` are in the set.
    ///
    /// Roaring bitmaps store up to 4,096 of 65,536 numbers as a list, and more as bits. Intersecting two lists of
    /// similar length is slow, because its branches are unpredictable, so the records of one are looked up instead.
    /// If one list is much longer or one side is bits, intersecting is faster.
    fn count(&self, records: &Set) -> u64 {
        let chunks = records.max().map_or(0, |last| u64::from(last >> 16) + 1);
        if records.len() < (4 * self.set.len()).min(4_096 * chunks) {
            records.iter().filter(|&element| self.bits.contains(element as usize)).count() as u64
        } else {
            self.set.intersection_len(records)
        }
    }
}

/// Loads the sets of all or some values of a facet, for the day of the view.
fn load(
    conn: &mut Conn,
    view: View<'_>,
    kind: Kind,
    facet: Facet,
    values: Option<&[String]>,
) -> Result<Vec<ValueSet>, Error> {
    let seen = term_sets::term.eq(terms::number).and(term_sets::visible.eq_any(view.visibilities()));
    let mut rows = terms::table
        .left_join(term_sets::table.on(seen))
        .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
        .select((terms::number, terms::value, term_sets::records.nullable()))
        .into_boxed::<MultiBackend>();
    if let Some(values) = values {
        rows = rows.filter(terms::value.eq_any(values));
    }
    let mut found: BTreeMap<i32, ValueSet> = BTreeMap::new();
    for row in rows.load_iter::<(i32, String, Option<Vec<u8>>), _>(conn)? {
        let (term, value, bytes) = row?;
        let set = found.entry(term).or_insert(ValueSet { term, value, ..ValueSet::default() });
        if let Some(bytes) = bytes {
            set.records |= sets::read(&bytes)?;
        }
    }
    if facet.spec().may_have_days {
        let of_facet = terms::table
            .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
            .select(terms::number);
        let some: Vec<i32> = found.keys().copied().collect();
        let are_wanted = || match values {
            Some(_) => Box::new(dated_terms::term.eq_any(&some)) as DatedCondition<'_>,
            None => Box::new(dated_terms::term.eq_any(of_facet)),
        };
        for Exception { term, record, holds } in dated::exceptions(conn, view, are_wanted)? {
            if let Some(ValueSet { records, .. }) = found.get_mut(&term) {
                let _ = if holds { records.insert(element(record)) } else { records.remove(element(record)) };
            }
        }
    }
    let mut found: Vec<ValueSet> = found.into_values().collect();
    if values.is_none() && view.past.is_none() && !facet.targets().is_empty() {
        let ids: Vec<DbId> = found.iter().filter_map(|set| Id::parse(&set.value)).map(DbId::from).collect();
        let mut labels = labels::of_records(conn, view.audience, &ids)?;
        for set in &mut found {
            set.label = Id::parse(&set.value).and_then(|id| labels.remove(&id));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_sets_are_counted_alike() {
        let all: Set = (0..100_000).step_by(3).collect();
        for records in [Set::new(), (0..40).collect(), (50_000..90_000).collect(), (0..400_000).collect()] {
            for within in [Set::new(), (0..10).collect(), all.clone(), (0..300_000).collect()] {
                assert_eq!(Within::new(&within).count(&records), within.intersection_len(&records));
            }
        }
    }
}
