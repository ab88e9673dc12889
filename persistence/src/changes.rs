//! The change feed: what the public saw change, in commit order.

use crate::{
    connection::Conn,
    error::Error,
    schema::revisions,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{id::Id, kind::Kind};

/// One public change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number: rises in commit order, with gaps.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Which kind of record.
    pub kind: Kind,
    /// Which record.
    pub id: Id,
    /// The slug by which the public knows it, or knew it last; members have none.
    pub slug: Option<String>,
    /// Whether the public lost it: otherwise it is new or has changed.
    pub is_removed: bool,
    /// The version that the record had then.
    pub version: i64,
}

/// Some changes, and how far they reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The changes, oldest first.
    pub items: Vec<Change>,
    /// All changes up to this number have been given.
    pub position: i64,
    /// Whether more follow.
    pub more: bool,
}

/// The number of the last revision; 0 when there is none.
pub(crate) fn last(conn: &mut Conn) -> Result<i64, Error> {
    let last: Option<i64> =
        revisions::table.select(revisions::seq).order(revisions::seq.desc()).first(conn).optional()?;
    Ok(last.unwrap_or_default())
}

/// The public changes behind a position, at most `limit`, of some kinds or of all.
pub(crate) fn since(conn: &mut Conn, position: i64, kinds: &[Kind], limit: usize) -> Result<Changes, Error> {
    // Read first: what is committed in between is for the next time.
    let last = last(conn)?;
    let mut query = revisions::table
        .into_boxed()
        .filter(revisions::effect.is_not_null())
        .filter(revisions::seq.gt(position).and(revisions::seq.le(last)));
    if !kinds.is_empty() {
        query = query.filter(revisions::kind.eq_any(kinds.iter().map(|kind| kind.as_str())));
    }
    type Row = (i64, DbMoment, String, DbId, Option<String>, Option<String>, i64);
    let mut rows: Vec<Row> = query
        .order(revisions::seq)
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .select((
            revisions::seq,
            revisions::at,
            revisions::kind,
            revisions::record,
            revisions::public_slug,
            revisions::effect,
            revisions::version,
        ))
        .load(conn)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
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
    let items: Vec<Change> = rows.into_iter().map(change).collect::<Result<_, Error>>()?;
    let position = if more { items.last().map_or(position, |change| change.seq) } else { last.max(position) };
    Ok(Changes { items, position, more })
}
