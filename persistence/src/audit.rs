//! The audit log: every write, and every event of tokens and keys, with its author.

use crate::{
    batch::Batch,
    connection::{Conn, MultiBackend},
    credential_events::CredentialKind,
    error::Error,
    schema::audit,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{id::Id, kind::Kind};

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// A record.
    Record(Kind),
    /// A token or a key.
    Credential(CredentialKind),
}

impl AuditKind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let credentials = CredentialKind::ALL.into_iter().map(Self::Credential);
        Kind::ALL.into_iter().map(Self::Record).chain(credentials)
    }

    /// Returns the stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record(kind) => kind.as_str(),
            Self::Credential(kind) => kind.as_str(),
        }
    }

    /// Parses the stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.as_str() == name)
    }
}

/// An entry of the audit log: who did what to what, and when.
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
    /// What was acted upon.
    pub kind: AuditKind,
    /// The id of the record, token or key.
    pub id: Id,
    /// The slug of the record after the action.
    pub slug: Option<String>,
    /// The status of the record after the action. `None` for tokens and keys.
    pub status: Option<String>,
    /// The version of the record after the action. `None` for tokens and keys.
    pub version: Option<i64>,
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
    /// On one of these kinds.
    pub kinds: Vec<AuditKind>,
    /// On one of these records, tokens or keys.
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
#[diesel(table_name = audit)]
struct AuditRow {
    seq: i64,
    at: DbMoment,
    action: String,
    actor: String,
    role: String,
    token: Option<DbId>,
    kind: String,
    subject: DbId,
    slug: Option<String>,
    status: Option<String>,
    version: Option<i64>,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = Error;

    fn try_from(row: AuditRow) -> Result<Self, Error> {
        let kind = AuditKind::parse(&row.kind).ok_or_else(|| Error::Corrupt(format!("kind {}", row.kind)))?;
        Ok(Self {
            seq: row.seq,
            at: row.at.0,
            action: row.action,
            actor: row.actor,
            role: row.role,
            token: row.token.map(Id::from),
            kind,
            id: row.subject.into(),
            slug: row.slug,
            status: row.status,
            version: row.version,
        })
    }
}

/// Selects the entries that match a filter, ignoring `before`.
pub(crate) fn matching(filter: &AuditFilter) -> audit::BoxedQuery<'_, MultiBackend> {
    let mut query = audit::table.into_boxed();
    if !filter.actors.is_empty() {
        query = query.filter(audit::actor.eq_any(&filter.actors));
    }
    if !filter.roles.is_empty() {
        query = query.filter(audit::role.eq_any(&filter.roles));
    }
    if !filter.actions.is_empty() {
        query = query.filter(audit::action.eq_any(&filter.actions));
    }
    if !filter.kinds.is_empty() {
        query = query.filter(audit::kind.eq_any(filter.kinds.iter().map(|kind| kind.as_str())));
    }
    if !filter.ids.is_empty() {
        query = query.filter(audit::subject.eq_any(filter.ids.iter().map(|id| DbId::from(*id))));
    }
    if !filter.tokens.is_empty() {
        query = query.filter(audit::token.eq_any(filter.tokens.iter().map(|id| DbId::from(*id))));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(DbMoment(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit::at.le(DbMoment(to)));
    }
    query
}

/// Returns at most `limit` entries that match a filter, latest first.
pub(crate) fn list(conn: &mut Conn, filter: &AuditFilter, limit: usize) -> Result<Batch<AuditEntry>, Error> {
    let mut query = matching(filter);
    if let Some(before) = filter.before {
        query = query.filter(audit::seq.lt(before));
    }
    let query = query.order(audit::seq.desc()).select(AuditRow::as_select());
    Batch::<AuditRow>::load(query, limit, conn)?.try_map(AuditEntry::try_from)
}
