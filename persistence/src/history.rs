//! What happened to records, and by whom: the versions of one, and the audit of all.

use crate::{
    audience::Audience,
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
use chrono::{DateTime, Utc};
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

/// Who did what to which record, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Its number: rises in commit order, with gaps.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub action: String,
    /// Who did it: the subject of a token, or the name of a command.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// By which token; `None` for commands.
    pub token: Option<Id>,
    /// The kind of the record.
    pub kind: Kind,
    /// The record.
    pub id: Id,
    /// The slug that it had from then on.
    pub slug: Option<String>,
    /// The status that it had from then on.
    pub status: String,
    /// The version that came of it.
    pub version: i64,
}

/// A version of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// How it came about.
    pub entry: AuditEntry,
    /// The fields in which it differs from the version before.
    pub changes: Vec<Difference>,
}

/// Which entries are meant. Everything combines with AND.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    /// By these subjects; empty: by any.
    pub actors: Vec<String>,
    /// In these roles; empty: in any.
    pub roles: Vec<String>,
    /// Of these sorts; empty: of any.
    pub actions: Vec<String>,
    /// On records of these kinds; empty: of any.
    pub kinds: Vec<Kind>,
    /// On these records; empty: on any.
    pub ids: Vec<Id>,
    /// By these tokens; empty: by any.
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

/// The entries that a filter means, wherever a page begins.
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

/// The entries that a filter means, latest first, at most `limit`; whether more follow.
pub(crate) fn audit(
    conn: &mut Conn,
    filter: &AuditFilter,
    limit: usize,
) -> Result<(Vec<AuditEntry>, bool), Error> {
    let mut query = meant(filter);
    if let Some(before) = filter.before {
        query = query.filter(revisions::seq.lt(before));
    }
    let rows: Vec<AuditRow> = query
        .order(revisions::seq.desc())
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .select(audit_columns())
        .load(conn)?;
    let more = rows.len() > limit;
    Ok((rows.into_iter().take(limit).map(AuditEntry::try_from).collect::<Result<_, _>>()?, more))
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

/// The versions of a record before one of them, latest first, at most `limit`; whether more follow.
pub(crate) fn versions(
    conn: &mut Conn,
    audience: Audience,
    record: Id,
    before: Option<i64>,
    limit: usize,
) -> Result<(Vec<Version>, bool), Error> {
    // One more than asked: the last is compared with the one before it.
    let rows: Vec<(AuditRow, String)> = revisions::table
        .left_join(records::table.on(records::id.eq(revisions::record)))
        .left_join(past_contents::table.on(past_contents::seq.eq(revisions::seq)))
        .filter(revisions::record.eq(DbId::from(record)))
        .filter(revisions::version.lt(before.unwrap_or(i64::MAX)))
        .order(revisions::version.desc())
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .select((audit_columns(), content_of_revision()))
        .load(conn)?;
    let more = rows.len() > limit;
    let mut states = Vec::with_capacity(rows.len());
    for (row, content) in rows {
        let entry = AuditEntry::try_from(row)?;
        let state = state(&entry, serde_json::from_str(&content)?);
        states.push((entry, state));
    }
    let mut versions = Vec::with_capacity(limit);
    for (index, (entry, state)) in states.iter().take(limit).enumerate() {
        let nothing = json!({});
        let before = states.get(index + 1).map_or(&nothing, |(_, state)| state);
        versions.push(Version { entry: entry.clone(), changes: differences(before, state) });
    }
    name_references(conn, audience, &mut versions)?;
    Ok((versions, more))
}

/// Says of every reference in changes what it is called today, as in all answers.
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
        if let Some(ReferenceLabel { slug, name }) = labels.get(&id) {
            object.insert("slug".to_owned(), slug.as_ref().map(ToString::to_string).into());
            object.insert("name".to_owned(), name.clone().into());
        }
    });
    Ok(())
}

/// A state as it is compared: address, status, and content.
fn state(entry: &AuditEntry, content: Value) -> Value {
    let mut state = json!({ "slug": entry.slug, "status": entry.status });
    if let (Value::Object(state), Value::Object(content)) = (&mut state, content) {
        state.extend(content);
    }
    state
}

/// A record as it was in one of its versions.
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
    /// A record as it was in one of its versions; `None` when it has no such version.
    ///
    /// # Errors
    /// When the database fails.
    pub fn version<C: Content>(
        &mut self,
        stored: &Stored<C>,
        version: i64,
    ) -> Result<Option<Stored<C>>, Error> {
        self::version(self.conn, stored.id(), version)
    }

    /// Gives a record the content of an earlier version again; slug and status stay. What changes nothing makes no
    /// version.
    ///
    /// # Errors
    /// As [`Transaction::create`].
    pub fn revert<C: Content>(
        &mut self,
        previous: Stored<C>,
        resolved: Resolved<C>,
    ) -> Result<Stored<C>, SaveError> {
        let id = previous.id();
        self.save(Some(previous), id, resolved, Action::Revert, Imported::default()).map(|(stored, _)| stored)
    }
}
