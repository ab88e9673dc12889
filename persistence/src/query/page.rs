//! Pages and totals. A page is read by sorting a set, or by walking the order of the collection.

use crate::{
    audience::{Audience, View},
    batch::{self, Batch},
    connection::{Conn, MultiBackend},
    dialect::number_list,
    error::{Error, QueryError},
    index::{self, Set, sets::element},
    past,
    query::{
        completing::complete,
        conditions::{filtered, filtered_among, in_area_among},
        resolved::ResolvedFilter,
    },
    rows::{Stored, StoredRow},
    schema::records,
    types::{DbId, DbMoment},
};
use diesel::prelude::*;
use domain::{
    content::Content,
    query::{Cursor, Position, Query, Sort, SortKey},
    record::Record,
};
use std::collections::HashMap;

/// A page of a collection.
#[derive(Debug)]
pub struct List<C> {
    /// The records of the page.
    pub items: Vec<Record<C>>,
    /// Where the next page starts, or `None` on the last page.
    pub next: Option<Cursor>,
    /// The number of records on all pages, if requested.
    pub total: Option<i64>,
}

/// Returns one page of at most `limit` records.
pub(crate) fn page<C: Content>(
    conn: &mut Conn,
    view: View,
    query: &Query,
    limit: usize,
) -> Result<List<C>, QueryError> {
    let resolved = ResolvedFilter::resolve(conn, view, C::KIND, &query.filter)?;
    let total = query.page.with_total.then(|| total(conn, &resolved)).transpose()?;
    // One more than requested, to find out whether another page follows.
    let wanted = limit + 1;
    let rows = match view.past {
        Some(past) => past::page(conn, &resolved, past, query, wanted)?,
        None => rows(conn, &resolved, query, wanted, None)?,
    };
    let rows = Batch::of(rows, limit);
    let next = rows.last().map(|last| last.cursor(query.sort.key));
    let stored = rows.try_map(Stored::read)?.items;
    Ok(List { items: complete(conn, view, stored)?, next, total })
}

/// Returns how many records match.
pub(crate) fn total(conn: &mut Conn, resolved: &ResolvedFilter<'_>) -> Result<i64, Error> {
    let present = match matching(conn, resolved)? {
        Some(set) => i64::try_from(set.len()).unwrap_or(i64::MAX),
        None => index::total(conn, resolved.view, resolved.kind)?,
    };
    match resolved.view.past {
        Some(past) => Ok(present + past::total(conn, resolved, past)?),
        None => Ok(present),
    }
}

/// Returns the current records that match a filter, or `None` if all visible records match.
pub(crate) fn matching(conn: &mut Conn, resolved: &ResolvedFilter<'_>) -> Result<Option<Set>, Error> {
    /// Up to this many records are looked up one by one instead of running the conditions over the kind.
    const FEW: u64 = 5_000;
    if resolved.is_of_its_set() {
        let inside = resolved.set.as_ref().map(|set| inside(conn, resolved, set));
        return inside.transpose();
    }
    let few = resolved.set.as_ref().filter(|set| set.len() <= FEW).map(|set| number_list(conn, set));
    let statement = match &few {
        Some(few) => filtered_among(resolved, few),
        None => filtered(resolved),
    };
    let mut set = Set::new();
    for number in statement.select(records::number).load_iter::<i32, _>(conn)? {
        set.insert(element(number?));
    }
    Ok(Some(match (&resolved.set, few) {
        (None, _) => set,
        (Some(of_terms), Some(_)) => set & of_terms,
        (Some(of_terms), None) => inside(conn, resolved, &(set & of_terms))?,
    }))
}

/// Returns the records of a set that lie inside the area of the filter, if it has one. The coordinates of records
/// at its edge are checked.
fn inside(conn: &mut Conn, resolved: &ResolvedFilter<'_>, set: &Set) -> Result<Set, Error> {
    let Some(at_edge) = resolved.at_edge.as_ref().map(|at_edge| at_edge & set).filter(|it| !it.is_empty())
    else {
        return Ok(set.clone());
    };
    let mut found = set - &at_edge;
    let list = number_list(conn, &at_edge);
    for number in filtered_among(resolved, &list).select(records::number).load_iter::<i32, _>(conn)? {
        found.insert(element(number?));
    }
    Ok(found)
}

