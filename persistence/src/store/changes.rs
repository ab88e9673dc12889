//! The change feed, its cursors, versions of records, and the audit log.

use crate::{
    audience::{Audience, View},
    audit::{self, AuditEntry, AuditFilter},
    batch::Batch,
    changes::{self, Changes},
    error::{Error, QueryError},
    history::{self, Version},
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
    /// Returns at most `limit` public changes after a position, of the given kinds, or of all if `kinds` is empty.
    ///
    /// # Errors
    /// If the database fails.
    pub fn changes(&self, position: i64, kinds: &[Kind], limit: usize) -> Result<Changes, Error> {
        // Read first, and from the primary: what is committed meanwhile belongs to the next page. A replica may show a
        // commit before the primary does, and the primary may fail before it ever does.
        let last = self.last_change()?;
        self.on_any(|conn| changes::since(conn, (position, last), kinds, limit))
    }

    /// Returns the moments of the first and the last public change of a kind, or `None` if there is none.
    ///
    /// # Errors
    /// If the database fails.
    pub fn first_and_last_change(&self, kind: Kind) -> Result<Option<[DateTime<Utc>; 2]>, Error> {
        self.on_any(|conn| changes::first_and_last(conn, kind))
    }

    /// Returns the number of the last change, or 0 if there is none.
    ///
    /// # Errors
    /// If the database fails.
    pub fn last_change(&self) -> Result<i64, Error> {
        self.last_change_from(0)
    }

    /// Like [`Self::last_change`], for a caller that knows a number, perhaps from another instance that has seen more.
    ///
    /// # Errors
    /// If the database fails.
    pub fn last_change_from(&self, known: i64) -> Result<i64, Error> {
        self.replicas.last_change(known, || changes::last(&mut *self.connections.reader()?))
    }

    /// Returns the number of the last change, now or at a moment, or 0 if there is none.
    ///
    /// # Errors
    /// [`QueryError::Faults`] if the moment is in the future.
    pub fn position(&self, as_of: Option<DateTime<Utc>>) -> Result<i64, QueryError> {
        match as_of {
            Some(as_of) => self.at_moment(as_of, |conn| past::number_at(conn, as_of, self.now())),
            None => Ok(self.last_change()?),
        }
    }

    /// Formats a position as a cursor: the number and the identity of the database, as `NUMBER-IDENTITY`.
    pub fn cursor(&self, position: i64) -> String {
        format!("{position}-{}", self.identity.name)
    }

    /// Parses a cursor, or the bare number of a change.
    ///
    /// # Errors
    /// A sentence for the caller if the text is neither, or if the cursor is of another database.
    pub fn position_of(&self, cursor: &str) -> Result<i64, String> {
        let (number, identity) = match cursor.split_once('-') {
            Some((number, identity)) => (number, Some(identity)),
            None => (cursor, None),
        };
        // A number has one spelling: no sign, no leading zeros.
        let position = number.parse().ok().filter(|position: &i64| number == position.to_string());
        if position.is_some() && identity.is_some_and(|identity| identity != self.identity.name) {
            return Err("is a cursor of another server: omit it to start over".to_owned());
        }
        position.ok_or_else(|| "must be a cursor of the feed, or the number ('seq') of a change".to_owned())
    }

    /// Returns at most `limit` versions of a record, latest first. `before` is exclusive.
    ///
    /// # Errors
    /// If the database fails.
    pub fn versions<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Found<Batch<Version>>, Error> {
        let view = View { audience, now: self.now(), past: None, cache: None };
        self.on_any(|conn| match (record::find::<C>(conn, audience, key)?, key) {
            // An erased record keeps its versions, without content.
            (Found::Nowhere, Key::Id(id)) if history::is_known(conn, C::KIND, *id)? => {
                Ok(Found::Here(history::versions::<C>(conn, view, *id, before, limit)?))
            }
            (found, _) => {
                found.then(|stored| history::versions::<C>(conn, view, stored.id(), before, limit).map(Some))
            }
        })
    }

    /// Returns a record as it was in a version.
    ///
    /// # Errors
    /// If the database fails.
    pub fn version<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        version: i64,
    ) -> Result<Found<Record<C>>, Error> {
        let view = View { audience, now: self.now(), past: None, cache: None };
        self.on_any(|conn| {
            record::find::<C>(conn, audience, key)?.then(|stored| {
                let stored = history::version::<C>(conn, stored.id(), version)?;
                completing::complete_version(conn, view, stored)
            })
        })
    }

    /// Returns at most `limit` audit entries, latest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn audit(&self, filter: &AuditFilter, limit: usize) -> Result<Batch<AuditEntry>, Error> {
        audit::list(&mut *self.connections.reader()?, filter, limit)
    }
}
