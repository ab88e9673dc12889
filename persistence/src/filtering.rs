//! The statements that mean a filter: over all records, along a term, and for a state that is in no table.

use crate::{
    audience::Audience,
    connection::MultiBackend,
    dialect::Among,
    meaning::{Meaning, TextCondition, Wanted},
    preparing::Prepared,
    schema::{records, revisions, terms},
    types::{DbId, DbMoment},
};
use diesel::{
    dsl::{exists, not, sql},
    prelude::*,
    sql_types::{Bool, Double, Text},
};
use domain::place::Location;

/// The terms that a walk along one of them gives, in the order of names: the others are probed for each.
pub(crate) fn walked<'a>(meaning: &'a Meaning<'_>, driver: usize) -> terms::BoxedQuery<'a, MultiBackend> {
    let mut query = terms::table.filter(terms::kind.eq(meaning.kind.as_str())).into_boxed();
    query = query.filter(terms::visible.eq(true));
    query = query.filter(terms::since.le(meaning.today).and(terms::until.ge(meaning.today)));
    for (index, Wanted { facet, values, .. }) in meaning.terms.iter().enumerate() {
        if index == driver {
            query = query.filter(terms::facet.eq(facet.as_str()));
            // One value, so that the walk is in order.
            if let Some(value) = values.first() {
                query = query.filter(terms::value.eq(value));
            }
        } else {
            let probe = diesel::alias!(terms as probe);
            let other = probe
                .filter(probe.field(terms::kind).eq(meaning.kind.as_str()))
                .filter(probe.field(terms::facet).eq(facet.as_str()))
                .filter(probe.field(terms::value).eq_any(values))
                .filter(probe.field(terms::visible).eq(true))
                .filter(probe.field(terms::sort_name).eq(terms::sort_name))
                .filter(probe.field(terms::record).eq(terms::record))
                .filter(probe.field(terms::since).le(meaning.today))
                .filter(probe.field(terms::until).ge(meaning.today))
                // Keeps planners from turning the probes into a join of everything with everything.
                .offset(0);
            query = query.filter(exists(other));
        }
    }
    query
}

/// The statement that means these records.
pub(crate) fn filtered<'a>(meaning: &'a Meaning<'_>) -> records::BoxedQuery<'a, MultiBackend> {
    let Meaning { audience, kind, today, filter, text, terms: facets, .. } = meaning;
    let mut query = records::table.filter(records::kind.eq(kind.as_str())).into_boxed();
    if *audience == Audience::Public {
        query = query.filter(records::visible.eq(true));
    }
    if !filter.statuses.is_empty() {
        query = query.filter(records::status.eq_any(filter.statuses.iter().map(|status| status.as_str())));
    }
    if !filter.ids.is_empty() {
        query = query.filter(records::id.eq_any(filter.ids.iter().map(|id| DbId::from(*id))));
    }
    if let Some(TextCondition { before, expression, after, .. }) = text {
        query = query.filter(sql::<Bool>(before).bind::<Text, _>(expression).sql(after));
    }
    if let Some(number) = meaning.unchanged_since {
        let later = revisions::table.filter(revisions::record.eq(records::id).and(revisions::seq.gt(number)));
        query = query.filter(not(exists(later)));
    }
    if let Some(moment) = filter.updated_since {
        query = query.filter(records::updated_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.from {
        query = query.filter(records::ends_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.to {
        query = query.filter(records::starts_at.le(DbMoment(moment)));
    }
    if let Some(area) = filter.bbox {
        query = query.filter(records::lat.ge(area.south).and(records::lat.le(area.north)));
        query = if area.west <= area.east {
            query.filter(records::lon.ge(area.west).and(records::lon.le(area.east)))
        } else {
            query.filter(records::lon.ge(area.west).or(records::lon.le(area.east)))
        };
    }
    if let Some(circle) = filter.near {
        let [x, y, z] = circle.centre.unit_vector();
        query = query.filter(
            sql::<Bool>("records.x * ")
                .bind::<Double, _>(x)
                .sql(" + records.y * ")
                .bind::<Double, _>(y)
                .sql(" + records.z * ")
                .bind::<Double, _>(z)
                .sql(" >= ")
                .bind::<Double, _>(circle.least_product()),
        );
    }
    for (index, Wanted { facet, values, count }) in facets.iter().enumerate() {
        if index == 0 && *count <= FEW {
            // So few that they are better looked at one by one than looked for.
            let term = terms::table
                .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
                .filter(terms::value.eq_any(values))
                .filter(terms::since.le(*today).and(terms::until.ge(*today)))
                .select(terms::record)
                .into_boxed();
            query = query.filter(Among::new(records::id, term));
            continue;
        }
        // The whole key of the term but its value, so that each probe is one step down its index.
        let term = terms::table
            .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
            .filter(terms::value.eq_any(values))
            .filter(terms::visible.eq(records::visible))
            .filter(terms::sort_name.eq(records::sort_name).and(terms::record.eq(records::id)))
            .filter(terms::since.le(*today).and(terms::until.ge(*today)))
            .offset(0);
        query = query.filter(exists(term));
    }
    query
}

/// So many records with a term are few.
const FEW: i64 = 2_000;

/// Whether a state of a record is among those that [`filtered`] means: the same conditions on rows that are in no
/// table, since they are past.
pub(crate) fn matches(meaning: &Meaning<'_>, prepared: &Prepared) -> bool {
    let Meaning { audience, today, filter, text, terms: wanted, .. } = meaning;
    let Prepared { record, terms, document, .. } = prepared;
    let place = record.lat.zip(record.lon).map(|(lat, lon)| Location { lat, lon });
    let has_term = |wanted: &Wanted| {
        terms.iter().any(|term| {
            term.facet == wanted.facet.as_str()
                && wanted.values.contains(&term.value)
                && term.since <= *today
                && term.until >= *today
        })
    };
    audience.may_see(record.visible)
        && (filter.statuses.is_empty()
            || filter.statuses.iter().any(|status| status.as_str() == record.status))
        && (filter.ids.is_empty() || filter.ids.contains(&record.id.into()))
        && text
            .as_ref()
            .is_none_or(|text| document.as_ref().is_some_and(|document| text.question.matches(document)))
        && filter.updated_since.is_none_or(|moment| record.updated_at.0 >= moment)
        && filter.from.is_none_or(|moment| record.ends_at.0 >= moment)
        && filter.to.is_none_or(|moment| record.starts_at.0 <= moment)
        && filter.bbox.is_none_or(|area| place.is_some_and(|place| area.contains(place)))
        && filter.near.is_none_or(|circle| place.is_some_and(|place| circle.contains(place)))
        && wanted.iter().all(has_term)
}
