//! Issued tokens. The tokens themselves are not stored.

use crate::{
    batch::Batch,
    connection::{Conn, MultiBackend},
    error::Error,
    schema::tokens,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{helper_types::IntoBoxed, prelude::*};
use domain::id::Id;

/// How far `last_used_at` may be behind.
pub const USE_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// An issued token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedToken {
    /// The `jti` claim.
    pub id: Id,
    /// The key that signed it: the `kid` of its header.
    pub key: Id,
    /// The subject.
    pub subject: String,
    /// The role.
    pub role: String,
    /// The chamber that the token is bound to.
    pub chamber: Option<String>,
    /// The initiative or network that the token is bound to.
    pub organisation: Option<Id>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, if it was. At most [`USE_INTERVAL`] behind.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl IssuedToken {
    /// The state at a moment.
    pub fn state(&self, now: DateTime<Utc>) -> TokenState {
        if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if self.expires_at <= now {
            TokenState::Expired
        } else {
            TokenState::Valid
        }
    }
}

/// Whether a token is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// Accepted.
    Valid,
    /// Revoked, whether or not it has expired since.
    Revoked,
    /// Expired without having been revoked.
    Expired,
}

impl TokenState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Valid, Self::Revoked, Self::Expired];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// Filters of issued tokens, combined with AND. An empty list means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// With one of these roles.
    pub roles: Vec<String>,
    /// Of one of these subjects.
    pub subjects: Vec<String>,
    /// In one of these states.
    pub states: Vec<TokenState>,
    /// Issued before the token with this id.
    pub before: Option<Id>,
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = tokens)]
struct TokenRow {
    id: DbId,
    signing_key: DbId,
    subject: String,
    role: String,
    chamber: Option<String>,
    organisation: Option<DbId>,
    issued_at: DbMoment,
    expires_at: DbMoment,
    revoked_at: Option<DbMoment>,
    last_used_at: Option<DbMoment>,
}

impl From<&IssuedToken> for TokenRow {
    fn from(token: &IssuedToken) -> Self {
        Self {
            id: token.id.into(),
            signing_key: token.key.into(),
            subject: token.subject.clone(),
            role: token.role.clone(),
            chamber: token.chamber.clone(),
            organisation: token.organisation.map(DbId::from),
            issued_at: token.issued_at.into(),
            expires_at: token.expires_at.into(),
            revoked_at: token.revoked_at.map(DbMoment),
            last_used_at: token.last_used_at.map(DbMoment),
        }
    }
}

impl From<TokenRow> for IssuedToken {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id.into(),
            key: row.signing_key.into(),
            subject: row.subject,
            role: row.role,
            chamber: row.chamber,
            organisation: row.organisation.map(Id::from),
            issued_at: row.issued_at.0,
            expires_at: row.expires_at.0,
            revoked_at: row.revoked_at.map(|moment| moment.0),
            last_used_at: row.last_used_at.map(|moment| moment.0),
        }
    }
}

/// Stores a token.
pub(crate) fn insert(conn: &mut Conn, token: &IssuedToken) -> Result<(), Error> {
    diesel::insert_into(tokens::table).values(TokenRow::from(token)).execute(conn)?;
    Ok(())
}

/// Returns a token.
pub(crate) fn find(conn: &mut Conn, id: Id) -> Result<Option<IssuedToken>, Error> {
    let row: Option<TokenRow> = tokens::table
        .filter(tokens::id.eq(DbId::from(id)))
        .select(TokenRow::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(IssuedToken::from))
}

