//! Members that were written singly while a run of their chamber is under way, and were in that state already: a write
//! that changes nothing leaves no revision, and yet the run must not delete what it acknowledged.

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
    /// Notes that a record was written as it is already, for the run of its chamber, if one is under way.
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
        // Whoever writes members of a chamber holds its lock: nobody inserts the same meanwhile.
        let known: i64 = sync_confirmed::table.find((run, DbId::from(id))).count().get_result(self.conn)?;
        if known == 0 {
            diesel::insert_into(sync_confirmed::table).values(row).execute(self.conn)?;
        }
        Ok(())
    }
}

/// What a chamber calls the members that were confirmed during a run.
pub(super) fn external_ids(conn: &mut Conn, run: Id) -> Result<Vec<String>, Error> {
    let ids: Vec<Option<String>> = sync_confirmed::table
        .inner_join(records::table.on(records::id.eq(sync_confirmed::record)))
        .filter(sync_confirmed::run.eq(DbId::from(run)))
        .select(records::external_id)
        .load(conn)?;
    Ok(ids.into_iter().flatten().collect())
}

/// Which of some records were confirmed during a run.
pub(super) fn among(conn: &mut Conn, run: Id, records: &[DbId]) -> Result<Vec<DbId>, Error> {
    Ok(sync_confirmed::table
        .filter(sync_confirmed::run.eq(DbId::from(run)).and(sync_confirmed::record.eq_any(records)))
        .select(sync_confirmed::record)
        .load(conn)?)
}

/// Forgets what was confirmed during a run that has ended.
pub(super) fn remove(conn: &mut Conn, run: Id) -> Result<(), Error> {
    diesel::delete(sync_confirmed::table.filter(sync_confirmed::run.eq(DbId::from(run)))).execute(conn)?;
    Ok(())
}
