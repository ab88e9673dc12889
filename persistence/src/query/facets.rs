//! Facet counts.

use crate::{
    audience::View,
    connection::Conn,
    error::{Error, QueryError},
    index::{self, Amounts, Counted},
    past,
    query::{page::matching, resolved::ResolvedFilter},
    types::DbId,
};
use domain::{
    id::Id,
    query::{Filter, Scope},
    reference::ReferenceLabel,
    scalar::Euro,
    terms::Facet,
    vocabulary::EntryName,
};
use std::collections::BTreeMap;

/// The number of records that have a value.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCount {
    /// The value: a code, a word or a slug. An id for records without slugs.
    pub value: String,
    /// The display name, in German and English for bilingual vocabularies.
    pub name: EntryName,
    /// The number of records.
    pub count: i64,
    /// The sum of their amounts, if the kind has one that is summed.
    pub amount: Option<Euro>,
}

/// Counts the records that match a filter by some facets, most frequent values first. A value of a hierarchy
/// includes everything below it.
pub(crate) fn count(
    conn: &mut Conn,
    view: View,
    scope: &Scope,
    facets: &[Facet],
    filter: &Filter,
) -> Result<BTreeMap<Facet, Vec<FacetCount>>, QueryError> {
    let resolved = ResolvedFilter::resolve(conn, view, scope.kind, filter)?;
    Ok(count_resolved(conn, &resolved, facets)?)
}

/// Like [`count`], for a resolved filter.
pub(crate) fn count_resolved(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    facets: &[Facet],
) -> Result<BTreeMap<Facet, Vec<FacetCount>>, Error> {
    let is_summed = Scope::of_kind(resolved.kind).summed;
    let amounts =
        if is_summed { Amounts::load(conn, resolved.view, resolved.kind)? } else { Amounts::default() };
    let counted = counted_with(conn, resolved, facets, &amounts)?;
    Ok(by_facet(resolved, facets, counted, |counted| is_summed.then(|| Euro::of_cents(counted.cents))))
}

/// Groups counts by facet, names their values, and sorts them.
fn by_facet(
    resolved: &ResolvedFilter<'_>,
    facets: &[Facet],
    counted: Vec<Counted>,
    amount: impl Fn(&Counted) -> Option<Euro>,
) -> BTreeMap<Facet, Vec<FacetCount>> {
    let mut counts: BTreeMap<Facet, Vec<FacetCount>> =
        facets.iter().map(|&facet| (facet, Vec::new())).collect();
    for counted in counted {
        let amount = amount(&counted);
        let Counted { facet, value, label, count, .. } = counted;
        let (value, name) = match label {
            Some(ReferenceLabel { slug, name, .. }) => {
                (slug.map_or(value, |slug| slug.to_string()), EntryName::Proper(name))
            }
            // A record that the audience may not see is not a value.
            None if !facet.targets().is_empty() => continue,
            None => {
                let name = facet.name_of(resolved.kind, &value);
                (value, name)
            }
        };
        counts.entry(facet).or_default().push(FacetCount { value, name, count, amount });
    }
    for list in counts.values_mut() {
        list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    }
    counts
}

/// Counts the records that match a filter by the terms of some facets. Terms without records are omitted.
pub(crate) fn counted(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    facets: &[Facet],
) -> Result<Vec<Counted>, Error> {
    counted_with(conn, resolved, facets, &Amounts::default())
}

/// Like [`counted`], with the sums of these amounts.
fn counted_with(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    facets: &[Facet],
    amounts: &Amounts,
) -> Result<Vec<Counted>, Error> {
    let within = matching(conn, resolved)?;
    let mut counted = index::count(conn, resolved.view, resolved.kind, facets, within.as_ref(), amounts)?;
    if let Some(past) = resolved.view.past {
        let past::Counts { terms, cents, .. } = past::count(conn, resolved, past, &amounts.bits())?;
        for counted in &mut counted {
            counted.count += terms.get(&counted.term).copied().unwrap_or_default();
            counted.cents += cents.get(&counted.term).copied().unwrap_or_default();
        }
    }
    counted.retain(|counted| counted.count > 0);
    if let Some(past) = resolved.view.past {
        let references = counted.iter().filter(|counted| !counted.facet.targets().is_empty());
        let ids: Vec<DbId> =
            references.filter_map(|counted| Id::parse(&counted.value)).map(DbId::from).collect();
        let labels = past::labels(conn, past, &ids)?;
        for counted in &mut counted {
            counted.label = Id::parse(&counted.value).and_then(|id| labels.get(&id).cloned());
        }
    }
    Ok(counted)
}
