//! The versions of records, and the audit log.

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
        transaction::{Imported, Resolved, SaveError, Transaction},
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

/// An entry of the audit log: who did what to which record, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// The number. Rises in commit order, with gaps.
    pub seq: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The action.
    pub action: String,
    /// Who did it: the subject of a token, or the name of a command.
    pub actor: String,
    /// The role.
    pub role: String,
    /// The token, or `None` for commands.
    pub token: Option<Id>,
    /// The kind of the record.
    pub kind: Kind,
    /// The id of the record.
    pub id: Id,
    /// The slug after the action.
    pub slug: Option<String>,
    /// The status after the action.
    pub status: String,
    /// The version after the action.
    pub version: i64,
}

/// A version of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The entry of the write that created it.
    pub entry: AuditEntry,
    /// The fields in which it differs from the previous version.
    pub changes: Vec<Difference>,
}

/// Filters of the audit log, combined with AND. An empty list means any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    /// By one of these subjects.
    pub actors: Vec<String>,
    /// In one of these roles.
    pub roles: Vec<String>,
    /// One of these actions.
    pub actions: Vec<String>,
    /// On records of one of these kinds.
    pub kinds: Vec<Kind>,
    /// On one of these records.
    pub ids: Vec<Id>,
    /// By one of these tokens.
    pub tokens: Vec<Id>,
    /// At this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// At this moment or earlier.
    pub to: Option<DateTime<Utc>>,
    /// Before the entry with this number.
    pub before: Option<i64>,
}

/// The columns of an entry.
#[derive(Queryable, Selectable)]
#[diesel(table_name = revisions)]
struct AuditRow {
    seq: i64,
    at: DbMoment,
    action: String,
    actor: String,
    role: String,
    token: Option<DbId>,
    kind: String,
    record: DbId,
    slug: Option<String>,
    status: String,
    version: i64,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = Error;

    fn try_from(row: AuditRow) -> Result<Self, Error> {
        let kind = Kind::parse(&row.kind).ok_or_else(|| Error::Corrupt(format!("kind {}", row.kind)))?;
        Ok(Self {
            seq: row.seq,
            at: row.at.0,
            action: row.action,
            actor: row.actor,
            role: row.role,
            token: row.token.map(Id::from),
            kind,
            id: row.record.into(),
            slug: row.slug,
            status: row.status,
            version: row.version,
        })
    }
}

fn audit_columns() -> <AuditRow as Selectable<MultiBackend>>::SelectExpression {
    <AuditRow as Selectable<MultiBackend>>::construct_selection()
}

/// Selects the entries that match a filter, ignoring `before`.
pub(crate) fn meant(filter: &AuditFilter) -> revisions::BoxedQuery<'_, MultiBackend> {
    let mut query = revisions::table.into_boxed();
    if !filter.actors.is_empty() {
        query = query.filter(revisions::actor.eq_any(&filter.actors));
    }
    if !filter.roles.is_empty() {
        query = query.filter(revisions::role.eq_any(&filter.roles));
    }
    if !filter.actions.is_empty() {
        query = query.filter(revisions::action.eq_any(&filter.actions));
    }
    if !filter.kinds.is_empty() {
        query = query.filter(revisions::kind.eq_any(filter.kinds.iter().map(|kind| kind.as_str())));
    }
    if !filter.ids.is_empty() {
        query = query.filter(revisions::record.eq_any(filter.ids.iter().map(|id| DbId::from(*id))));
    }
    if !filter.tokens.is_empty() {
        query = query.filter(revisions::token.eq_any(filter.tokens.iter().map(|id| DbId::from(*id))));
    }
    if let Some(from) = filter.from {
        query = query.filter(revisions::at.ge(DbMoment(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(revisions::at.le(DbMoment(to)));
    }
    query
}

/// Returns at most `limit` entries that match a filter, latest first.
pub(crate) fn audit(conn: &mut Conn, filter: &AuditFilter, limit: usize) -> Result<Batch<AuditEntry>, Error> {
    let mut query = meant(filter);
    if let Some(before) = filter.before {
        query = query.filter(revisions::seq.lt(before));
    }
    let query = query.order(revisions::seq.desc()).select(audit_columns());
    Batch::<AuditRow>::load(query, limit, conn)?.try_map(AuditEntry::try_from)
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
    let rows: Vec<(AuditRow, String)> = revisions::table
        .left_join(records::table.on(records::id.eq(revisions::record)))
        .left_join(past_contents::table.on(past_contents::seq.eq(revisions::seq)))
        .filter(revisions::record.eq(DbId::from(record)))
        .filter(revisions::version.lt(before.unwrap_or(i64::MAX)))
        .order(revisions::version.desc())
        .limit(batch::rows(limit + 1))
        .select((audit_columns(), content_of_revision()))
        .load(conn)?;
    let mut states = Vec::with_capacity(rows.len());
    for (row, content) in rows {
        let entry = AuditEntry::try_from(row)?;
        let state = state(&entry, shown::<C>(&content, view.current_day())?);
        states.push((entry, state));
    }
    let mut before = json!({});
    let version = |(entry, state): (AuditEntry, Value)| {
        let changes = differences(&before, &state);
        before = state;
        Version { entry, changes }
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

/// Returns the content of a version, without what nobody may see on a day. Content of other releases is not rewritten.
fn shown<C: Content>(content: &str, day: NaiveDate) -> Result<Value, Error> {
    let as_stored: Value = serde_json::from_str(content)?;
    if as_stored == json!({}) {
        return Ok(as_stored); // erased
    }
    let read: C = serde_json::from_str(content)?;
    let mut shown = read.clone();
    shown.withhold(day);
    if shown == read { Ok(as_stored) } else { Ok(serde_json::to_value(shown)?) }
}

/// Returns the state that versions are compared by: slug, status and content.
fn state(entry: &AuditEntry, content: Value) -> Value {
    let mut state = json!({ "slug": entry.slug, "status": entry.status });
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
