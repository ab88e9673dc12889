//! From stored records to records of responses: adds labels of references, and derived fields.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    error::Error,
    index, past,
    query::labels,
    rows::Stored,
    types::DbId,
};
use domain::{
    content::{Content, Derived},
    id::Id,
    kind::Kind,
    record::Record,
    reference::{ReferenceLabel, Role},
    terms::Facet,
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
    with_labels(conn, view, stored, &labels)
}

/// Like [`complete`], for an earlier version of a record. What it referred to then may not be among its links now.
pub(crate) fn complete_version<C: Content>(
    conn: &mut Conn,
    view: View,
    stored: Option<Stored<C>>,
) -> Result<Option<Record<C>>, Error> {
    let mut stored: Vec<Stored<C>> = stored.into_iter().collect();
    let labels = labels::of_records(conn, view.audience, &targets(&mut stored))?;
    Ok(with_labels(conn, view, stored, &labels)?.into_iter().next())
}

/// Like [`complete`], for a record as it was when it was created: nothing referred to it then.
pub(crate) fn complete_new<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    stored: Stored<C>,
) -> Result<Record<C>, Error> {
    let mut stored = [stored];
    let labels = labels::of_records(conn, audience, &targets(&mut stored))?;
    let [mut stored] = stored;
    labels::apply(&mut stored.content, &labels);
    let mut record = stored.into_record()?;
    for derived in C::DERIVED {
        match derived {
            Derived::MemberCount => record.derived.member_count = Some(0),
            Derived::Initiatives => record.derived.initiatives = Some(Vec::new()),
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
) -> Result<Vec<Record<C>>, Error> {
    let ids: Vec<DbId> = stored.iter().map(|stored| stored.row.id).collect();
    let mut items = Vec::with_capacity(stored.len());
    for mut stored in stored {
        labels::apply(&mut stored.content, labels);
        items.push(stored.into_record()?);
    }
    for derived in C::DERIVED {
        match derived {
            Derived::MemberCount => {
                let counts = match view.past {
                    None => member_counts(conn, view, C::KIND, &ids)?,
                    Some(past) => past::member_counts(conn, past, C::KIND, &ids, view.today())?,
                };
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
            // Set already, because they are computed from the content alone.
            Derived::FirstDay | Derived::LastDay => {}
        }
    }
    Ok(items)
}

/// Counts the public, published members that are affiliated with each organisation today.
fn member_counts(
    conn: &mut Conn,
    view: View,
    kind: Kind,
    organisations: &[DbId],
) -> Result<HashMap<Id, i64>, Error> {
    let Some(facet) = Facet::of_reference(Role::Affiliation, kind) else { return Ok(HashMap::new()) };
    let values: Vec<String> = organisations.iter().map(|id| Id::from(*id).to_string()).collect();
    let public = View { audience: Audience::Public, ..view };
    let counts = index::count_values(conn, public, Kind::Member, facet, &values)?;
    Ok(counts.into_iter().filter_map(|counted| Some((Id::parse(&counted.value)?, counted.count))).collect())
}
