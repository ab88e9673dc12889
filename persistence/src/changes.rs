//! The change feed: public changes in commit order.

use crate::{
    batch::Batch,
    connection::Conn,
    error::Error,
    schema::revisions,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{id::Id, kind::Kind};

/// A public change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number. Rises in commit order, with gaps.
    pub seq: i64,
    /// When the change was made.
    pub at: DateTime<Utc>,
    /// The kind of the record.
    pub kind: Kind,
    /// The id of the record.
    pub id: Id,
    /// The slug by which the public knows the record, or knew it last. Members have none.
    pub slug: Option<String>,
    /// Whether the record is no longer public. Otherwise it was created or changed.
    pub is_removed: bool,
    /// The version of the record after the change.
    pub version: i64,
}

/// A page of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The changes, oldest first.
    pub batch: Batch<Change>,
    /// All changes up to this number have been returned.
    pub position: i64,
}

/// What tells a revision from that of any other history of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub(crate) struct Mark {
    pub(crate) seq: i64,
    pub(crate) record: DbId,
    pub(crate) version: i64,
}

/// Returns the last revision, or `None` if there is none.
pub(crate) fn last_mark(conn: &mut Conn) -> Result<Option<Mark>, Error> {
    let revision = (revisions::seq, revisions::record, revisions::version);
    Ok(revisions::table.select(revision).order(revisions::seq.desc()).first(conn).optional()?)
}

/// Returns the number of the last revision, or 0 if there is none.
pub(crate) fn last(conn: &mut Conn) -> Result<i64, Error> {
    Ok(last_mark(conn)?.map_or(0, |mark| mark.seq))
}

/// Returns the moments of the first and the last public change of a kind, or `None` if there is none.
pub(crate) fn first_and_last(conn: &mut Conn, kind: Kind) -> Result<Option<[DateTime<Utc>; 2]>, Error> {
    let moments = revisions::table
        .filter(revisions::effect.is_not_null())
        .filter(revisions::kind.eq(kind.as_str()))
        .select(revisions::at);
    let first: Option<DbMoment> = moments.order(revisions::seq.asc()).first(conn).optional()?;
    let last: Option<DbMoment> = moments.order(revisions::seq.desc()).first(conn).optional()?;
    Ok(first.zip(last).map(|(first, last)| [first.0, last.0]))
}

/// Returns at most `limit` public changes after a position up to `last`, of the given kinds, or of all if `kinds` is
/// empty.
pub(crate) fn since(
    conn: &mut Conn,
    (position, last): (i64, i64),
    kinds: &[Kind],
    limit: usize,
) -> Result<Changes, Error> {
    let mut query = revisions::table
        .into_boxed()
        .filter(revisions::effect.is_not_null())
        .filter(revisions::seq.gt(position).and(revisions::seq.le(last)));
    if !kinds.is_empty() {
        query = query.filter(revisions::kind.eq_any(kinds.iter().map(|kind| kind.as_str())));
    }
    type Row = (i64, DbMoment, String, DbId, Option<String>, Option<String>, i64);
    let query = query.order(revisions::seq).select((
        revisions::seq,
        revisions::at,
        revisions::kind,
        revisions::record,
        revisions::public_slug,
        revisions::effect,
        revisions::version,
    ));
    let change = |(seq, at, kind, id, slug, effect, version): Row| {
        Ok(Change {
            seq,
            at: at.0,
            kind: Kind::parse(&kind).ok_or_else(|| Error::Corrupt(format!("kind {kind}")))?,
            id: id.into(),
            slug,
            is_removed: effect.as_deref() == Some("removed"),
            version,
        })
    };
    let batch = Batch::load(query, limit, conn)?.try_map(change)?;
    let position = batch.last().map_or(last.max(position), |change| change.seq);
    Ok(Changes { batch, position })
}
