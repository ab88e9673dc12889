//! Facet counts.

use crate::{
    audience::View,
    connection::Conn,
    error::{Error, QueryError},
    index::{self, Counted},
    past,
    query::{page::matching, resolved::ResolvedFilter},
    types::DbId,
};
use domain::{
    id::Id,
    query::{Filter, Scope},
    reference::ReferenceLabel,
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
    let counted = counted(conn, resolved, facets)?;
    let mut counts: BTreeMap<Facet, Vec<FacetCount>> =
        facets.iter().map(|&facet| (facet, Vec::new())).collect();
    for Counted { facet, value, label, count, .. } in counted {
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
        counts.entry(facet).or_default().push(FacetCount { value, name, count });
    }
    for list in counts.values_mut() {
        list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    }
    Ok(counts)
}

/// Counts the records that match a filter by the terms of some facets. Terms without records are omitted.
pub(crate) fn counted(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    facets: &[Facet],
) -> Result<Vec<Counted>, Error> {
    let within = matching(conn, resolved)?;
    let mut counted = index::count(conn, resolved.view, resolved.kind, facets, within.as_ref())?;
    if let Some(past) = resolved.view.past {
        let counts = past::count(conn, resolved, past)?;
        for counted in &mut counted {
            counted.count += counts.terms.get(&counted.term).copied().unwrap_or_default();
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
