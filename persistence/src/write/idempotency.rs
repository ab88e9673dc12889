//! `Idempotency-Key`: which record version each write produced.
//!
//! Responses are not stored. A repeated write is answered from the revision of the record, so an erasure needs no
//! extra step.

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

/// Identifies a write.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// The token of the request.
    pub token: Id,
    /// The path of the request.
    pub path: String,
    /// The value of `Idempotency-Key`.
    pub key: String,
}

impl IdempotencyKey {
    /// The key as stored: a hash, because clients may build keys from names of people.
    fn digest(&self) -> Vec<u8> {
        let name = format!("{} {} {}", self.token, self.path, self.key);
        blake3::hash(name.as_bytes()).as_bytes().to_vec()
    }
}

/// The result of an earlier write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptWrite {
    /// Hash of the request body.
    pub body_hash: Vec<u8>,
    record: Id,
    version: i64,
}

impl Transaction<'_> {
    /// How long keys are kept.
    const KEPT: TimeDelta = TimeDelta::hours(24);

    /// Claims a key until the transaction ends. Returns `false` if another transaction holds it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn claim(&mut self, key: &IdempotencyKey) -> Result<bool, Error> {
        Ok(crate::dialect::try_lock(self.conn, &key.digest())?)
    }

    /// Returns the write that a key belongs to, if it is kept.
    ///
    /// # Errors
    /// If the database fails.
    pub fn recall(&mut self, key: &IdempotencyKey) -> Result<Option<KeptWrite>, Error> {
        let row: Option<(Vec<u8>, DbId, i64)> = keys::table
            .filter(keys::digest.eq(key.digest()))
            .filter(keys::created_at.gt(DbMoment(self.now - Self::KEPT)))
            .select((keys::body_hash, keys::record, keys::version))
            .first(self.conn)
            .optional()?;
        Ok(row.map(|(body_hash, record, version)| KeptWrite { body_hash, record: record.into(), version }))
    }

    /// Stores the record version that a write produced, and deletes expired keys.
    ///
    /// # Errors
    /// If the database fails.
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

    /// Returns the record as the write produced it. Labels of its references are current.
    ///
    /// # Errors
    /// If the database fails.
    pub fn replay<C: Content>(&mut self, write: &KeptWrite) -> Result<Record<C>, Error> {
        let stored: Option<Stored<C>> = history::version(self.conn, write.record, write.version)?;
        let vanished = || Error::Corrupt("the record of a repeated write vanished".to_owned());
        completing::complete_new(self.conn, self.view(), stored.ok_or_else(vanished)?)
    }
}
