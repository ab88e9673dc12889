//! Remembers members that were written singly and unchanged during a run of their chamber. Such a write leaves no
//! revision, but the run must not delete a member whose write was acknowledged.

use crate::{
    connection::Conn,
    error::Error,
    schema::{records, sync_confirmed, sync_runs},
    types::DbId,
    write::transaction::Transaction,
};
use diesel::prelude::*;
use domain::{content::Content, id::Id, sync::RunState};

impl Transaction<'_> {
    /// Records that a record was written unchanged, if a run of its chamber is under way.
    pub(crate) fn confirm<C: Content>(&mut self, content: &C, id: Id) -> Result<(), Error> {
        let Some((chamber, _)) = content.chamber_key() else { return Ok(()) };
        let run: Option<DbId> = sync_runs::table
            .filter(sync_runs::chamber.eq(&chamber.entry().slug))
            .filter(sync_runs::state.eq(RunState::Running.as_str()))
            .select(sync_runs::id)
            .first(self.conn)
            .optional()?;
        let Some(run) = run else { return Ok(()) };
        let row = (sync_confirmed::run.eq(run), sync_confirmed::record.eq(DbId::from(id)));
        // Writers of a chamber's members hold its lock, so nobody else inserts the same row.
        let known: i64 = sync_confirmed::table.find((run, DbId::from(id))).count().get_result(self.conn)?;
        if known == 0 {
            diesel::insert_into(sync_confirmed::table).values(row).execute(self.conn)?;
        }
        Ok(())
    }
}

/// Returns the external ids of the members that were confirmed during a run.
pub(super) fn external_ids(conn: &mut Conn, run: Id) -> Result<Vec<String>, Error> {
    let ids: Vec<Option<String>> = sync_confirmed::table
        .inner_join(records::table.on(records::id.eq(sync_confirmed::record)))
        .filter(sync_confirmed::run.eq(DbId::from(run)))
        .select(records::external_id)
        .load(conn)?;
    Ok(ids.into_iter().flatten().collect())
}

/// Returns those of some records that were confirmed during a run.
pub(super) fn among(conn: &mut Conn, run: Id, records: &[DbId]) -> Result<Vec<DbId>, Error> {
    Ok(sync_confirmed::table
        .filter(sync_confirmed::run.eq(DbId::from(run)).and(sync_confirmed::record.eq_any(records)))
        .select(sync_confirmed::record)
        .load(conn)?)
}

/// Deletes the confirmations of a run that has ended.
pub(super) fn remove(conn: &mut Conn, run: Id) -> Result<(), Error> {
    diesel::delete(sync_confirmed::table.filter(sync_confirmed::run.eq(DbId::from(run)))).execute(conn)?;
    Ok(())
}
