//! Values derived from past states: labels, counts of references, and the initiatives of clusters.

use super::{Past, states};
use crate::{
    connection::Conn,
    error::Error,
    query::labels::label,
    schema::{records, reference_spans, terms},
    types::{DbDay, DbId},
};
use chrono::NaiveDate;
use diesel::{dsl::count_star, prelude::*};
use domain::{
    content::Content,
    fold,
    id::Id,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    reference::{Reference, ReferenceLabel},
    terms::Facet,
};
use std::collections::{HashMap, HashSet};

/// Returns the labels of records at a moment.
pub(crate) fn labels(
    conn: &mut Conn,
    past: Past,
    ids: &[DbId],
) -> Result<HashMap<Id, ReferenceLabel>, Error> {
    struct NameOf<'a>(&'a str);
    impl KindFunction for NameOf<'_> {
        type Output = Result<String, Error>;

        fn call<C: Content>(self) -> Self::Output {
            Ok(serde_json::from_str::<C>(self.0)?.name().to_owned())
        }
    }
    let mut wanted: HashSet<DbId> = ids.iter().copied().collect();
    let unchanged: Vec<(DbId, String, Option<String>, String)> = records::table
        .filter(records::id.eq_any(&wanted).and(records::visible.eq(true)))
        .filter(records::changed_at.le(past.moment))
        .select((records::id, records::kind, records::slug, records::name))
        .load(conn)?;
    let mut labels = HashMap::new();
    for (id, kind, slug, name) in unchanged {
        wanted.remove(&id);
        labels.insert(id.into(), label(&kind, slug, name)?);
    }
    let changed: Vec<DbId> = wanted.into_iter().collect();
    for state in states::of_records(conn, past, &changed)? {
        let kind = Kind::parse(&state.kind).ok_or_else(|| Error::Corrupt(format!("kind {}", state.kind)))?;
        let name = with_kind(kind, NameOf(&state.content))?;
        labels.insert(state.record.into(), label(&state.kind, state.slug, name)?);
    }
    Ok(labels)
}

/// Selects the public references of one facet to some records at a moment. Their records must be public today.
macro_rules! references {
    ($past:expr, $kind:expr, $facet:expr, $to:expr, $today:expr) => {{
        let (moment, today) = ($past.moment, DbDay($today));
        let values = $to.iter().map(|id| Id::from(*id).to_string());
        let wanted = terms::table
            .filter(terms::kind.eq($kind.as_str()).and(terms::facet.eq($facet.as_str())))
            .filter(terms::value.eq_any(values))
            .select(terms::number);
        reference_spans::table
            .filter(reference_spans::term.eq_any(wanted).and(reference_spans::shown.eq(true)))
            .filter(reference_spans::since.le(moment))
            .filter(reference_spans::until.is_null().or(reference_spans::until.assume_not_null().gt(moment)))
            .filter(reference_spans::first_day.le(today).and(reference_spans::last_day.ge(today)))
    }};
}

/// Counts the records of a kind that referred to each of some records at a moment, by the facet of the reference.
pub(crate) fn referring_counts(
    conn: &mut Conn,
    past: Past,
    from: Kind,
    facet: Facet,
    to: &[DbId],
    today: NaiveDate,
) -> Result<HashMap<Id, i64>, Error> {
    let numbers: Vec<(i32, i64)> = references!(past, from, facet, to, today)
        .group_by(reference_spans::term)
        .select((reference_spans::term, count_star()))
        .load(conn)?;
    let values = values(conn, numbers.iter().map(|(term, _)| *term))?;
    Ok(numbers.into_iter().filter_map(|(term, number)| Some((*values.get(&term)?, number))).collect())
}

/// Returns the records that terms refer to.
fn values(conn: &mut Conn, numbers: impl Iterator<Item = i32>) -> Result<HashMap<i32, Id>, Error> {
    let rows: Vec<(i32, String)> = terms::table
        .filter(terms::number.eq_any(numbers))
        .select((terms::number, terms::value))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(number, value)| Some((number, Id::parse(&value)?))).collect())
}

/// Returns the initiatives of clusters at a moment, by name.
pub(crate) fn initiatives(
    conn: &mut Conn,
    past: Past,
    clusters: &[DbId],
    today: NaiveDate,
) -> Result<HashMap<Id, Vec<Reference>>, Error> {
    let pairs: Vec<(i32, DbId)> = references!(past, Kind::Initiative, Facet::Cluster, clusters, today)
        .select((reference_spans::term, reference_spans::record))
        .load(conn)?;
    let clusters = values(conn, pairs.iter().map(|(term, _)| *term))?;
    let initiatives: Vec<DbId> = pairs.iter().map(|(_, initiative)| *initiative).collect();
    let labels = labels(conn, past, &initiatives)?;
    let mut found: HashMap<Id, Vec<(String, Id, ReferenceLabel)>> = HashMap::new();
    for (term, initiative) in pairs {
        let id = Id::from(initiative);
        if let (Some(cluster), Some(label)) = (clusters.get(&term), labels.get(&id)) {
            found.entry(*cluster).or_default().push((fold::for_sort(&label.name), id, label.clone()));
        }
    }
    let in_order = |mut list: Vec<(String, Id, ReferenceLabel)>| {
        list.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        list.into_iter().map(|(_, id, label)| Reference::Resolved { id, label: Some(label) }).collect()
    };
    Ok(found.into_iter().map(|(cluster, list)| (cluster, in_order(list))).collect())
}
