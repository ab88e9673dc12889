//! The reports of runs: one row per run, and its rejections.

use super::confirmed;
use crate::{
    batch::Batch,
    connection::{Conn, MultiBackend},
    dialect::insert_all,
    error::Error,
    schema::{sync_rejections, sync_runs},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    id::Id,
    sync::{Counts, Mode, Rejection, Run, RunOptions, RunState, Sweep, SweepState},
    vocabulary::ChamberCode,
};

/// A stored run.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sync_runs, treat_none_as_default_value = false)]
struct RunRow {
    id: DbId,
    chamber: String,
    state: String,
    mode: String,
    dry_run: bool,
    max_deletion_percent: i16,
    received: i64,
    created: i64,
    updated: i64,
    unchanged: i64,
    deleted: i64,
    rejected: i64,
    sweep: String,
    sweep_reason: Option<String>,
    started_at: DbMoment,
    changed_at: DbMoment,
    finished_at: Option<DbMoment>,
}

impl RunRow {
    /// Converts the row, without rejections.
    fn into_run(self) -> Result<Run, Error> {
        let corrupt = || Error::Corrupt(format!("run {}", self.id.0));
        let number = |number: i64| u64::try_from(number).unwrap_or_default();
        let finished_at = self.finished_at.map(|moment| moment.0);
        Ok(Run {
            id: self.id.into(),
            state: RunState::parse(&self.state).ok_or_else(corrupt)?,
            mode: Mode::parse(&self.mode).ok_or_else(corrupt)?,
            dry_run: self.dry_run,
            max_deletion_percent: u8::try_from(self.max_deletion_percent).map_err(|_| corrupt())?,
            counts: Counts {
                received: number(self.received),
                created: number(self.created),
                updated: number(self.updated),
                unchanged: number(self.unchanged),
                deleted: number(self.deleted),
                rejected: number(self.rejected),
            },
            rejections: Vec::new(),
            sweep: Sweep {
                state: SweepState::parse(&self.sweep).ok_or_else(corrupt)?,
                reason: self.sweep_reason,
            },
            started_at: self.started_at.0,
            finished_at,
            duration_ms: (finished_at.unwrap_or(self.changed_at.0) - self.started_at.0).num_milliseconds(),
        })
    }
}

/// A stored rejection.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sync_rejections, treat_none_as_default_value = false)]
struct RejectionRow {
    run: DbId,
    line: i64,
    external_id: Option<String>,
    pointer: String,
    reason: String,
}