/// Restricts a statement to what follows a cursor in the order of two columns, and sorts by them.
macro_rules! in_order {
    ($select:expr, $descending:expr, $column:expr, $id:expr, $after:expr) => {{
        let (select, after) = ($select, $after);
        // Both conditions together select what follows. The first one is a range of the index.
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

/// A position in an order by such values, then by id.
type Key<T> = Option<(T, DbId)>;

/// Returns the key of a cursor, for an order by name or by moment.
pub(crate) fn keys_of(cursor: Option<&Cursor>) -> (Key<String>, Key<DbMoment>) {
    match cursor.map(|cursor| (&cursor.position, cursor.id.into())) {
        Some((Position::Name(name), id)) => (Some((name.clone(), id)), None),
        Some((Position::Moment(moment), id)) => (None, Some((DbMoment(*moment), id))),
        None => (None, None),
    }
}

/// Sorts a statement by the order of a collection, and restricts it to what follows `after`, up to the value of
/// `last`.
fn in_order_of<'a>(
    select: records::BoxedQuery<'a, MultiBackend>,
    Sort { key, descending }: Sort,
    after: Option<&Cursor>,
    last: Option<&Cursor>,
) -> records::BoxedQuery<'a, MultiBackend> {
    let (by_name, by_moment) = keys_of(after);
    let select = match last.map(|last| (&last.position, key, descending)) {
        None => select,
        Some((Position::Name(name), _, false)) => select.filter(records::sort_name.le(name.clone())),
        Some((Position::Name(name), _, true)) => select.filter(records::sort_name.ge(name.clone())),
        Some((Position::Moment(moment), SortKey::Start, false)) => {
            select.filter(records::starts_at.assume_not_null().le(DbMoment(*moment)))
        }
        Some((Position::Moment(moment), SortKey::Start, true)) => {
            select.filter(records::starts_at.assume_not_null().ge(DbMoment(*moment)))
        }
        Some((Position::Moment(moment), _, false)) => {
            select.filter(records::updated_at.le(DbMoment(*moment)))
        }
        Some((Position::Moment(moment), _, true)) => select.filter(records::updated_at.ge(DbMoment(*moment))),
    };
    match key {
        SortKey::Name => in_order!(select, descending, records::sort_name, records::id, by_name),
        SortKey::UpdatedAt => in_order!(select, descending, records::updated_at, records::id, by_moment),
        SortKey::Start => {
            // The condition of the partial index.
            let select = select.filter(records::starts_at.is_not_null());
            in_order!(select, descending, records::starts_at.assume_not_null(), records::id, by_moment)
        }
    }
}

/// Returns the rows of a page, at most `wanted`. Rows after `last` may be omitted.
///
/// A set has no order. If it is small, all its records are sorted. If it is large, the records of the kind are
/// walked in the order of the collection until enough of them are in the set. For `n` records of the kind, `m` in
/// the set and a page of `k`, sorting costs `m`, and walking about `k × n ÷ m` if matches are spread evenly. If
/// they are not, the walk ends after `m` steps and the rest is sorted.
///
/// ```text
/// n = 200,000   m = 50,000   k = 20    walk: about 80 steps     sort: 50,000 lookups
/// n = 200,000   m = 100      k = 20    walk: about 40,000       sort: 100 lookups
/// ```
pub(crate) fn rows(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    query: &Query,
    wanted: usize,
    last: Option<&Cursor>,
) -> Result<Vec<StoredRow>, Error> {
    let Some(set) = &resolved.set else {
        let select = in_order_of(filtered(resolved), query.sort, query.page.after.as_ref(), last);
        return Ok(select
            .limit(batch::rows(wanted))
            .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
            .load(conn)?);
    };
    let mut after = query.page.after.clone();
    let mut rows: Vec<StoredRow> = Vec::new();
    let mut is_done = set.is_empty();
    // The indexes start with kind and visibility, so they give an order for public or for hidden records, not for both.
    let of_kind = index::total(conn, resolved.view, resolved.kind)?.cast_unsigned();
    if resolved.view.audience == Audience::Public && set.len() > few(of_kind, wanted) {
        let (mut size, mut steps) = (first_batch(of_kind, resolved, set, wanted), 0);
        while !is_done && steps < set.len() {
            let select = in_order_of(filtered(resolved), query.sort, after.as_ref(), last);
            // Numbers only: the index of the order contains them.
            let walked: Vec<i32> = select.limit(batch::rows(size)).select(records::number).load(conn)?;
            steps += walked.len() as u64;
            is_done = walked.len() < size;
            let found: Vec<i32> =
                walked.iter().copied().filter(|number| set.contains(element(*number))).collect();
            add_rows(conn, resolved, &found, wanted, &mut rows)?;
            is_done |= rows.len() >= wanted;
            if let Some(walked) = walked.last().filter(|_| !is_done) {
                let row: Option<StoredRow> = records::table
                    .filter(records::number.eq(walked))
                    .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
                    .first(conn)
                    .optional()?;
                // The last record was erased meanwhile, so the walk has no position. The rest is sorted.
                let Some(row) = row else { break };
                after = Some(row.cursor(query.sort.key));
            }
            size = (2 * size).min(LARGEST_BATCH);
        }
    }
    if !is_done {
        let among = number_list(conn, &(set - &rows.iter().map(|row| element(row.number)).collect::<Set>()));
        let select = in_order_of(filtered_among(resolved, &among), query.sort, after.as_ref(), last);
        let rest: Vec<i32> =
            select.limit(batch::rows(wanted - rows.len())).select(records::number).load(conn)?;
        add_rows(conn, resolved, &rest, wanted, &mut rows)?;
    }
    rows.truncate(wanted);
    Ok(rows)
}

/// Appends rows of the given records, in their order, until there are `wanted`. Records at the edge of the area
/// that lie outside are skipped.
fn add_rows(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    mut numbers: &[i32],
    wanted: usize,
    rows: &mut Vec<StoredRow>,
) -> Result<(), Error> {
    while rows.len() < wanted && !numbers.is_empty() {
        let missing = wanted - rows.len();
        let reserve = if resolved.at_edge.is_some() { missing / 2 } else { 0 };
        let (next, rest) = numbers.split_at(numbers.len().min(missing + reserve));
        rows.extend(of_numbers(conn, resolved, next)?);
        numbers = rest;
    }
    Ok(())
}

/// The largest number of records that one statement walks.
const LARGEST_BATCH: usize = 10_000;

/// Sets of up to this many records are sorted. Looking up one record costs about five steps of a walk.
fn few(of_kind: u64, wanted: usize) -> u64 {
    (of_kind.saturating_mul(wanted as u64) / 5).isqrt()
}

/// The number of records to walk first, chosen so that a page is probably among them.
fn first_batch(of_kind: u64, resolved: &ResolvedFilter<'_>, set: &Set, wanted: usize) -> usize {
    // About half of the records at the edge lie outside.
    let outside = resolved.at_edge.as_ref().map_or(0, |at_edge| at_edge.intersection_len(set) / 2);
    let steps = of_kind * (wanted as u64 + wanted as u64 / 2) / (set.len() - outside).max(1);
    usize::try_from(steps).unwrap_or(LARGEST_BATCH).clamp(wanted, LARGEST_BATCH)
}

/// Returns records in the given order. Omits those that are no longer visible, or lie outside the area of the
/// filter.
fn of_numbers(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    numbers: &[i32],
) -> Result<Vec<StoredRow>, Error> {
    let among = number_list(conn, &numbers.iter().map(|number| element(*number)).collect());
    let rows: Vec<StoredRow> = in_area_among(resolved, &among)
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .load(conn)?;
    let seen = rows.into_iter().filter(|row| resolved.shows(row));
    let mut found: HashMap<i32, StoredRow> = seen.map(|row| (row.number, row)).collect();
    Ok(numbers.iter().filter_map(|number| found.remove(number)).collect())
}
