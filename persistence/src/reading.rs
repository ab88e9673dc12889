//! Asking for records: one, a page, all, how many.

use crate::{
    audience::{Audience, View},
    completing::complete,
    connection::{Conn, MultiBackend},
    counts,
    error::{Error, QueryError},
    facets,
    filtering::{filtered, walked},
    meaning::{Meaning, Wanted},
    past,
    rows::{Stored, StoredRow},
    schema::{postings, records, slugs},
    types::{DbId, DbMoment},
};
use diesel::{dsl::count_star, prelude::*};
use domain::{
    content::Content,
    id::Id,
    kind::KindFunction,
    member::Member,
    query::{Cursor, Position, Query, Sort, SortKey},
    record::Record,
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

/// A page of a list.
#[derive(Debug)]
pub struct List<C> {
    /// The records of the page.
    pub items: Vec<Record<C>>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
    /// How many records there are on all pages, when that was asked.
    pub total: Option<i64>,
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
    pub(crate) view: View,
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

/// One page of a list, of at most `limit` records.
pub(crate) fn page<C: Content>(
    conn: &mut Conn,
    view: View,
    query: &Query,
    limit: usize,
) -> Result<List<C>, QueryError> {
    let meaning = Meaning::look_up(conn, view, C::KIND, &query.filter)?;
    let total = query.page.with_total.then(|| total(conn, &meaning)).transpose()?;
    // One more than asked, to learn whether another page follows.
    let wanted = limit + 1;
    let driver = meaning.driver().filter(|_| query.sort.key == SortKey::Name);
    let mut rows = match (view.past, driver) {
        (Some(past), _) => past::page(conn, &meaning, past, query, wanted)?,
        (None, Some(driver)) => walk(conn, &meaning, driver, query, wanted)?,
        (None, None) => select(conn, &meaning, query, wanted, None)?,
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| last.cursor(query.sort.key));
    let stored = rows.into_iter().map(Stored::read).collect::<Result<Vec<_>, _>>()?;
    Ok(List { items: complete(conn, view, stored)?, next, total })
}

/// How many records there are.
pub(crate) fn total(conn: &mut Conn, meaning: &Meaning<'_>) -> Result<i64, Error> {
    let is_counted = !matches!(meaning.audience, Audience::Chamber(_));
    if let Some(past) = meaning.past {
        let unchanged: i64 = filtered(meaning).select(count_star()).first(conn)?;
        return Ok(unchanged + past::total(conn, meaning, past)?);
    }
    if meaning.filter.is_empty() && is_counted {
        return counts::number_of_records(conn, meaning.kind, meaning.audience, meaning.today);
    }
    if let (Some(_), [Wanted { values, count, .. }]) = (meaning.driver(), meaning.terms.as_slice())
        && values.len() == 1
    {
        return Ok(*count);
    }
    if facets::is_of_many(meaning) {
        return Ok(facets::counted(conn, meaning)?.records);
    }
    Ok(match meaning.driver() {
        Some(driver) => walked(meaning, driver).select(count_star()).first(conn)?,
        None => filtered(meaning).select(count_star()).first(conn)?,
    })
}

/// Narrows a statement to what lies behind a cursor, in the order of two columns, and puts it into that order.
macro_rules! in_order {
    ($select:expr, $descending:expr, $column:expr, $id:expr, $after:expr) => {{
        let (select, after) = ($select, $after);
        // The first condition is implied by the second; it is there for the index.
        let select = match (after, $descending) {
            (None, _) => select,
            (Some((value, id)), true) => {
                select.filter($column.le(value.clone())).filter($column.lt(value).or($id.lt(id)))
            }
            (Some((value, id)), false) => {
                select.filter($column.ge(value.clone())).filter($column.gt(value).or($id.gt(id)))
            }
        };
        if $descending {
            select.order(($column.desc(), $id.desc()))
        } else {
            select.order(($column.asc(), $id.asc()))
        }
    }};
}
pub(crate) use in_order;

/// The rows of a page by name, found by walking along a term: its key holds name and id.
fn walk(
    conn: &mut Conn,
    meaning: &Meaning<'_>,
    driver: usize,
    query: &Query,
    wanted: usize,
) -> Result<Vec<StoredRow>, Error> {
    let after = query.page.after.as_ref().and_then(|after| match &after.position {
        Position::Name(name) => Some((name.clone(), DbId::from(after.id))),
        Position::Moment(_) => None,
    });
    let walk = walked(meaning, driver);
    let ids: Vec<DbId> = in_order!(walk, query.sort.descending, postings::sort_name, postings::record, after)
        .limit(i64::try_from(wanted).unwrap_or(i64::MAX))
        .select(postings::record)
        .load(conn)?;
    let rows: Vec<StoredRow> = records::table
        .filter(records::id.eq_any(&ids).and(records::visible.eq(true)))
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .load(conn)?;
    let mut found: HashMap<DbId, StoredRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.into_iter().filter_map(|id| found.remove(&id)).collect())
}

/// The rows of a page, found among the records; those behind a record that ends it may be left out.
pub(crate) fn select(
    conn: &mut Conn,
    meaning: &Meaning<'_>,
    query: &Query,
    wanted: usize,
    last: Option<&Cursor>,
) -> Result<Vec<StoredRow>, Error> {
    let Sort { key, descending } = query.sort;
    let after = query.page.after.as_ref().map(|after| (&after.position, DbId::from(after.id)));
    let by_name = after.and_then(|(position, id)| match position {
        Position::Name(name) => Some((name.clone(), id)),
        Position::Moment(_) => None,
    });
    let by_moment = after.and_then(|(position, id)| match position {
        Position::Moment(moment) => Some((DbMoment(*moment), id)),
        Position::Name(_) => None,
    });
    let mut select = filtered(meaning);
    if let Some(last) = last {
        select = match (&last.position, key, descending) {
            (Position::Name(name), _, false) => select.filter(records::sort_name.le(name.clone())),
            (Position::Name(name), _, true) => select.filter(records::sort_name.ge(name.clone())),
            (Position::Moment(moment), SortKey::Start, false) => {
                select.filter(records::starts_at.le(DbMoment(*moment)))
            }
            (Position::Moment(moment), SortKey::Start, true) => {
                select.filter(records::starts_at.ge(DbMoment(*moment)))
            }
            (Position::Moment(moment), _, false) => select.filter(records::updated_at.le(DbMoment(*moment))),
            (Position::Moment(moment), _, true) => select.filter(records::updated_at.ge(DbMoment(*moment))),
        };
    }
    let select = match key {
        SortKey::Name => in_order!(select, descending, records::sort_name, records::id, by_name),
        SortKey::UpdatedAt => in_order!(select, descending, records::updated_at, records::id, by_moment),
        SortKey::Start => in_order!(select, descending, records::starts_at, records::id, by_moment),
    };
    Ok(select
        .limit(i64::try_from(wanted).unwrap_or(i64::MAX))
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .load(conn)?)
}
