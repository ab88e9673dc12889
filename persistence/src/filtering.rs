//! The one function that turns a filter into a statement.

use crate::{
    audience::Audience,
    connection::{Conn, MultiBackend},
    error::QueryError,
    labels::{Targets, dangling},
    schema::{records, terms},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{Bool, Double},
};
use domain::{fault::Faults, kind::Kind, query::Filter, slug::Key, terms::Facet, time::today};

/// A filter of which every word has been looked up.
pub(crate) struct Meaning<'a> {
    pub(crate) audience: Audience,
    pub(crate) kind: Kind,
    pub(crate) today: NaiveDate,
    filter: &'a Filter,
    /// Facet by facet, the values of which one must be there.
    terms: Vec<(Facet, Vec<String>)>,
}

impl<'a> Meaning<'a> {
    /// Looks up the records that a filter names; at most two statements, and none when it names none.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for a reference that does not exist or may not be seen.
    pub(crate) fn look_up(
        conn: &mut Conn,
        audience: Audience,
        kind: Kind,
        filter: &'a Filter,
        now: DateTime<Utc>,
    ) -> Result<Self, QueryError> {
        let mut faults = Faults::new();
        if filter.statuses.iter().any(|&status| !audience.may_ask_for(status)) {
            faults.malformed("status", "needs a token that may see drafts");
        }
        let mut terms = filter.terms.clone();
        let keys: Vec<(Key, &'static [Kind])> = filter
            .references
            .iter()
            .flat_map(|(facet, keys)| keys.iter().map(|key| (key.clone(), facet.targets())))
            .collect();
        let mut targets = Targets::default();
        targets.look_up(conn, &keys)?;
        for (facet, keys) in &filter.references {
            let mut values = Vec::new();
            for key in keys {
                match targets.find(key, facet.targets()).filter(|found| audience.may_see(found.visible)) {
                    Some(found) => values.push(found.id.to_string()),
                    None => {
                        faults.malformed(facet.as_str(), format!("'{key}' {}", dangling(facet.targets())));
                    }
                }
            }
            terms.push((*facet, values));
        }
        faults.or(Self { audience, kind, today: today(now), filter, terms }).map_err(QueryError::Faults)
    }
}

/// The statement that means these records.
pub(crate) fn filtered<'a>(meaning: &'a Meaning<'_>) -> records::BoxedQuery<'a, MultiBackend> {
    let Meaning { audience, kind, today, filter, terms: facets } = meaning;
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
    for word in &filter.words {
        // A folded word holds neither '%' nor '_'.
        query = query.filter(records::folded.like(format!("%{word}%")));
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
    for (facet, values) in facets {
        // The whole key of the term but its value, so that each probe is one step down its index.
        let term = terms::table
            .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
            .filter(terms::value.eq_any(values))
            .filter(terms::visible.eq(records::visible))
            .filter(terms::sort_name.eq(records::sort_name).and(terms::record.eq(records::id)))
            .filter(terms::since.le(*today).and(terms::until.ge(*today)));
        query = query.filter(exists(term));
    }
    query
}
