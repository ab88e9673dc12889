//! The locks of a write: first chambers, then records, then revisions. Another order could deadlock.
//!
//! The transaction of a group holds the lock on revisions from its first write on, and its later writes need locks of
//! chambers and records. So a write of a group waits for the lock on revisions only. If another transaction holds an
//! earlier lock that it needs, it fails, is rolled back, and runs alone, in the usual order:
//!
//! ```text
//! group      locks record A, revisions                    → tries record B: held, so this write leaves the group
//! sync run                              locks record B    → waits for revisions, until the group commits
//! ```

use crate::{
    dialect,
    error::Error,
    query::record::{self, Found},
    rows::Stored,
    schema::records,
    types::DbId,
    write::transaction::Transaction,
};
use diesel::prelude::*;
use domain::{
    content::Content,
    kind::Kind,
    member::Member,
    scalar::ExternalId,
    slug::Key,
    vocabulary::{Chamber, ChamberCode, Entry as _},
};

impl Transaction<'_> {
    /// Finds a record and locks it until the transaction ends.
    ///
    /// # Errors
    /// If the database fails.
    pub fn find<C: Content>(&mut self, key: &Key) -> Result<Found<Stored<C>>, Error> {
        // Who holds the lock on revisions, the last one, has taken all earlier locks that it needs. In a group it may be
        // the lock of an earlier write.
        let has_all = self.has_lock && self.group.is_none();
        if let (Kind::Member, Key::Id(id), false) = (C::KIND, key, has_all) {
            let chamber: Option<Option<String>> =
                records::table.find(DbId::from(*id)).select(records::chamber).first(self.conn).optional()?;
            if let Some(chamber) = chamber.flatten() {
                self.lock_chamber(&chamber)?;
            }
        }
        if let Key::Id(id) = key {
            self.write_queue_if(|record| record.id == DbId::from(*id))?;
        }
        let found = record::find::<C>(self.conn, self.audience, key)?;
        match &found {
            Found::Here(stored) if self.lock_record(stored.row.id)? => {
                record::find(self.conn, self.audience, key)
            }
            _ => Ok(found),
        }
    }

    /// Returns the member with an external id of a chamber, including deleted members. Locks it like
    /// [`Transaction::find`].
    ///
    /// # Errors
    /// If the database fails.
    pub fn member(
        &mut self,
        chamber: ChamberCode,
        external_id: &ExternalId,
    ) -> Result<Option<Stored<Member>>, Error> {
        self.lock_chamber(&chamber.entry().slug)?;
        for id in dialect::member_ids(self.conn, &chamber.entry().slug, &[external_id.as_str()])? {
            self.lock_record(id)?;
        }
        record::member(self.conn, chamber, external_id)
    }

    /// Locks the members of a chamber, once. Writers of members take this lock before that of any record, as
    /// batches of the sync do. Another order could deadlock.
    pub(crate) fn lock_chamber(&mut self, chamber: &str) -> Result<(), Error> {
        if !self.locked_chambers.iter().any(|locked| locked == chamber) {
            match &mut self.group {
                None => dialect::lock_chambers(self.conn, &[chamber])?,
                Some(group) => group.granted(dialect::try_lock_chamber(self.conn, chamber)?.then_some(()))?,
            }
            self.locked_chambers.push(chamber.to_owned());
        }
        Ok(())
    }

    /// Locks a record. Returns whether it must be read again ([`dialect::lock_record`]).
    fn lock_record(&mut self, id: DbId) -> Result<bool, Error> {
        match &mut self.group {
            None => Ok(dialect::lock_record(self.conn, id)?),
            Some(group) => group.granted(dialect::try_lock_record(self.conn, id)?),
        }
    }

    /// Locks the members of all chambers.
    pub(crate) fn lock_all_chambers(&mut self) -> Result<(), Error> {
        let all: Vec<&str> = Chamber::all().iter().map(|chamber| chamber.slug.as_str()).collect();
        dialect::lock_chambers(self.conn, &all)?;
        self.locked_chambers = all.into_iter().map(str::to_owned).collect();
        Ok(())
    }

    /// Locks the revisions, once. This is always the last lock.
    pub(crate) fn lock_revisions(&mut self) -> Result<(), Error> {
        if !self.has_lock {
            dialect::lock_revisions(self.conn)?;
            self.has_lock = true;
        }
        Ok(())
    }
}
