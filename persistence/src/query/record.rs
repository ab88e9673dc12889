//! Asking for single records.

use crate::{
    audience::{Audience, View},
    connection::{Conn, MultiBackend},
    error::Error,
    query::completing::complete,
    rows::{Stored, StoredRow},
    schema::{records, slugs},
    types::DbId,
};
use diesel::prelude::*;
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

/// What is found under a key.
#[derive(Debug)]
pub enum Found<T> {
    /// The record.
    Here(T),
    /// The record has another slug now.
    Moved(Slug),
    /// The record was public and no longer is.
    Gone,
    /// Nothing, as far as the audience may know.
    Nowhere,
}

impl<T> Found<T> {
    /// Goes on with what was found; where nothing comes of it, there is nothing.
    pub(crate) fn then<U, E>(self, next: impl FnOnce(T) -> Result<Option<U>, E>) -> Result<Found<U>, E> {
        Ok(match self {
            Self::Here(found) => next(found)?.map_or(Found::Nowhere, Found::Here),
            Self::Moved(slug) => Found::Moved(slug),
            Self::Gone => Found::Gone,
            Self::Nowhere => Found::Nowhere,
        })
    }
}

/// Finds a record as it is kept.
pub(crate) fn find<C: Content>(
    conn: &mut Conn,
    audience: Audience,
    key: &Key,
) -> Result<Found<Stored<C>>, Error> {
    let columns = (records::kind, <StoredRow as Selectable<MultiBackend>>::construct_selection());
    // What the audience may not know of is not read, so that it takes as long as what is not there.
    let seen = [true, !audience.may_see(false)];
    let row: Option<(String, StoredRow)> = match (key, C::KIND.slug_space()) {
        (Key::Id(id), _) => records::table
            .filter(records::id.eq(DbId::from(*id)).and(records::was_visible.eq_any(seen)))
            .select(columns)
            .first(conn)
            .optional()?,
        (Key::Slug(slug), Some(space)) => slugs::table
            .inner_join(records::table)
            .filter(slugs::space.eq(space).and(slugs::slug.eq(slug.as_str())).and(slugs::known.eq_any(seen)))
            .select(columns)
            .first(conn)
            .optional()?,
        (Key::Slug(_), None) => None,
    };
    // The kind is looked at here: as a condition, it could lead a planner to look through all records of the kind.
    let Some((_, row)) = row.filter(|(kind, _)| kind == C::KIND.as_str()) else {
        return Ok(Found::Nowhere);
    };
    if !audience.may_see(row.visible) {
        return Ok(if row.was_visible { Found::Gone } else { Found::Nowhere });
    }
    let stored = Stored::read(row)?;
    Ok(match (key, stored.slug()) {
        (Key::Slug(asked), Some(slug)) if *asked != slug => Found::Moved(slug),
        _ => Found::Here(stored),
    })
}

/// The member that a chamber calls so, deleted or not.
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

/// Some records by id, as far as they may be seen, as JSON.
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
        let seen = rows.into_iter().filter(|row| view.audience.may_see(row.visible));
        let stored = seen.map(Stored::<C>::read).collect::<Result<Vec<_>, _>>()?;
        let records = complete(conn, view, stored)?;
        records.into_iter().map(|record| Ok((record.id, serde_json::to_value(record)?))).collect()
    }
}
