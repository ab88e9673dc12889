//! States of records, read from the revisions.

use super::Past;
use crate::{
    connection::Conn,
    error::{Error, QueryError},
    query::record::Found,
    rows::{Stored, StoredRow, content_of_revision},
    schema::{past_contents, records, revisions},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{exists, max},
    prelude::*,
    select,
};
use domain::{content::Content, fault::Faults};

/// Returns the number of the last revision at a moment, or 0 before the first.
///
/// # Errors
/// [`QueryError::Faults`] if the moment is in the future.
pub(crate) fn number_at(
    conn: &mut Conn,
    as_of: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<i64, QueryError> {
    if as_of > now {
        let mut faults = Faults::new();
        faults.malformed("as_of", "must not be in the future");
        return Err(QueryError::Faults(faults));
    }
    let last: Option<i64> = revisions::table
        .filter(revisions::at.le(DbMoment(as_of)))
        .order((revisions::at.desc(), revisions::seq.desc()))
        .select(revisions::seq)
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or_default())
}

/// A state of a record.
#[derive(Debug, Queryable)]
pub(super) struct State {
    pub(super) seq: i64,
    pub(super) record: DbId,
    pub(super) kind: String,
    pub(super) slug: Option<String>,
    status: String,
    visible: bool,
    version: i64,
    updated_at: DbMoment,
    pub(super) content: String,
    created_at: DbMoment,
    number: i32,
}

impl State {
    /// Converts the state to the row of a record.
    pub(super) fn into_row(self) -> StoredRow {
        StoredRow {
            id: self.record,
            number: self.number,
            slug: self.slug,
            status: self.status,
            visible: self.visible,
            was_visible: true,
            version: self.version,
            sort_name: String::new(),
            starts_at: None,
            content: self.content,
            content_hash: Vec::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// Selects states of records that are public today, or of those that are not.
macro_rules! states {
    () => {
        states!(true)
    };
    ($visible:literal) => {
        revisions::table
            .inner_join(records::table.on(records::id.eq(revisions::record)))
            .left_join(past_contents::table.on(past_contents::seq.eq(revisions::seq)))
            .filter(records::visible.eq($visible))
            .select((
                revisions::seq,
                revisions::record,
                revisions::kind,
                revisions::slug,
                revisions::status,
                revisions::visible,
                revisions::version,
                revisions::updated_at,
                content_of_revision(),
                records::created_at,
                records::number,
            ))
    };
}

/// Returns the states that some revisions wrote.
pub(super) fn of_revisions(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<State>, Error> {
    Ok(states!().filter(revisions::seq.eq_any(seqs)).load(conn)?)
}

/// Like [`of_revisions`], for records that are not public today.
pub(super) fn hidden_of_revisions(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<State>, Error> {
    Ok(states!(false).filter(revisions::seq.eq_any(seqs)).load(conn)?)
}

/// Returns what the public saw of some records at a moment.
pub(super) fn of_records(conn: &mut Conn, past: Past, ids: &[DbId]) -> Result<Vec<State>, Error> {
    /// The number of records looked up at a time.
    const RECORDS: usize = 1_000;
    let mut states = Vec::new();
    for ids in ids.chunks(RECORDS) {
        let last = last_revisions(conn, past, ids)?;
        states.extend(of_revisions(conn, &last)?.into_iter().filter(|state| state.visible));
    }
    Ok(states)
}

/// Returns the last revisions of some records at a moment. Reads an index only.
pub(super) fn last_revisions(conn: &mut Conn, past: Past, ids: &[DbId]) -> Result<Vec<i64>, Error> {
    let last: Vec<Option<i64>> = revisions::table
        .filter(revisions::record.eq_any(ids).and(revisions::seq.le(past.number)))
        .group_by(revisions::record)
        .select(max(revisions::seq))
        .load(conn)?;
    Ok(last.into_iter().flatten().collect())
}

/// Returns the state of a record that is public today at a moment, or `Gone` if it had been public and was not.
pub(crate) fn find<C: Content>(conn: &mut Conn, past: Past, id: DbId) -> Result<Found<Stored<C>>, Error> {
    let until = revisions::record.eq(id).and(revisions::seq.le(past.number));
    let state: Option<State> =
        states!().filter(until).order(revisions::version.desc()).first(conn).optional()?;
    match state {
        Some(state) if state.visible => Ok(Found::Here(Stored::read(state.into_row())?)),
        Some(_) => {
            let seen = revisions::table.filter(until).filter(revisions::visible.eq(true));
            Ok(if select(exists(seen)).get_result(conn)? { Found::Gone(id.into()) } else { Found::Nowhere })
        }
        None => Ok(Found::Nowhere),
    }
}
