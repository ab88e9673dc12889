//! Counting records by their terms.

use crate::{
    audience::View,
    connection::Conn,
    error::{Error, QueryError},
    index::{self, Counted, TermSelection},
    labels,
    pages::matching,
    past,
    resolving::ResolvedFilter,
    schema::terms,
    types::DbId,
};
use diesel::prelude::*;
use domain::{
    id::Id,
    kind::Kind,
    query::{Filter, Scope, name_of},
    terms::Facet,
    vocabulary::{Chamber, Entry, EntryName, Industry, Label, PlanningRegion, Region, TechnologyField},
};
use std::collections::BTreeMap;

/// How many records have a value.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCount {
    /// The value: a code, a word, or a slug (an id for records without slugs).
    pub value: String,
    /// What it is called: in German and English where it is of a bilingual vocabulary.
    pub name: EntryName,
    /// How many records.
    pub count: i64,
}

/// Counts the records that a filter means, by some facets; most frequent values first.
///
/// A value counts for everything below it in its hierarchy.
pub(crate) fn count(
    conn: &mut Conn,
    view: View,
    scope: &Scope,
    facets: &[Facet],
    filter: &Filter,
) -> Result<BTreeMap<Facet, Vec<FacetCount>>, QueryError> {
    let resolved = ResolvedFilter::resolve(conn, view, scope.kind, filter)?;
    let counted = counted(conn, &resolved, facets)?;
    let ids: Vec<DbId> =
        counted.iter().filter_map(|counted| Id::parse(&counted.value)).map(DbId::from).collect();
    let labels = match view.past {
        _ if ids.is_empty() => Default::default(),
        None => labels::of_records(conn, view.audience, &ids)?,
        Some(past) => past::labels(conn, past, &ids)?,
    };

    let mut counts: BTreeMap<Facet, Vec<FacetCount>> =
        facets.iter().map(|&facet| (facet, Vec::new())).collect();
    for Counted { facet, value, count } in counted {
        let Some(facet) = Facet::parse(&facet) else { continue };
        let named = match Id::parse(&value) {
            // A record that the audience may not see is no value.
            Some(id) => labels.get(&id).map(|label| {
                let name = EntryName::Proper(label.name.clone());
                (label.slug.as_ref().map_or_else(|| value.clone(), ToString::to_string), name)
            }),
            None => Some((value.clone(), name(scope.kind, facet, &value))),
        };
        if let (Some((value, name)), Some(list)) = (named, counts.get_mut(&facet)) {
            list.push(FacetCount { value, name, count });
        }
    }
    for list in counts.values_mut() {
        list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    }
    Ok(counts)
}

/// How many of the records that a filter means have which term, of some facets.
pub(crate) fn counted(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    facets: &[Facet],
) -> Result<Vec<Counted>, Error> {
    let within = matching(conn, resolved)?;
    let wanted = TermSelection { kind: resolved.kind, facets, values: None };
    let mut counted = index::count(conn, resolved.view, wanted, within.as_ref())?;
    if let Some(past) = resolved.view.past {
        let past = past::count(conn, resolved, past)?;
        let names: Vec<(i32, String, String)> = terms::table
            .filter(terms::kind.eq(resolved.kind.as_str()))
            .filter(terms::facet.eq_any(facets.iter().map(|facet| facet.as_str())))
            .select((terms::number, terms::facet, terms::value))
            .load(conn)?;
        for (term, facet, value) in names {
            if let Some(number) = past.terms.get(&term) {
                counted.entry(term).or_insert(Counted { facet, value, count: 0 }).count += number;
            }
        }
    }
    Ok(counted.into_values().collect())
}

/// What a value is called.
fn name(kind: Kind, facet: Facet, value: &str) -> EntryName {
    let name = match facet {
        Facet::Region => Region::find(value).map(Entry::name),
        Facet::PlanningRegion => PlanningRegion::find(value).map(Entry::name),
        Facet::Industry => Industry::find(value).map(Entry::name),
        Facet::TechnologyField => TechnologyField::find(value).map(Entry::name),
        Facet::Chamber => Chamber::find(value).map(Entry::name),
        Facet::Label | Facet::LabelValid => Label::find(value).map(Entry::name),
        _ => name_of(kind, facet, value).map(|name| EntryName::Proper(name.to_owned())),
    };
    name.unwrap_or_else(|| EntryName::Proper(value.to_owned()))
}
