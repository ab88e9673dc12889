//! The audit log: every write, with its author.

use crate::{
    batch::Batch,
    connection::{Conn, MultiBackend},
    error::Error,
    schema::revisions,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{id::Id, kind::Kind};

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
pub(crate) struct AuditRow {
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

pub(crate) fn audit_columns() -> <AuditRow as Selectable<MultiBackend>>::SelectExpression {
    <AuditRow as Selectable<MultiBackend>>::construct_selection()
}

/// Selects the entries that match a filter, ignoring `before`.
pub(crate) fn matching(filter: &AuditFilter) -> revisions::BoxedQuery<'_, MultiBackend> {
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
pub(crate) fn list(conn: &mut Conn, filter: &AuditFilter, limit: usize) -> Result<Batch<AuditEntry>, Error> {
    let mut query = matching(filter);
    if let Some(before) = filter.before {
        query = query.filter(revisions::seq.lt(before));
    }
    let query = query.order(revisions::seq.desc()).select(audit_columns());
    Batch::<AuditRow>::load(query, limit, conn)?.try_map(AuditEntry::try_from)
}