impl From<RejectionRow> for Rejection {
    fn from(row: RejectionRow) -> Self {
        let line = u64::try_from(row.line).unwrap_or_default();
        Self { line, external_id: row.external_id, pointer: row.pointer, reason: row.reason }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Stores a new run.
pub(super) fn begin(
    conn: &mut Conn,
    id: Id,
    chamber: ChamberCode,
    options: RunOptions,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sweep = match options.mode {
        Mode::Delta => SweepState::None,
        Mode::Full => SweepState::Pending,
    };
    let row = RunRow {
        id: id.into(),
        chamber: chamber.entry().slug.clone(),
        state: RunState::Running.as_str().to_owned(),
        mode: options.mode.as_str().to_owned(),
        dry_run: options.dry_run,
        max_deletion_percent: options.max_deletion_percent.into(),
        received: 0,
        created: 0,
        updated: 0,
        unchanged: 0,
        deleted: 0,
        rejected: 0,
        sweep: sweep.as_str().to_owned(),
        sweep_reason: None,
        started_at: now.into(),
        changed_at: now.into(),
        finished_at: None,
    };
    diesel::insert_into(sync_runs::table).values(row).execute(conn)?;
    Ok(())
}

/// Returns the runs that are under way or whose server died, of one chamber or of all.
pub(super) fn under_way(conn: &mut Conn, chamber: Option<ChamberCode>) -> Result<Vec<(Id, String)>, Error> {
    let mut query =
        sync_runs::table.filter(sync_runs::state.eq(RunState::Running.as_str())).into_boxed::<MultiBackend>();
    if let Some(chamber) = chamber {
        query = query.filter(sync_runs::chamber.eq(&chamber.entry().slug));
    }
    let rows: Vec<(DbId, String)> = query.select((sync_runs::id, sync_runs::chamber)).load(conn)?;
    Ok(rows.into_iter().map(|(id, chamber)| (id.into(), chamber)).collect())
}

/// Closes a run whose server died.
pub(super) fn interrupt(conn: &mut Conn, id: Id, now: DateTime<Utc>) -> Result<(), Error> {
    diesel::update(sync_runs::table.find(DbId::from(id)))
        .filter(sync_runs::state.eq(RunState::Running.as_str()))
        .set((
            sync_runs::state.eq(RunState::Interrupted.as_str()),
            sync_runs::finished_at.eq(Some(DbMoment(now))),
        ))
        .execute(conn)?;
    confirmed::remove(conn, id)?;
    let waited = sync_runs::sweep.eq(SweepState::Pending.as_str());
    diesel::update(sync_runs::table.find(DbId::from(id)))
        .filter(waited)
        .set((
            sync_runs::sweep.eq(SweepState::Skipped.as_str()),
            sync_runs::sweep_reason.eq(Some("the run was interrupted")),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores the counts of a run.
///
/// # Errors
/// [`Error::Collision`] if another server has closed it.
pub(super) fn progress(conn: &mut Conn, id: Id, counts: Counts, now: DateTime<Utc>) -> Result<(), Error> {
    let changed = diesel::update(sync_runs::table.find(DbId::from(id)))
        .filter(sync_runs::state.eq(RunState::Running.as_str()))
        .set((
            sync_runs::received.eq(signed(counts.received)),
            sync_runs::created.eq(signed(counts.created)),
            sync_runs::updated.eq(signed(counts.updated)),
            sync_runs::unchanged.eq(signed(counts.unchanged)),
            sync_runs::deleted.eq(signed(counts.deleted)),
            sync_runs::rejected.eq(signed(counts.rejected)),
            sync_runs::changed_at.eq(DbMoment(now)),
        ))
        .execute(conn)?;
    match changed {
        0 => Err(Error::Collision("the run was closed by another server".to_owned())),
        _ => Ok(()),
    }
}

/// Stores the result of a run.
pub(super) fn finish(
    conn: &mut Conn,
    id: Id,
    state: RunState,
    sweep: &Sweep,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    diesel::update(sync_runs::table.find(DbId::from(id)))
        .filter(sync_runs::state.eq(RunState::Running.as_str()))
        .set((
            sync_runs::state.eq(state.as_str()),
            sync_runs::sweep.eq(sweep.state.as_str()),
            sync_runs::sweep_reason.eq(&sweep.reason),
            sync_runs::finished_at.eq(Some(DbMoment(now))),
        ))
        .execute(conn)?;
    confirmed::remove(conn, id)
}

/// Stores rejections.
pub(super) fn reject(conn: &mut Conn, id: Id, rejections: Vec<Rejection>) -> Result<(), Error> {
    let row = |rejection: Rejection| RejectionRow {
        run: id.into(),
        line: signed(rejection.line),
        external_id: rejection.external_id,
        pointer: rejection.pointer,
        reason: rejection.reason,
    };
    let rows: Vec<RejectionRow> = rejections.into_iter().map(row).collect();
    Ok(insert_all!(&mut *conn, sync_rejections::table, &rows)?)
}

/// Returns a run of a chamber, or the latest one if `id` is `None`.
pub(crate) fn find(conn: &mut Conn, chamber: ChamberCode, id: Option<Id>) -> Result<Option<Run>, Error> {
    let mut query =
        sync_runs::table.filter(sync_runs::chamber.eq(&chamber.entry().slug)).into_boxed::<MultiBackend>();
    if let Some(id) = id {
        query = query.filter(sync_runs::id.eq(DbId::from(id)));
    }
    let row: Option<RunRow> = query
        .order(sync_runs::id.desc())
        .select(<RunRow as Selectable<MultiBackend>>::construct_selection())
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let mut run = row.into_run()?;
    run.rejections = rejections(conn, run.id, 0, Run::LISTED)?.items;
    Ok(Some(run))
}

/// Returns at most `limit` runs of a chamber, latest first and without their rejections. `before` is exclusive.
pub(crate) fn list(
    conn: &mut Conn,
    chamber: ChamberCode,
    before: Option<Id>,
    limit: usize,
) -> Result<Batch<Run>, Error> {
    let mut query =
        sync_runs::table.filter(sync_runs::chamber.eq(&chamber.entry().slug)).into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(sync_runs::id.lt(DbId::from(before)));
    }
    let query =
        query.order(sync_runs::id.desc()).select(<RunRow as Selectable<MultiBackend>>::construct_selection());
    Batch::load(query, limit, conn)?.try_map(RunRow::into_run)
}

/// Returns at most `limit` rejections of a run after a line.
pub(crate) fn rejections(
    conn: &mut Conn,
    id: Id,
    after: u64,
    limit: usize,
) -> Result<Batch<Rejection>, Error> {
    let query = sync_rejections::table
        .filter(sync_rejections::run.eq(DbId::from(id)).and(sync_rejections::line.gt(signed(after))))
        .order(sync_rejections::line);
    Batch::<RejectionRow>::load(query, limit, conn)?.try_map(|row| Ok(row.into()))
}
