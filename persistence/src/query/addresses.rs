//! The addresses of public records, for sitemaps.

use crate::{
    connection::Conn,
    error::Error,
    schema::records,
    types::{DbId, DbMoment},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    id::Id,
    kind::Kind,
    slug::{Key, Slug},
};

/// The address of a record, and when the record changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Slug, or id if the kind has no slugs.
    pub key: Key,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
}

/// Counts the public records of a kind.
pub(crate) fn count(conn: &mut Conn, kind: Kind) -> Result<i64, Error> {
    Ok(records::table
        .filter(records::kind.eq(kind.as_str()).and(records::visible.eq(true)))
        .count()
        .get_result(conn)?)
}

/// Returns the addresses of public records of a kind, least recently changed first. A change moves a record to the
/// end, so earlier parts of a sitemap rarely change.
pub(crate) fn of_kind(conn: &mut Conn, kind: Kind, offset: i64, limit: i64) -> Result<Vec<Address>, Error> {
    let rows: Vec<(DbId, Option<String>, DbMoment)> = records::table
        .filter(records::kind.eq(kind.as_str()).and(records::visible.eq(true)))
        .order((records::updated_at, records::id))
        .offset(offset)
        .limit(limit)
        .select((records::id, records::slug, records::updated_at))
        .load(conn)?;
    let address = |(id, slug, updated_at): (DbId, Option<String>, DbMoment)| {
        let key = match slug {
            Some(slug) => Key::Slug(Slug::try_from(slug).map_err(Error::Corrupt)?),
            None => Key::Id(Id::from(id)),
        };
        Ok(Address { key, updated_at: updated_at.0 })
    };
    rows.into_iter().map(address).collect()
}
