//! Counting records by their terms.

use crate::{
    audience::View,
    connection::Conn,
    counts,
    dialect::Among,
    error::{Error, QueryError},
    filtering::{filtered, walked},
    forward::{self, Numbers, RECORDS},
    labels,
    meaning::Meaning,
    past,
    schema::{forward_places, postings, records, terms},
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
    let rows = numbers(conn, view, scope, facets, filter)?;
    let ids: Vec<DbId> = rows.iter().filter_map(|(_, value, _)| Id::parse(value)).map(DbId::from).collect();
    let labels = match view.past {
        _ if ids.is_empty() => Default::default(),
        None => labels::of_records(conn, view.audience, &ids)?,
        Some(past) => past::labels(conn, past, &ids)?,
    };

    let mut counts: BTreeMap<Facet, Vec<FacetCount>> =
        facets.iter().map(|&facet| (facet, Vec::new())).collect();
    for (facet, value, count) in rows {
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

/// How many records that a filter means have which term: facet, value, number.
pub(crate) fn numbers(
    conn: &mut Conn,
    view: View,
    scope: &Scope,
    facets: &[Facet],
    filter: &Filter,
) -> Result<Vec<(String, String, i64)>, QueryError> {
    let kind = scope.kind.as_str();
    let names: Vec<&str> = facets.iter().map(|facet| facet.as_str()).collect();
    let counted = |conn: &mut Conn, region: Option<&str>| {
        counts::of_terms(conn, kind, view.audience.visible(), region, &names, None, view.today())
    };
    if view.past.is_none() {
        if filter.is_empty() {
            return Ok(counted(conn, None)?);
        }
        if let Some(district) = only_district(scope.kind, filter) {
            return Ok(counted(conn, Some(district))?);
        }
    }
    let meaning = Meaning::look_up(conn, view, scope.kind, filter)?;
    let driver = meaning.driver();
    // What every record has keeps none out.
    if driver.is_some() && meaning.terms.iter().all(|wanted| wanted.is_common(meaning.total)) {
        return Ok(counted(conn, None)?);
    }
    Ok(of_terms(conn, &meaning, &names)?)
}

/// How many of the records that a filter of terms means have which term, of some facets: facet, value, number.
pub(crate) fn of_terms(
    conn: &mut Conn,
    meaning: &Meaning<'_>,
    facets: &[&str],
) -> Result<Vec<(String, String, i64)>, Error> {
    let names: Vec<(i32, String, String)> = terms::table
        .filter(terms::kind.eq(meaning.kind.as_str()).and(terms::facet.eq_any(facets)))
        .select((terms::number, terms::facet, terms::value))
        .load(conn)?;
    let numbers = counted(conn, meaning)?;
    let named = names.into_iter().map(|(term, facet, value)| (facet, value, numbers.of(term)));
    Ok(named.filter(|(.., number)| *number > 0).collect())
}

/// Counts the records that a filter means, and their terms: those of terms that many records have by going through all
/// blocks of the index, all others by looking up where they stand.
pub(crate) fn counted(conn: &mut Conn, meaning: &Meaning<'_>) -> Result<Numbers, Error> {
    if is_of_many(meaning) {
        let groups: Vec<&[i32]> = meaning.terms.iter().map(|wanted| wanted.terms.as_slice()).collect();
        return forward::count_having(conn, meaning.kind, &groups, meaning.today);
    }
    let places = forward_places::table.into_boxed();
    let places = match meaning.driver() {
        Some(driver) => {
            let found = walked(meaning, driver).select(postings::record);
            places.filter(Among::new(forward_places::record, found))
        }
        None => {
            let found = filtered(meaning).select(records::id);
            places.filter(Among::new(forward_places::record, found))
        }
    };
    let mut numbers = forward::count(conn, places, meaning.today)?;
    if let Some(past) = meaning.past {
        past::count(conn, meaning, past, &mut numbers)?;
    }
    Ok(numbers)
}

/// Whether a filter asks for nothing but terms, and so many records have the rarest that most blocks hold one.
pub(crate) fn is_of_many(meaning: &Meaning<'_>) -> bool {
    /// Groups of terms that [`forward::count_having`] tells apart.
    const GROUPS: usize = 63;
    let blocks = meaning.total / i64::try_from(RECORDS).unwrap_or(1);
    meaning.is_of_public_terms()
        && meaning.terms.len() <= GROUPS
        && meaning.terms.first().is_some_and(|rarest| rarest.count > blocks)
}

/// The district that is all that a filter of members asks for: counters are kept for each. Those of a larger region are
/// more rows than the blocks of the index.
fn only_district(kind: Kind, filter: &Filter) -> Option<&str> {
    match (kind, filter.terms.as_slice()) {
        (Kind::Member, [(Facet::Region, codes)])
            if filter.is_of_terms() && filter.references.is_empty() && codes.len() == 1 =>
        {
            codes.first().map(String::as_str).filter(|code| code.len() == DISTRICT)
        }
        _ => None,
    }
}

/// How long the NUTS code of a district is (Regulation (EC) No 1059/2003, Annex I, level 3).
const DISTRICT: usize = 5;

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