/// Returns at most `limit` tokens that match a filter, latest first.
pub(crate) fn list(
    conn: &mut Conn,
    filter: &TokenFilter,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Batch<IssuedToken>, Error> {
    let mut query = matching(filter, now);
    if let Some(before) = filter.before {
        query = query.filter(tokens::id.lt(DbId::from(before)));
    }
    let query = query.order(tokens::id.desc()).select(TokenRow::as_select());
    Batch::<TokenRow>::load(query, limit, conn)?.try_map(|row| Ok(row.into()))
}

/// Counts the tokens that match a filter.
pub(crate) fn count(conn: &mut Conn, filter: &TokenFilter, now: DateTime<Utc>) -> Result<i64, Error> {
    Ok(matching(filter, now).count().get_result(conn)?)
}

/// Selects the tokens that match a filter, ignoring `before`.
fn matching(filter: &TokenFilter, now: DateTime<Utc>) -> IntoBoxed<'_, tokens::table, MultiBackend> {
    let mut query = tokens::table.into_boxed();
    if !filter.roles.is_empty() {
        query = query.filter(tokens::role.eq_any(&filter.roles));
    }
    if !filter.subjects.is_empty() {
        query = query.filter(tokens::subject.eq_any(&filter.subjects));
    }
    if !filter.states.is_empty() {
        let [valid, revoked, expired] = TokenState::ALL.map(|state| filter.states.contains(&state));
        let is_live = tokens::expires_at.gt(DbMoment(now));
        let is_expired = tokens::expires_at.le(DbMoment(now));
        query = query.filter(
            tokens::revoked_at.is_not_null().and(revoked.into_sql::<diesel::sql_types::Bool>()).or(
                tokens::revoked_at.is_null().and(
                    (is_live.and(valid.into_sql::<diesel::sql_types::Bool>()))
                        .or(is_expired.and(expired.into_sql::<diesel::sql_types::Bool>())),
                ),
            ),
        );
    }
    query
}

/// Revokes a token. Returns whether it was not revoked before, or `None` if there is no such token.
pub(crate) fn revoke(conn: &mut Conn, id: Id, now: DateTime<Utc>) -> Result<Option<bool>, Error> {
    let token = tokens::table.filter(tokens::id.eq(DbId::from(id)));
    let changed = diesel::update(token.filter(tokens::revoked_at.is_null()))
        .set(tokens::revoked_at.eq(Some(DbMoment(now))))
        .execute(conn)?;
    let known: i64 = if changed > 0 { 1 } else { token.count().get_result(conn)? };
    Ok((known > 0).then_some(changed > 0))
}

/// Revokes all live tokens of a key.
pub(crate) fn revoke_all(conn: &mut Conn, key: Id, now: DateTime<Utc>) -> Result<usize, Error> {
    let of_key = tokens::signing_key.eq(DbId::from(key)).and(tokens::expires_at.gt(DbMoment(now)));
    let live = tokens::table.filter(of_key).filter(tokens::revoked_at.is_null());
    Ok(diesel::update(live).set(tokens::revoked_at.eq(Some(DbMoment(now)))).execute(conn)?)
}

/// Returns the last expiry of a key's tokens that were not revoked.
pub(crate) fn last_expiry(conn: &mut Conn, key: Id) -> Result<Option<DateTime<Utc>>, Error> {
    let last: Option<DbMoment> = tokens::table
        .filter(tokens::signing_key.eq(DbId::from(key)).and(tokens::revoked_at.is_null()))
        .order(tokens::expires_at.desc())
        .select(tokens::expires_at)
        .first(conn)
        .optional()?;
    Ok(last.map(|moment| moment.0))
}

/// Returns the tokens that were revoked and would not have expired yet.
pub(crate) fn revoked(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<Id>, Error> {
    let ids: Vec<DbId> = tokens::table
        .filter(tokens::revoked_at.is_not_null().and(tokens::expires_at.gt(DbMoment(now))))
        .select(tokens::id)
        .load(conn)?;
    Ok(ids.into_iter().map(Id::from).collect())
}

/// Records that a token was used, unless a use within [`USE_INTERVAL`] is recorded.
pub(crate) fn record_use(conn: &mut Conn, id: Id, at: DateTime<Utc>) -> Result<(), Error> {
    let is_due = tokens::last_used_at
        .is_null()
        .or(tokens::last_used_at.le(Some(DbMoment(at - USE_INTERVAL))).assume_not_null());
    diesel::update(tokens::table.filter(tokens::id.eq(DbId::from(id))).filter(is_due))
        .set(tokens::last_used_at.eq(Some(DbMoment(at))))
        .execute(conn)?;
    Ok(())
}
