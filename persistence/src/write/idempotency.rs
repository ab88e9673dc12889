//! Writes that may be sent again (`Idempotency-Key`): which record each of them made.
//!
//! No answer is kept: a repeated write is answered from the record's own revision, so an erasure reaches it by itself.

use crate::{
    error::Error,
    history,
    query::completing,
    rows::Stored,
    schema::idempotency_keys as keys,
    types::{DbId, DbMoment},
    write::transaction::Transaction,
};
use chrono::TimeDelta;
use diesel::prelude::*;
use domain::{content::Content, id::Id, record::Record};

/// By what a write is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// The token that sent it.
    pub token: Id,
    /// Where it was sent.
    pub path: String,
    /// The key that was sent with it.
    pub key: String,
}

impl IdempotencyKey {
    /// Stands for the key in the database, since a key may be made of the names of people.
    fn digest(&self) -> Vec<u8> {
        let name = format!("{} {} {}", self.token, self.path, self.key);
        blake3::hash(name.as_bytes()).as_bytes().to_vec()
    }
}

/// What a write made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptWrite {
    /// Hash of its body.
    pub body_hash: Vec<u8>,
    record: Id,
    version: i64,
}

impl Transaction<'_> {
    /// How long writes are remembered.
    const KEPT: TimeDelta = TimeDelta::hours(24);

    /// Makes this the only transaction with a key; whether it is.
    ///
    /// # Errors
    /// When the database fails.
    pub fn claim(&mut self, key: &IdempotencyKey) -> Result<bool, Error> {
        Ok(crate::dialect::try_lock(self.conn, &key.digest())?)
    }

    /// The write that was made under a key.
    ///
    /// # Errors
    /// When the database fails.
    pub fn recall(&mut self, key: &IdempotencyKey) -> Result<Option<KeptWrite>, Error> {
        let row: Option<(Vec<u8>, DbId, i64)> = keys::table
            .filter(keys::digest.eq(key.digest()))
            .filter(keys::created_at.gt(DbMoment(self.now - Self::KEPT)))
            .select((keys::body_hash, keys::record, keys::version))
            .first(self.conn)
            .optional()?;
        Ok(row.map(|(body_hash, record, version)| KeptWrite { body_hash, record: record.into(), version }))
    }

    /// Remembers the write that made a record, and forgets those that are too old.
    ///
    /// # Errors
    /// When the database fails.
    pub fn remember<C>(
        &mut self,
        key: &IdempotencyKey,
        body_hash: &[u8],
        record: &Record<C>,
    ) -> Result<(), Error> {
        let too_old = DbMoment(self.now - Self::KEPT);
        diesel::delete(keys::table.filter(keys::created_at.le(too_old))).execute(self.conn)?;
        diesel::insert_into(keys::table)
            .values((
                keys::digest.eq(key.digest()),
                keys::body_hash.eq(body_hash),
                keys::record.eq(DbId::from(record.id)),
                keys::version.eq(record.version),
                keys::created_at.eq(DbMoment(self.now)),
            ))
            .execute(self.conn)?;
        Ok(())
    }

    /// The record as it was answered when the write made it, with the present names of what it refers to.
    ///
    /// # Errors
    /// When the database fails.
    pub fn replay<C: Content>(&mut self, write: &KeptWrite) -> Result<Record<C>, Error> {
        let stored: Option<Stored<C>> = history::version(self.conn, write.record, write.version)?;
        let vanished = || Error::Corrupt("the record of a repeated write vanished".to_owned());
        completing::complete_new(self.conn, self.audience, stored.ok_or_else(vanished)?)
    }
}
