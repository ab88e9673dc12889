//! From stored records to records of responses: adds labels of references, and derived fields.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    error::Error,
    index, past,
    query::{labels, page, resolved::ResolvedFilter},
    rows::Stored,
    types::DbId,
};
use chrono::NaiveDate;
use domain::{
    content::{Content, Derived},
    id::Id,
    kind::Kind,
    operation,
    query::Query,
    record::Record,
    reference::{ReferenceLabel, Role},
    terms::Facet,
    time::{Date, today},
};
use std::collections::HashMap;

/// Adds the labels of references and the derived fields. At most one statement for each.
pub(crate) fn complete<C: Content>(
    conn: &mut Conn,
    view: View,
    mut stored: Vec<Stored<C>>,
) -> Result<Vec<Record<C>>, Error> {
    let targets = targets(&mut stored);
    let labels = match view.past {
        _ if targets.is_empty() => HashMap::new(),
        None => {
            let ids: Vec<DbId> = stored.iter().map(|stored| stored.row.id).collect();
            labels::of_links(conn, view.audience, &ids)?
        }
        Some(past) => past::labels(conn, past, &targets)?,
    };
    with_labels(conn, view, stored, &labels, view.personal_data_day())
}

/// Like [`complete`], for an earlier version of a record. What it referred to then may not be among its links now.
pub(crate) fn complete_version<C: Content>(
    conn: &mut Conn,
    view: View,
    stored: Option<Stored<C>>,
) -> Result<Option<Record<C>>, Error> {
    let mut stored: Vec<Stored<C>> = stored.into_iter().collect();
    let labels = labels::of_records(conn, view.audience, &targets(&mut stored))?;
    Ok(with_labels(conn, view, stored, &labels, NaiveDate::MAX)?.into_iter().next())
}

/// Like [`complete`], for a record as it was when it was created: nothing referred to it then.
pub(crate) fn complete_new<C: Content>(
    conn: &mut Conn,
    view: View<'_>,
    stored: Stored<C>,
) -> Result<Record<C>, Error> {
    let mut stored = [stored];
    let labels = labels::of_records(conn, view.audience, &targets(&mut stored))?;
    let [mut stored] = stored;
    labels::apply(&mut stored.content, &labels);
    let mut record = stored.into_record(view.personal_data_day())?;
    for derived in C::DERIVED {
        match derived {
            Derived::MemberCount => record.derived.member_count = Some(0),
            Derived::Initiatives => record.derived.initiatives = Some(Vec::new()),
            Derived::OperationCount => record.derived.operation_count = Some(0),
            Derived::NextUpdate => record.derived.next_update = Some(next_update::<C>(conn, view)?),
            // Set already, because they are computed from the content alone.
            Derived::FirstDay | Derived::LastDay => {}
        }
    }
    Ok(record)
}

/// The targets of all references.
fn targets<C: Content>(stored: &mut [Stored<C>]) -> Vec<DbId> {
    let mut targets = Vec::new();
    for stored in stored {
        stored.content.visit_links(&mut |link| {
            targets.extend(link.reference.id().map(DbId::from));
            true
        });
    }
    targets
}

/// Sets the labels of references, and the derived fields.
fn with_labels<C: Content>(
    conn: &mut Conn,
    view: View,
    stored: Vec<Stored<C>>,
    labels: &HashMap<Id, ReferenceLabel>,
    day: NaiveDate,
) -> Result<Vec<Record<C>>, Error> {
    let ids: Vec<DbId> = stored.iter().map(|stored| stored.row.id).collect();
    let mut items = Vec::with_capacity(stored.len());
    for mut stored in stored {
        labels::apply(&mut stored.content, labels);
        items.push(stored.into_record(day)?);
    }
    for derived in C::DERIVED {
        match derived {
            Derived::MemberCount => {
                let facet = Facet::of_reference(Role::Affiliation, C::KIND);
                let counts = referring_counts(conn, view, Kind::Member, facet, &ids)?;
                for item in &mut items {
                    item.derived.member_count = Some(counts.get(&item.id).copied().unwrap_or_default());
                }
            }
            Derived::Initiatives => {
                let mut initiatives = match view.past {
                    None => labels::referring(conn, view.audience, Role::Cluster, &ids)?,
                    Some(past) => past::initiatives(conn, past, &ids, view.today())?,
                };
                for item in &mut items {
                    item.derived.initiatives = Some(initiatives.remove(&item.id).unwrap_or_default());
                }
            }
            Derived::OperationCount => {
                let counts = referring_counts(conn, view, Kind::Operation, Some(Facet::Measure), &ids)?;
                for item in &mut items {
                    item.derived.operation_count = Some(counts.get(&item.id).copied().unwrap_or_default());
                }
            }
            Derived::NextUpdate => {
                let next_update = Some(next_update::<C>(conn, view)?);
                items.iter_mut().for_each(|item| item.derived.next_update = next_update);
            }
            // Set already, because they are computed from the content alone.
            Derived::FirstDay | Derived::LastDay => {}
        }
    }
    Ok(items)
}

/// Counts the public records of a kind that refer to each of some records today, by the facet of the reference.
fn referring_counts(
    conn: &mut Conn,
    view: View,
    from: Kind,
    facet: Option<Facet>,
    to: &[DbId],
) -> Result<HashMap<Id, i64>, Error> {
    let Some(facet) = facet else { return Ok(HashMap::new()) };
    if let Some(past) = view.past {
        return past::referring_counts(conn, past, from, facet, to, view.today());
    }
    let values: Vec<String> = to.iter().map(|id| Id::from(*id).to_string()).collect();
    let public = View { audience: Audience::Public, ..view };
    let counts = index::count_values(conn, public, from, facet, &values)?;
    Ok(counts.into_iter().filter_map(|counted| Some((Id::parse(&counted.value)?, counted.count))).collect())
}

/// The day by which a list is updated again at the latest, counted from the last change of a public record in it. `None`
/// if the list is empty.
fn next_update<C: Content>(conn: &mut Conn, view: View) -> Result<Option<Date>, Error> {
    let public = View { audience: Audience::Public, ..view };
    let query = Query::latest();
    let resolved = ResolvedFilter::all(conn, public, C::KIND, &query.filter)?;
    let last = match view.past {
        Some(past) => past::page(conn, &resolved, past, &query, 1)?,
        None => page::rows(conn, &resolved, &query, 1, None)?,
    };
    Ok(last.first().map(|row| Date(operation::next_update(today(row.updated_at.0)))))
}
