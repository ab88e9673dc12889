//! States of records, out of the revisions.

use crate::{
    connection::Conn,
    dialect::Among,
    error::{Error, QueryError},
    rows::{Stored, StoredRow},
    schema::{records, revisions},
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use domain::{content::Content, fault::Faults, kind::KindFunction, search::Document};

/// The number of the last revision at a moment; 0 before the first.
///
/// # Errors
/// [`QueryError::Faults`] for a moment that has not come yet.
pub(crate) fn number_at(
    conn: &mut Conn,
    as_of: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<i64, QueryError> {
    if as_of > now {
        let mut faults = Faults::new();
        faults.malformed("as_of", "has not come yet");
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

/// A state of a record, out of the revisions.
#[derive(Debug, Queryable)]
pub(super) struct State {
    pub(super) record: DbId,
    pub(super) kind: String,
    pub(super) slug: Option<String>,
    status: String,
    visible: bool,
    version: i64,
    updated_at: DbMoment,
    pub(super) content: String,
    created_at: DbMoment,
}

impl State {
    /// As the row of the record would be.
    fn into_row(self) -> StoredRow {
        StoredRow {
            id: self.record,
            slug: self.slug,
            status: self.status,
            visible: self.visible,
            was_visible: true,
            version: self.version,
            sort_name: String::new(),
            starts_at: DbMoment::open_start(),
            content: self.content,
            content_hash: Vec::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The states of a moment that the public saw then and whose records it sees today, of some records.
macro_rules! states {
    ($number:expr) => {{
        let later = diesel::alias!(revisions as later);
        let replaced = later
            .filter(later.field(revisions::record).eq(revisions::record))
            .filter(later.field(revisions::seq).gt(revisions::seq))
            .filter(later.field(revisions::seq).le($number));
        revisions::table
            .inner_join(records::table.on(records::id.eq(revisions::record)))
            .filter(revisions::seq.le($number).and(revisions::visible.eq(true)))
            .filter(records::visible.eq(true))
            .filter(not(exists(replaced)))
            .select((
                revisions::record,
                revisions::kind,
                revisions::slug,
                revisions::status,
                revisions::visible,
                revisions::version,
                revisions::updated_at,
                revisions::content,
                records::created_at,
            ))
    }};
}

/// The states of some records.
pub(super) fn of_records(conn: &mut Conn, number: i64, ids: &[DbId]) -> Result<Vec<State>, Error> {
    let mut states = Vec::new();
    for ids in ids.chunks(10_000) {
        states.extend(states!(number).filter(revisions::record.eq_any(ids)).load::<State>(conn)?);
    }
    Ok(states)
}

/// One record as it stood.
pub(crate) fn find<C: Content>(conn: &mut Conn, number: i64, id: DbId) -> Result<Option<Stored<C>>, Error> {
    let state: Option<State> = states!(number).filter(revisions::record.eq(id)).first(conn).optional()?;
    state.map(|state| Stored::read(state.into_row())).transpose()
}

/// What records of a kind were at a moment, of those that have changed since.
pub(super) fn changed<C: Content>(conn: &mut Conn, number: i64) -> Result<Vec<Stored<C>>, Error> {
    let since = diesel::alias!(revisions as since);
    let changed = since
        // Whatever happened first to what the public saw had an effect on it.
        .filter(since.field(revisions::effect).is_not_null())
        .filter(since.field(revisions::seq).gt(number))
        .filter(since.field(revisions::kind).eq(C::KIND.as_str()))
        .select(since.field(revisions::record));
    let states: Vec<State> = states!(number).filter(Among::new(revisions::record, changed)).load(conn)?;
    states.into_iter().map(|state| Stored::read(state.into_row())).collect()
}

/// The search documents of the records of a kind that have changed since a moment, as they were then.
pub(crate) struct Documents<'a> {
    pub(crate) conn: &'a mut Conn,
    pub(crate) number: i64,
}

impl KindFunction for Documents<'_> {
    type Output = Result<Vec<Document>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let states = changed::<C>(self.conn, self.number)?;
        Ok(states.iter().map(|state| Document::of(&state.content, &[])).collect())
    }
}
