//! What is asked about changes: the feed, its cursors, the versions of a record, the audit.

use crate::{
    audience::{Audience, View},
    changes::{self, Changes},
    error::{Error, QueryError},
    history::{self, AuditEntry, AuditFilter, Version},
    past,
    query::{
        completing,
        record::{self, Found},
    },
    store::Store,
};
use chrono::{DateTime, Utc};
use domain::{content::Content, kind::Kind, record::Record, slug::Key};

impl Store {
    /// The public changes behind a position, at most `limit`, of some kinds or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub fn changes(&self, position: i64, kinds: &[Kind], limit: usize) -> Result<Changes, Error> {
        changes::since(&mut *self.connections.reader()?, position, kinds, limit)
    }

    /// The number of the last change; 0 when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn last_change(&self) -> Result<i64, Error> {
        changes::last(&mut *self.connections.reader()?)
    }

    /// The number of the last change, now or at a moment; 0 when there was none.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for a moment that has not come yet.
    pub fn position(&self, as_of: Option<DateTime<Utc>>) -> Result<i64, QueryError> {
        let conn = &mut *self.connections.reader()?;
        match as_of {
            Some(as_of) => past::number_at(conn, as_of, self.now()),
            None => Ok(changes::last(conn)?),
        }
    }

    /// A position in the feed as it is given out: the number, and of which database it is.
    pub fn cursor(&self, position: i64) -> String {
        format!("{position}-{}", self.identity)
    }

    /// Reads a cursor, or the bare number of a change.
    ///
    /// # Errors
    /// A sentence for the caller when it is neither, or was given out by another database.
    pub fn position_of(&self, cursor: &str) -> Result<i64, String> {
        let (number, identity) = match cursor.split_once('-') {
            Some((number, identity)) => (number, Some(identity)),
            None => (cursor, None),
        };
        // A number has one spelling, and 19 digits at the most.
        let position = number.parse().ok().filter(|position: &i64| number == position.to_string());
        if position.is_some() && identity.is_some_and(|identity| *identity != *self.identity) {
            return Err("is a cursor of another server: begin again, without it".to_owned());
        }
        position.ok_or_else(|| "must be a cursor of the feed, or the number ('seq') of a change".to_owned())
    }

    /// The versions of a record before one of them, latest first, at most `limit`; whether more follow.
    ///
    /// # Errors
    /// When the database fails.
    pub fn versions<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Found<(Vec<Version>, bool)>, Error> {
        let conn = &mut *self.connections.reader()?;
        match (record::find::<C>(conn, audience, key)?, key) {
            // What was erased has versions without content.
            (Found::Nowhere, Key::Id(id)) if history::is_known(conn, C::KIND, *id)? => {
                Ok(Found::Here(history::versions(conn, audience, *id, before, limit)?))
            }
            (found, _) => {
                found.then(|stored| history::versions(conn, audience, stored.id(), before, limit).map(Some))
            }
        }
    }

    /// A record as it was in one of its versions.
    ///
    /// # Errors
    /// When the database fails.
    pub fn version<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        version: i64,
    ) -> Result<Found<Record<C>>, Error> {
        let conn = &mut *self.connections.reader()?;
        let view = View { audience, now: self.now(), past: None, cache: None };
        record::find::<C>(conn, audience, key)?.then(|stored| {
            let stored = history::version::<C>(conn, stored.id(), version)?;
            completing::complete_version(conn, view, stored)
        })
    }

    /// Who did what, latest first, at most `limit`; whether more follow.
    ///
    /// # Errors
    /// When the database fails.
    pub fn audit(&self, filter: &AuditFilter, limit: usize) -> Result<(Vec<AuditEntry>, bool), Error> {
        history::audit(&mut *self.connections.reader()?, filter, limit)
    }
}
