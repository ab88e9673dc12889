//! Counting records by their terms.

use crate::{
    audience::Audience,
    connection::Conn,
    dialect::Among,
    error::QueryError,
    filtering::{Meaning, filtered},
    labels,
    schema::{records, terms},
    types::DbId,
};
use chrono::{DateTime, Utc};
use diesel::{dsl::count_star, prelude::*};
use domain::{
    id::Id,
    query::{Filter, Scope},
    terms::Facet,
    vocabulary::{ChamberCode, IndustryCode, LabelCode, PlanningRegionCode, RegionCode, TechnologyFieldCode},
};
use std::collections::BTreeMap;

/// How many records have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// The value: a code, a word, or a slug (an id for records without slugs).
    pub value: String,
    /// Its name, German where bilingual.
    pub name: String,
    /// How many records.
    pub count: i64,
}

/// Counts the records that a filter means, by every facet of their kind; most frequent values first.
///
/// A value counts for everything below it in its hierarchy.
pub(crate) fn count(
    conn: &mut Conn,
    audience: Audience,
    now: DateTime<Utc>,
    scope: &Scope,
    filter: &Filter,
) -> Result<BTreeMap<Facet, Vec<FacetCount>>, QueryError> {
    let meaning = Meaning::look_up(conn, audience, scope.kind, filter, now)?;
    let facets = scope.facets.iter().map(|facet| facet.as_str());
    let rows: Vec<(String, String, i64)> = terms::table
        .group_by((terms::facet, terms::value))
        .select((terms::facet, terms::value, count_star()))
        .into_boxed()
        .filter(terms::kind.eq(scope.kind.as_str()).and(terms::facet.eq_any(facets)))
        .filter(terms::since.le(meaning.today).and(terms::until.ge(meaning.today)))
        .filter(Among::new(terms::record, filtered(&meaning).select(records::id)))
        .load(conn)?;
    let ids: Vec<DbId> = rows.iter().filter_map(|(_, value, _)| Id::parse(value)).map(DbId::from).collect();
    let labels = if ids.is_empty() { Default::default() } else { labels::of_records(conn, audience, &ids)? };

    let mut counts: BTreeMap<Facet, Vec<FacetCount>> =
        scope.facets.iter().map(|&facet| (facet, Vec::new())).collect();
    for (facet, value, count) in rows {
        let Some(facet) = Facet::parse(&facet) else { continue };
        let named = match Id::parse(&value) {
            // A record that the audience may not see is no value.
            Some(id) => labels.get(&id).map(|label| {
                (label.slug.as_ref().map_or_else(|| value.clone(), ToString::to_string), label.name.clone())
            }),
            None => Some((value.clone(), name(facet, &value))),
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

/// What a value is called.
fn name(facet: Facet, value: &str) -> String {
    let name = match facet {
        Facet::Region => RegionCode::parse(value).map(|code| code.entry().name.de.as_str()),
        Facet::PlanningRegion => PlanningRegionCode::parse(value).map(|code| code.entry().name.de.as_str()),
        Facet::Industry => IndustryCode::parse(value).map(|code| code.entry().name.de.as_str()),
        Facet::TechnologyField => TechnologyFieldCode::parse(value).map(|code| code.entry().name.de.as_str()),
        Facet::Chamber => ChamberCode::parse(value).map(|code| code.entry().name.as_str()),
        Facet::Label | Facet::LabelValid => LabelCode::parse(value).map(|code| code.entry().name.as_str()),
        _ => None,
    };
    name.unwrap_or(value).to_owned()
}
