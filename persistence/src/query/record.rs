//! Reads of single records.

use crate::{
    audience::{Audience, View},
    connection::{Conn, MultiBackend},
    error::Error,
    query::{completing::complete, own},
    rows::{Stored, StoredRow},
    schema::{records, slugs},
    types::DbId,
};
use diesel::{prelude::*, sql_types::Bool};
use domain::{
    content::Content,
    id::Id,
    kinds::KindFunction,
    member::Member,
    scalar::ExternalId,
    slug::{Key, Slug},
    vocabulary::ChamberCode,
};
use serde_json::Value;
use std::collections::HashMap;

/// The result of looking up a key.
#[derive(Debug)]
pub enum Found<T> {
    /// The record.
    Here(T),
    /// The record has another slug now: redirect to it.
    Moved(Slug),
    /// The record with this id was public and no longer is.
    Gone(Id),
    /// Nothing that the audience may know of.
    Nowhere,
}

impl<T> Found<T> {
    /// Maps a record that was found.
    pub fn map<U>(self, next: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Self::Here(found) => Found::Here(next(found)),
            Self::Moved(slug) => Found::Moved(slug),
            Self::Gone(id) => Found::Gone(id),
            Self::Nowhere => Found::Nowhere,
        }
    }

    /// Maps a record that was found. `None` becomes [`Found::Nowhere`].
    pub(crate) fn then<U, E>(self, next: impl FnOnce(T) -> Result<Option<U>, E>) -> Result<Found<U>, E> {
        Ok(match self {
            Self::Here(found) => next(found)?.map_or(Found::Nowhere, Found::Here),
            Self::Moved(slug) => Found::Moved(slug),
            Self::Gone(id) => Found::Gone(id),
            Self::Nowhere => Found::Nowhere,
        })
    }
}

/// Finds a stored record.
pub(crate) fn find<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    key: &Key,
) -> Result<Found<Stored<C>>, Error> {
    let columns = (records::kind, <StoredRow as Selectable<MultiBackend>>::construct_selection());
    let sees_hidden = audience == Audience::Staff || own::is_own::<C>(conn, audience, key)?;
    // Records that the audience must not know of are not read, so they take as long as records that do not exist.
    let sees_all = sees_hidden.into_sql::<Bool>();
    let row: Option<(String, StoredRow)> = match (key, C::KIND.slug_space()) {
        (Key::Id(id), _) => records::table
            .filter(records::id.eq(DbId::from(*id)).and(records::was_visible.or(sees_all)))
            .select(columns)
            .first(conn)
            .optional()?,
        (Key::Slug(slug), Some(space)) => slugs::table
            .inner_join(records::table)
            .filter(slugs::space.eq(space).and(slugs::slug.eq(slug.as_str())).and(slugs::known.or(sees_all)))
            .select(columns)
            .first(conn)
            .optional()?,
        (Key::Slug(_), None) => None,
    };
    // The kind is checked here. As a condition, it could make the planner scan all records of the kind.
    let Some((_, row)) = row.filter(|(kind, _)| kind == C::KIND.as_str()) else {
        return Ok(Found::Nowhere);
    };
    if !(row.visible || sees_hidden) {
        return Ok(if row.was_visible { Found::Gone(row.id.into()) } else { Found::Nowhere });
    }
    let stored = Stored::read(row)?;
    Ok(match (key, stored.slug()) {
        (Key::Slug(asked), Some(slug)) if *asked != slug => Found::Moved(slug),
        _ => Found::Here(stored),
    })
}

/// Returns the member with an external id of a chamber, including deleted members.
pub(crate) fn member(
    conn: &mut Conn,
    chamber: ChamberCode,
    external_id: &ExternalId,
) -> Result<Option<Stored<Member>>, Error> {
    let row: Option<StoredRow> = records::table
        .filter(records::chamber.eq(&chamber.entry().slug).and(records::external_id.eq(external_id.as_str())))
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .first(conn)
        .optional()?;
    row.map(Stored::read).transpose()
}

/// Reads records by id, as JSON. Records that the view may not see are omitted.
pub(crate) struct AsJson<'a> {
    pub(crate) conn: &'a mut Conn,
    pub(crate) view: View<'a>,
    pub(crate) ids: &'a [Id],
}

impl KindFunction for AsJson<'_> {
    type Output = Result<HashMap<Id, Value>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { conn, view, ids } = self;
        let rows: Vec<StoredRow> = records::table
            .filter(records::kind.eq(C::KIND.as_str()))
            .filter(records::id.eq_any(ids.iter().map(|id| DbId::from(*id))))
            .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
            .load(conn)?;
        let seen = rows.into_iter().filter(|row| view.audience.may_see(row.id.into(), row.visible));
        let stored = seen.map(Stored::<C>::read).collect::<Result<Vec<_>, _>>()?;
        let records = complete(conn, view, stored)?;
        records.into_iter().map(|record| Ok((record.id, serde_json::to_value(record)?))).collect()
    }
}
