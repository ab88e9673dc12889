//! The versions of records.

use crate::{
    audience::{Audience, View},
    batch::{self, Batch},
    connection::{Conn, MultiBackend},
    error::Error,
    query::labels,
    rows::{Stored, StoredRow, content_of_revision},
    schema::{past_contents, records, revisions},
    types::{DbId, DbMoment},
    write::{
        action::Action,
        resolving::Resolved,
        transaction::{Imported, SaveError, Transaction},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use domain::{
    content::Content,
    difference::{Difference, differences, visit_references},
    id::Id,
    kind::Kind,
    reference::ReferenceLabel,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A version of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The id of the record.
    pub id: Id,
    /// The number.
    pub version: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// The action.
    pub action: String,
    /// Who wrote it: the subject of a token, or the name of a command.
    pub actor: String,
    /// The role of the author.
    pub role: String,
    /// The status in this version.
    pub status: String,
    /// The fields in which it differs from the previous version.
    pub changes: Vec<Difference>,
}

/// The columns of a version.
#[derive(Queryable, Selectable)]
#[diesel(table_name = revisions)]
struct VersionRow {
    version: i64,
    at: DbMoment,
    action: String,
    actor: String,
    role: String,
    slug: Option<String>,
    status: String,
}

/// Whether a record of a kind was ever written.
pub(crate) fn is_known(conn: &mut Conn, kind: Kind, record: Id) -> Result<bool, Error> {
    let version: Option<i64> = revisions::table
        .filter(revisions::record.eq(DbId::from(record)).and(revisions::kind.eq(kind.as_str())))
        .select(revisions::version)
        .first(conn)
        .optional()?;
    Ok(version.is_some())
}

/// Returns at most `limit` versions of a record, latest first. `before` is exclusive.
pub(crate) fn versions<C: Content>(
    conn: &mut Conn,
    view: View<'_>,
    record: Id,
    before: Option<i64>,
    limit: usize,
) -> Result<Batch<Version>, Error> {
    // One more than requested, because the last version is compared with the one before it.
    let rows: Vec<(VersionRow, String)> = revisions::table
        .left_join(records::table.on(records::id.eq(revisions::record)))
        .left_join(past_contents::table.on(past_contents::seq.eq(revisions::seq)))
        .filter(revisions::record.eq(DbId::from(record)))
        .filter(revisions::version.lt(before.unwrap_or(i64::MAX)))
        .order(revisions::version.desc())
        .limit(batch::rows(limit + 1))
        .select((<VersionRow as Selectable<MultiBackend>>::construct_selection(), content_of_revision()))
        .load(conn)?;
    let mut states = Vec::with_capacity(rows.len());
    for (row, content) in rows {
        let state = state(&row, shown::<C>(&content)?);
        states.push((row, state));
    }
    let mut before = json!({});
    let version = |(row, state): (VersionRow, Value)| {
        let changes = differences(&before, &state);
        before = state;
        let VersionRow { version, at, action, actor, role, status, .. } = row;
        Version { id: record, version, at: at.0, action, actor, role, status, changes }
    };
    let mut versions: Vec<Version> = states.into_iter().rev().map(version).collect();
    versions.reverse();
    let mut versions = Batch::of(versions, limit);
    name_references(conn, view.audience, &mut versions.items)?;
    Ok(versions)
}

/// Adds the current slugs and names to all references in the changes, as in every response.
fn name_references(conn: &mut Conn, audience: Audience, versions: &mut [Version]) -> Result<(), Error> {
    let values = |versions: &mut [Version], visit: &mut dyn FnMut(&mut Map<String, Value>, Id)| {
        for change in versions.iter_mut().flat_map(|version| &mut version.changes) {
            for value in [&mut change.from, &mut change.to] {
                visit_references(value, &mut |object, id| visit(object, id));
            }
        }
    };
    let mut ids = BTreeSet::new();
    values(versions, &mut |_, id| {
        ids.insert(DbId::from(id));
    });
    if ids.is_empty() {
        return Ok(());
    }
    let labels = labels::of_records(conn, audience, &ids.into_iter().collect::<Vec<_>>())?;
    values(versions, &mut |object, id| {
        if let Some(ReferenceLabel { slug, name, .. }) = labels.get(&id) {
            object.insert("slug".to_owned(), slug.as_ref().map(ToString::to_string).into());
            object.insert("name".to_owned(), name.clone().into());
        }
    });
    Ok(())
}

/// Returns the content of a version, without personal data that may be shown for a time only: it may have been removed
/// since. Content of other releases is not rewritten.
fn shown<C: Content>(content: &str) -> Result<Value, Error> {
    let as_stored: Value = serde_json::from_str(content)?;
    if as_stored == json!({}) {
        return Ok(as_stored); // erased
    }
    let read: C = serde_json::from_str(content)?;
    let mut shown = read.clone();
    shown.withhold(NaiveDate::MAX);
    if shown == read { Ok(as_stored) } else { Ok(serde_json::to_value(shown)?) }
}

/// Returns the state that versions are compared by: slug, status and content.
fn state(row: &VersionRow, content: Value) -> Value {
    let mut state = json!({ "slug": row.slug, "status": row.status });
    if let (Value::Object(state), Value::Object(content)) = (&mut state, content) {
        state.extend(content);
    }
    state
}

/// Returns a record as it was in a version.
pub(crate) fn version<C: Content>(
    conn: &mut Conn,
    record: Id,
    version: i64,
) -> Result<Option<Stored<C>>, Error> {
    type Row = (Option<String>, String, bool, DbMoment, String, DbMoment, i32);
    let row: Option<Row> = revisions::table
        .inner_join(records::table.on(records::id.eq(revisions::record)))
        .left_join(past_contents::table.on(past_contents::seq.eq(revisions::seq)))
        .filter(revisions::record.eq(DbId::from(record)).and(revisions::version.eq(version)))
        .filter(revisions::kind.eq(C::KIND.as_str()))
        .select((
            revisions::slug,
            revisions::status,
            revisions::visible,
            revisions::updated_at,
            content_of_revision(),
            records::created_at,
            records::number,
        ))
        .first(conn)
        .optional()?;
    let stored = |(slug, status, visible, updated_at, content, created_at, number): Row| {
        Stored::read(StoredRow {
            id: record.into(),
            number,
            slug,
            status,
            visible,
            was_visible: visible,
            version,
            sort_name: String::new(),
            starts_at: None,
            content,
            content_hash: Vec::new(),
            created_at,
            updated_at,
        })
    };
    row.map(stored).transpose()
}

impl Transaction<'_> {
    /// Returns a record as it was in a version, or `None` if it has no such version.
    ///
    /// # Errors
    /// If the database fails.
    pub fn version<C: Content>(
        &mut self,
        stored: &Stored<C>,
        version: i64,
    ) -> Result<Option<Stored<C>>, Error> {
        self::version(self.conn, stored.id(), version)
    }

    /// Resets a record to the content of an earlier version. Slug and status stay. Without a change, no version is
    /// written.
    ///
    /// # Errors
    /// See [`Transaction::create`].
    pub fn revert<C: Content>(
        &mut self,
        previous: Stored<C>,
        resolved: Resolved<C>,
    ) -> Result<Stored<C>, SaveError> {
        let id = previous.id();
        self.save(Some(previous), id, resolved, Action::Revert, Imported::default()).map(|(stored, _)| stored)
    }
}
