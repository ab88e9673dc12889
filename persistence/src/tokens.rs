//! Issued tokens, and the keys that verify them.

use crate::{
    connection::Conn,
    error::Error,
    schema::{signing_keys, tokens},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::id::Id;

/// An issued token. The token itself is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedToken {
    /// The `jti` claim.
    pub id: Id,
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
}

type TokenRow = (DbId, String, String, Option<String>, Option<DbId>, DbMoment, DbMoment, Option<DbMoment>);

/// Stores a token.
pub(crate) fn insert(conn: &mut Conn, token: &IssuedToken) -> Result<(), Error> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::id.eq(DbId::from(token.id)),
            tokens::subject.eq(&token.subject),
            tokens::role.eq(&token.role),
            tokens::chamber.eq(&token.chamber),
            tokens::organisation.eq(token.organisation.map(DbId::from)),
            tokens::issued_at.eq(DbMoment(token.issued_at)),
            tokens::expires_at.eq(DbMoment(token.expires_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns all tokens that have not expired, newest first.
pub(crate) fn list(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<IssuedToken>, Error> {
    let rows: Vec<TokenRow> = tokens::table
        .filter(tokens::expires_at.gt(DbMoment(now)))
        .order((tokens::issued_at.desc(), tokens::id.desc()))
        .load(conn)?;
    let token = |(id, subject, role, chamber, organisation, issued_at, expires_at, revoked_at): TokenRow| {
        IssuedToken {
            id: id.into(),
            subject,
            role,
            chamber,
            organisation: organisation.map(Id::from),
            issued_at: issued_at.0,
            expires_at: expires_at.0,
            revoked_at: revoked_at.map(|moment| moment.0),
        }
    };
    Ok(rows.into_iter().map(token).collect())
}

/// Whether a token was issued here and not revoked.
pub(crate) fn is_valid(conn: &mut Conn, id: Id) -> Result<bool, Error> {
    let revoked_at: Option<Option<DbMoment>> = tokens::table
        .filter(tokens::id.eq(DbId::from(id)))
        .select(tokens::revoked_at)
        .first(conn)
        .optional()?;
    Ok(matches!(revoked_at, Some(None)))
}

/// Revokes a token. Returns whether there was one to revoke.
pub(crate) fn revoke(conn: &mut Conn, id: Id, now: DateTime<Utc>) -> Result<bool, Error> {
    let changed =
        diesel::update(tokens::table.filter(tokens::id.eq(DbId::from(id)).and(tokens::revoked_at.is_null())))
            .set(tokens::revoked_at.eq(Some(DbMoment(now))))
            .execute(conn)?;
    Ok(changed == 1)
}

/// A public key that verifies tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The key id.
    pub kid: String,
    /// The 32 bytes of an Ed25519 public key (RFC 8032).
    pub bytes: Vec<u8>,
}

/// Publishes a key. An existing key is left unchanged.
pub(crate) fn publish_key(conn: &mut Conn, key: &PublicKey, now: DateTime<Utc>) -> Result<(), Error> {
    let known: i64 = signing_keys::table.filter(signing_keys::kid.eq(&key.kid)).count().get_result(conn)?;
    if known == 0 {
        diesel::insert_into(signing_keys::table)
            .values((
                signing_keys::kid.eq(&key.kid),
                signing_keys::public_key.eq(&key.bytes),
                signing_keys::created_at.eq(DbMoment(now)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Returns all keys that are not retired.
pub(crate) fn keys(conn: &mut Conn) -> Result<Vec<PublicKey>, Error> {
    let rows: Vec<(String, Vec<u8>)> = signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .order(signing_keys::created_at)
        .select((signing_keys::kid, signing_keys::public_key))
        .load(conn)?;
    Ok(rows.into_iter().map(|(kid, bytes)| PublicKey { kid, bytes }).collect())
}
