//! What follows from past states: what records were called, who had how many members, who worked where.

use super::states::{State, changed, of_records};
use crate::{
    connection::Conn,
    error::Error,
    labels::label,
    schema::{links, postings, records, revisions, terms},
    types::{DbDay, DbId},
};
use chrono::NaiveDate;
use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
};
use domain::{
    content::Content,
    fold,
    id::Id,
    initiative::Initiative,
    kind::{Kind, KindFunction, with_kind},
    member::Member,
    reference::{Link, Reference, ReferenceLabel, Role},
    terms::Facet,
};
use std::collections::HashMap;

/// What records were called at a moment.
pub(crate) fn labels(
    conn: &mut Conn,
    number: i64,
    ids: &[DbId],
) -> Result<HashMap<Id, ReferenceLabel>, Error> {
    struct NameOf<'a>(&'a str);
    impl KindFunction for NameOf<'_> {
        type Output = Result<String, Error>;

        fn call<C: Content>(self) -> Self::Output {
            Ok(serde_json::from_str::<C>(self.0)?.name().to_owned())
        }
    }
    let mut labels = HashMap::new();
    for State { record, kind, slug, content, .. } in of_records(conn, number, ids)? {
        let kind = Kind::parse(&kind).ok_or_else(|| Error::Corrupt(format!("kind {kind}")))?;
        labels.insert(record.into(), label(slug, with_kind(kind, NameOf(&content))?));
    }
    Ok(labels)
}

/// How many members organisations had at a moment.
pub(crate) fn member_counts(
    conn: &mut Conn,
    number: i64,
    kind: Kind,
    organisations: &[DbId],
    today: NaiveDate,
) -> Result<HashMap<Id, i64>, Error> {
    let Some(facet) = Facet::of_reference(Role::Affiliation, kind) else { return Ok(HashMap::new()) };
    let values: Vec<String> = organisations.iter().map(|id| Id::from(*id).to_string()).collect();
    let later =
        revisions::table.filter(revisions::record.eq(postings::record).and(revisions::seq.gt(number)));
    let rows: Vec<(String, i64)> = postings::table
        .inner_join(terms::table)
        .filter(terms::kind.eq(Kind::Member.as_str()).and(terms::facet.eq(facet.as_str())))
        .filter(terms::value.eq_any(values).and(postings::visible.eq(true)))
        .filter(postings::since.le(DbDay(today)).and(postings::until.ge(DbDay(today))))
        .filter(not(exists(later)))
        .group_by(terms::value)
        .select((terms::value, count_star()))
        .load(conn)?;
    let mut counts: HashMap<Id, i64> =
        rows.into_iter().filter_map(|(value, count)| Some((Id::parse(&value)?, count))).collect();
    for member in &mut changed::<Member>(conn, number)? {
        let mut joined = Vec::new();
        member.content.visit_links(&mut |link: Link<'_>| {
            if link.role == Role::Affiliation && link.days.cover(today) {
                joined.extend(link.reference.id());
            }
            true
        });
        joined.sort_unstable();
        joined.dedup();
        joined.into_iter().for_each(|id| *counts.entry(id).or_default() += 1);
    }
    Ok(counts)
}

/// The initiatives that worked in clusters at a moment.
pub(crate) fn initiatives(
    conn: &mut Conn,
    number: i64,
    clusters: &[DbId],
) -> Result<HashMap<Id, Vec<Reference>>, Error> {
    let mut found: HashMap<Id, Vec<(String, Id, ReferenceLabel)>> = HashMap::new();
    let later = revisions::table.filter(revisions::record.eq(records::id).and(revisions::seq.gt(number)));
    let unchanged: Vec<(DbId, DbId, Option<String>, String)> = links::table
        .inner_join(records::table.on(records::id.eq(links::from_record)))
        .filter(links::to_record.eq_any(clusters).and(links::role.eq(Role::Cluster.as_str())))
        .filter(records::visible.eq(true).and(not(exists(later))))
        .select((links::to_record, records::id, records::slug, records::name))
        .load(conn)?;
    for (cluster, id, slug, name) in unchanged {
        let label = label(slug, name);
        found.entry(cluster.into()).or_default().push((fold::for_sort(&label.name), id.into(), label));
    }
    for initiative in &mut changed::<Initiative>(conn, number)? {
        let (id, slug) = (initiative.id(), initiative.row.slug.clone());
        let label = label(slug, initiative.content.name().to_owned());
        initiative.content.visit_links(&mut |link: Link<'_>| {
            if let Some(cluster) = link.reference.id().filter(|_| link.role == Role::Cluster) {
                let place = (fold::for_sort(&label.name), id, label.clone());
                found.entry(cluster).or_default().push(place);
            }
            true
        });
    }
    let in_order = |mut list: Vec<(String, Id, ReferenceLabel)>| {
        list.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        list.into_iter().map(|(_, id, label)| Reference::Resolved { id, label: Some(label) }).collect()
    };
    Ok(found.into_iter().map(|(cluster, list)| (cluster, in_order(list))).collect())
}
