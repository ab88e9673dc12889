//! Totals of the lists that are paged.

use crate::{
    audit::{self, AuditFilter},
    error::Error,
    schema::{revisions, sync_rejections, sync_runs},
    store::Store,
    types::DbId,
};
use diesel::prelude::*;
use domain::{id::Id, vocabulary::ChamberCode};

impl Store {
    /// Returns how many audit entries match a filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn count_audit_entries(&self, filter: &AuditFilter) -> Result<i64, Error> {
        Ok(audit::matching(filter).count().get_result(&mut *self.connections.reader()?)?)
    }

    /// Returns how many versions of a record are kept.
    ///
    /// # Errors
    /// If the database fails.
    pub fn total_of_versions(&self, record: Id) -> Result<i64, Error> {
        let versions = revisions::table.filter(revisions::record.eq(DbId::from(record)));
        self.on_any(|conn| Ok::<_, Error>(versions.count().get_result(conn)?))
    }

    /// Returns how many runs a chamber has had.
    ///
    /// # Errors
    /// If the database fails.
    pub fn total_of_runs(&self, chamber: ChamberCode) -> Result<i64, Error> {
        let runs = sync_runs::table.filter(sync_runs::chamber.eq(&chamber.entry().slug));
        Ok(runs.count().get_result(&mut *self.connections.reader()?)?)
    }

    /// Returns how many rejections of a run are kept.
    ///
    /// # Errors
    /// If the database fails.
    pub fn total_of_rejections(&self, run: Id) -> Result<i64, Error> {
        let kept = sync_rejections::table.filter(sync_rejections::run.eq(DbId::from(run)));
        Ok(kept.count().get_result(&mut *self.connections.reader()?)?)
    }
}
