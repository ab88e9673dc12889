//! Tokens and keys.
//!
//! Every change of a key, and every issue of a token, holds the lock on revisions. So the moment at which a key is
//! retired covers all of its tokens, and the events of the audit have numbers in commit order.

use super::in_transaction;
use crate::{
    audience::{Actor, Audience},
    batch::Batch,
    connection::Conn,
    credential_events::{self, CredentialAction},
    dialect,
    error::Error,
    query::labels::{self, Targets},
    signing_keys::{self, PublicKey, PublishedKey},
    store::Store,
    tokens::{self, IssuedToken, TokenFilter},
    types::DbId,
};
use chrono::{DateTime, Utc};
use domain::{id::Id, kind::Kind, reference::ReferenceLabel, slug::Key};
use std::collections::HashMap;

/// The kinds that a token may be bound to.
const ORGANISATIONS: &[Kind] = &[Kind::Initiative, Kind::Network];

impl Store {
    /// Stores a token that is about to be issued. Returns `false` if its key is unknown or about to be retired: then
    /// it must be signed with another one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_token(&self, actor: &Actor, token: &IssuedToken) -> Result<bool, Error> {
        self.change_credentials(|conn, now| {
            if signing_keys::find(conn, token.key)?.is_none_or(|key| key.retired_at.is_some()) {
                return Ok(false);
            }
            tokens::insert(conn, token)?;
            credential_events::append(conn, actor, CredentialAction::Issue, token.id, now)?;
            Ok(true)
        })
    }

    /// Returns at most `limit` tokens that match a filter, latest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn tokens(&self, filter: &TokenFilter, limit: usize) -> Result<Batch<IssuedToken>, Error> {
        tokens::list(&mut *self.connections.reader()?, filter, self.now(), limit)
    }

    /// Returns how many tokens match a filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn count_tokens(&self, filter: &TokenFilter) -> Result<i64, Error> {
        tokens::count(&mut *self.connections.reader()?, filter, self.now())
    }

    /// Returns a token, whatever its state.
    ///
    /// # Errors
    /// If the database fails.
    pub fn token(&self, id: Id) -> Result<Option<IssuedToken>, Error> {
        tokens::find(&mut *self.connections.reader()?, id)
    }

    /// Returns the tokens that were revoked and would not have expired yet.
    ///
    /// # Errors
    /// If the database fails.
    pub fn revoked_tokens(&self) -> Result<Vec<Id>, Error> {
        tokens::revoked(&mut *self.connections.reader()?, self.now())
    }

    /// Revokes a token. Returns whether it was not revoked before, or `None` if there is no such token.
    ///
    /// # Errors
    /// If the database fails.
    pub fn revoke_token(&self, actor: &Actor, id: Id) -> Result<Option<bool>, Error> {
        self.change_credentials(|conn, now| {
            let revoked = tokens::revoke(conn, id, now)?;
            if revoked == Some(true) {
                credential_events::append(conn, actor, CredentialAction::Revoke, id, now)?;
            }
            Ok(revoked)
        })
    }

    /// Records uses of tokens, each at most once per [`tokens::USE_INTERVAL`].
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_uses(&self, uses: &[(Id, DateTime<Utc>)]) -> Result<(), Error> {
        let conn = &mut *self.connections.patient_writer()?;
        in_transaction(conn, dialect::begin_write, |conn| {
            uses.iter().try_for_each(|(id, at)| tokens::record_use(conn, *id, *at))
        })
    }

    /// Returns the id of an initiative or network, hidden ones included.
    ///
    /// # Errors
    /// If the database fails.
    pub fn organisation(&self, key: &Key) -> Result<Option<Id>, Error> {
        let mut targets = Targets::default();
        targets.look_up(&mut *self.connections.reader()?, &[(key.clone(), ORGANISATIONS)])?;
        Ok(targets.find(key, ORGANISATIONS).map(|found| found.id))
    }

    /// Returns the labels of records by id, hidden ones included.
    ///
    /// # Errors
    /// If the database fails.
    pub fn labels(&self, ids: &[Id]) -> Result<HashMap<Id, ReferenceLabel>, Error> {
        let ids: Vec<DbId> = ids.iter().map(|id| DbId::from(*id)).collect();
        labels::of_records(&mut *self.connections.reader()?, Audience::Staff, &ids)
    }

    /// Returns all public keys, retired ones included, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn keys(&self) -> Result<Vec<PublishedKey>, Error> {
        signing_keys::list(&mut *self.connections.reader()?)
    }

    /// Publishes a key. A published one is left unchanged.
    ///
    /// # Errors
    /// If the database fails.
    pub fn publish_key(&self, actor: &Actor, key: &PublicKey) -> Result<(), Error> {
        if signing_keys::find(&mut *self.connections.reader()?, key.id)?.is_some() {
            return Ok(());
        }
        self.change_credentials(|conn, now| publish(conn, actor, key, now))
    }

    /// Publishes a key in place of another one, which is retired when its last token expires. Returns that moment.
    ///
    /// # Errors
    /// If the database fails.
    pub fn rotate_key(&self, actor: &Actor, old: Id, new: &PublicKey) -> Result<DateTime<Utc>, Error> {
        self.change_credentials(|conn, now| {
            publish(conn, actor, new, now)?;
            let retired_at = tokens::last_expiry(conn, old)?.map_or(now, |last| last.max(now));
            if signing_keys::find(conn, old)?.is_some_and(|old| old.retired_at.is_none()) {
                signing_keys::retire(conn, old, retired_at)?;
                credential_events::append(conn, actor, CredentialAction::Rotate, old, now)?;
            }
            Ok(retired_at)
        })
    }

    /// Retires a key at once, and revokes all its tokens. Returns how many were valid, or `None` if there is no such
    /// key.
    ///
    /// # Errors
    /// If the database fails.
    pub fn retire_key(&self, actor: &Actor, id: Id) -> Result<Option<usize>, Error> {
        self.change_credentials(|conn, now| {
            let Some(key) = signing_keys::find(conn, id)? else { return Ok(None) };
            if !key.is_retired(now) {
                signing_keys::retire(conn, id, now)?;
                credential_events::append(conn, actor, CredentialAction::Retire, id, now)?;
            }
            tokens::revoke_all(conn, id, now).map(Some)
        })
    }

    /// Runs `work` in a transaction that holds the lock on revisions.
    fn change_credentials<T>(
        &self,
        work: impl FnOnce(&mut Conn, DateTime<Utc>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let conn = &mut *self.connections.writer()?;
        in_transaction(conn, dialect::begin_write, |conn| {
            dialect::lock_revisions(conn)?;
            work(conn, self.now())
        })
    }
}

fn publish(conn: &mut Conn, actor: &Actor, key: &PublicKey, now: DateTime<Utc>) -> Result<(), Error> {
    if signing_keys::find(conn, key.id)?.is_none() {
        signing_keys::insert(conn, key, now)?;
        credential_events::append(conn, actor, CredentialAction::Create, key.id, now)?;
    }
    Ok(())
}
