//! SQL conditions for the parts of a filter that are not terms. Terms are resolved to a set of record numbers.

use crate::{
    audience::Audience,
    connection::MultiBackend,
    dialect::{NumberList, TEXT_CONDITION},
    query::{resolved::ResolvedFilter, text::ResolvedText},
    schema::records,
    types::{DbId, DbMoment},
};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Double, Text},
};

type Statement<'a> = records::BoxedQuery<'a, MultiBackend>;

/// Selects the records that match the conditions. If a set covers the area, records at its edge are included
/// unchecked.
pub(crate) fn filtered<'a>(resolved: &'a ResolvedFilter<'_>) -> Statement<'a> {
    let of_kind = records::table.filter(records::kind.eq(resolved.kind.as_str())).into_boxed();
    let query = narrowed(resolved, of_kind);
    if resolved.at_edge.is_some() { query } else { within_area(resolved, query) }
}

/// Like [`filtered`], but only among the given records of the kind. There is no condition on the kind, so that the
/// planner does not choose an index by kind.
pub(crate) fn filtered_among<'a>(resolved: &'a ResolvedFilter<'_>, among: &'a NumberList) -> Statement<'a> {
    narrowed(resolved, in_area_among(resolved, among))
}

/// Selects those of the given records that lie in the area of the filter, if it has one.
pub(crate) fn in_area_among<'a>(resolved: &'a ResolvedFilter<'_>, among: &'a NumberList) -> Statement<'a> {
    let NumberList { before, numbers, after } = among;
    let among = sql::<Bool>(before).bind::<Text, _>(numbers).sql(after);
    within_area(resolved, records::table.filter(among).into_boxed())
}

/// Adds the conditions for visibility, and for everything in the filter that is neither a term nor an area.
fn narrowed<'a>(resolved: &'a ResolvedFilter<'_>, mut query: Statement<'a>) -> Statement<'a> {
    let ResolvedFilter { view, filter, own, text, few_unchanged, .. } = resolved;
    match view.audience {
        Audience::Public => query = query.filter(records::visible.eq(true)),
        Audience::Chamber(chamber) => query = query.filter(records::chamber.eq(&chamber.entry().slug)),
        Audience::Manager(_) => {
            query = query.filter(records::visible.eq(true).or(records::number.eq_any(own)));
        }
        Audience::Staff => {}
    }
    if !filter.statuses.is_empty() {
        query = query.filter(records::status.eq_any(filter.statuses.iter().map(|status| status.as_str())));
    }
    if !filter.ids.is_empty() {
        query = query.filter(records::id.eq_any(filter.ids.iter().map(|id| DbId::from(*id))));
    }
    if let Some(ResolvedText { expression: Some(expression), .. }) = text {
        let (before, after) = TEXT_CONDITION;
        query = query.filter(sql::<Bool>(before).bind::<Text, _>(expression).sql(after));
    }
    if let Some(past) = view.past {
        query = query.filter(records::changed_at.le(past.moment));
    }
    if let Some(ids) = few_unchanged {
        query = query.filter(records::id.eq_any(ids));
    }
    if let Some(moment) = filter.updated_since {
        query = query.filter(records::updated_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.from {
        query = query.filter(records::ends_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.to {
        query = query.filter(records::starts_at.assume_not_null().le(DbMoment(moment)));
    }
    query
}

/// Adds the conditions for the area.
fn within_area<'a>(resolved: &'a ResolvedFilter<'_>, mut query: Statement<'a>) -> Statement<'a> {
    let filter = resolved.filter;
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
    query
}
