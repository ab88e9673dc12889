//! Public keys that verify tokens. Private keys never enter the database.

use crate::{
    connection::Conn,
    error::Error,
    schema::signing_keys,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::id::Id;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The `kid` of the tokens that it verifies.
    pub id: Id,
    /// The 32 bytes of an Ed25519 public key (RFC 8032 section 5.1.5).
    pub bytes: Vec<u8>,
}

/// A public key, and how long it verifies tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// The key.
    pub key: PublicKey,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// From when it verifies nothing, which may be in the future. `None` while it signs.
    pub retired_at: Option<DateTime<Utc>>,
}

impl PublishedKey {
    /// Whether the key verifies nothing any more.
    pub fn is_retired(&self, now: DateTime<Utc>) -> bool {
        self.retired_at.is_some_and(|retired_at| retired_at <= now)
    }
}

type Row = (DbId, Vec<u8>, DbMoment, Option<DbMoment>);

fn published((id, bytes, created_at, retired_at): Row) -> PublishedKey {
    PublishedKey {
        key: PublicKey { id: id.into(), bytes },
        created_at: created_at.0,
        retired_at: retired_at.map(|moment| moment.0),
    }
}

/// Returns a key.
pub(crate) fn find(conn: &mut Conn, id: Id) -> Result<Option<PublishedKey>, Error> {
    let row: Option<Row> =
        signing_keys::table.filter(signing_keys::id.eq(DbId::from(id))).first(conn).optional()?;
    Ok(row.map(published))
}

/// Returns all keys, oldest first.
pub(crate) fn list(conn: &mut Conn) -> Result<Vec<PublishedKey>, Error> {
    let rows: Vec<Row> =
        signing_keys::table.order((signing_keys::created_at, signing_keys::id)).load(conn)?;
    Ok(rows.into_iter().map(published).collect())
}

/// Publishes a key.
pub(crate) fn insert(conn: &mut Conn, key: &PublicKey, now: DateTime<Utc>) -> Result<(), Error> {
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::id.eq(DbId::from(key.id)),
            signing_keys::public_key.eq(&key.bytes),
            signing_keys::created_at.eq(DbMoment(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sets from when a key verifies nothing.
pub(crate) fn retire(conn: &mut Conn, id: Id, at: DateTime<Utc>) -> Result<(), Error> {
    diesel::update(signing_keys::table.filter(signing_keys::id.eq(DbId::from(id))))
        .set(signing_keys::retired_at.eq(Some(DbMoment(at))))
        .execute(conn)?;
    Ok(())
}
