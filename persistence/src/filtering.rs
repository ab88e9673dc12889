//! The statements that mean a filter: over all records, and along a term.

use crate::{
    audience::Audience,
    connection::MultiBackend,
    dialect::Among,
    meaning::{Meaning, TextCondition, Wanted},
    schema::{postings, records},
    signature::bits,
    types::{DbDay, DbId, DbMoment},
};
use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{BigInt, Bool, Double, Text},
};

/// The postings that a walk along a term gives, in the order of names: the others are probed for each.
pub(crate) fn walked<'a>(meaning: &'a Meaning<'_>, driver: usize) -> postings::BoxedQuery<'a, MultiBackend> {
    let today = DbDay(meaning.today);
    let mut query = postings::table.filter(postings::visible.eq(true)).into_boxed();
    query = query.filter(postings::since.le(today).and(postings::until.ge(today)));
    for (index, Wanted { terms, .. }) in meaning.terms.iter().enumerate() {
        if index == driver {
            // One value, so that the walk is in order; one that no record has is none.
            query = query.filter(postings::term.eq(terms.first().copied().unwrap_or_default()));
        } else {
            if let [term] = *terms.as_slice() {
                // Most that do not have it are told by their signatures, without a probe.
                let bits = bits(term);
                query = query.filter(
                    sql::<Bool>("(postings.signature & ")
                        .bind::<BigInt, _>(bits)
                        .sql(") = ")
                        .bind::<BigInt, _>(bits),
                );
            }
            let probe = diesel::alias!(postings as probe);
            let other = probe
                .filter(probe.field(postings::term).eq_any(terms))
                .filter(probe.field(postings::visible).eq(true))
                .filter(probe.field(postings::sort_name).eq(postings::sort_name))
                .filter(probe.field(postings::record).eq(postings::record))
                .filter(probe.field(postings::since).le(today))
                .filter(probe.field(postings::until).ge(today))
                // Keeps planners from turning the probes into a join of everything with everything.
                .offset(0);
            query = query.filter(exists(other));
        }
    }
    query
}

/// The statement that means these records.
pub(crate) fn filtered<'a>(meaning: &'a Meaning<'_>) -> records::BoxedQuery<'a, MultiBackend> {
    let Meaning { audience, kind, today, filter, text, terms: wanted, .. } = meaning;
    let mut query = records::table.filter(records::kind.eq(kind.as_str())).into_boxed();
    match audience {
        Audience::Public => query = query.filter(records::visible.eq(true)),
        Audience::Chamber(chamber) => query = query.filter(records::chamber.eq(&chamber.entry().slug)),
        Audience::Staff => {}
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
    if let Some(past) = meaning.past {
        query = query.filter(records::changed_at.le(past.moment));
    }
    if let Some(ids) = &meaning.few_unchanged {
        query = query.filter(records::id.eq_any(ids));
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
    let today = DbDay(*today);
    for (index, Wanted { terms, count, .. }) in wanted.iter().enumerate() {
        if index == 0 && *count <= FEW {
            // So few that they are better looked at one by one than looked for.
            let term = postings::table
                .filter(postings::term.eq_any(terms))
                .filter(postings::since.le(today).and(postings::until.ge(today)))
                .select(postings::record)
                .into_boxed();
            query = query.filter(Among::new(records::id, term));
            continue;
        }
        // The whole key but the first day, so that each probe is one step down the index.
        let term = postings::table
            .filter(postings::term.eq_any(terms))
            .filter(postings::visible.eq(records::visible))
            .filter(postings::sort_name.eq(records::sort_name).and(postings::record.eq(records::id)))
            .filter(postings::since.le(today).and(postings::until.ge(today)))
            .offset(0);
        query = query.filter(exists(term));
    }
    query
}

/// So many records with a term are few.
const FEW: i64 = 2_000;
