//! Pages of lists, and how many records a filter means: out of one set, or along the order of a list.

use crate::{
    audience::{Audience, View},
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
/// One page of a list, of at most `limit` records.
pub(crate) fn page<C: Content>(
    conn: &mut Conn,
    view: View,
    query: &Query,
    limit: usize,
) -> Result<List<C>, QueryError> {
    let resolved = ResolvedFilter::resolve(conn, view, C::KIND, &query.filter)?;
    let total = query.page.with_total.then(|| total(conn, &resolved)).transpose()?;
    // One more than asked, to learn whether another page follows.
    let wanted = limit + 1;
    let mut rows = match view.past {
        Some(past) => past::page(conn, &resolved, past, query, wanted)?,
        None => rows(conn, &resolved, query, wanted, None)?,
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| last.cursor(query.sort.key));
    let stored = rows.into_iter().map(Stored::read).collect::<Result<Vec<_>, _>>()?;
    Ok(List { items: complete(conn, view, stored)?, next, total })
}

/// How many records there are.
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

/// The records that a filter means, as they are; `None`: all that may be seen.
pub(crate) fn matching(conn: &mut Conn, resolved: &ResolvedFilter<'_>) -> Result<Option<Set>, Error> {
    /// So few records are better looked at one by one than looked for.
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

/// Those of some records that lie inside the area that is asked for, if one is: the places of those at its edge are looked
/// at.
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

/// A place in a list that is ordered by such values, and by ids where they are equal.
type Key<T> = Option<(T, DbId)>;

/// The key of a place in a list, as that is ordered by names or by moments.
pub(crate) fn keys_of(cursor: Option<&Cursor>) -> (Key<String>, Key<DbMoment>) {
    match cursor.map(|cursor| (&cursor.position, cursor.id.into())) {
        Some((Position::Name(name), id)) => (Some((name.clone(), id)), None),
        Some((Position::Moment(moment), id)) => (None, Some((DbMoment(*moment), id))),
        None => (None, None),
    }
}

/// The statement that means some records, in the order of a list; behind one of them, and up to another that ends a page.
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
            // As the index says it.
            let select = select.filter(records::starts_at.is_not_null());
            in_order!(select, descending, records::starts_at.assume_not_null(), records::id, by_moment)
        }
    }
}

/// The rows of a page, at most `wanted`; those behind a record that ends it may be left out.
///
/// A set is in no order of a list. Where it is small, all its records are put in order; where it is large, the records of
/// the kind are walked in the order of the list until enough of them are in the set. With `n` records of the kind and `m` in
/// the set a page of `k` costs `m` that way and, where these are spread evenly, `k × n ÷ m` this way; where they are not, the
/// walk is given up after `m` steps.
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
            .limit(limit(wanted))
            .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
            .load(conn)?);
    };
    let mut after = query.page.after.clone();
    let mut rows: Vec<StoredRow> = Vec::new();
    let mut is_done = set.is_empty();
    // An index gives an order where it is either of what the public sees or of what it does not.
    let of_kind = index::total(conn, resolved.view, resolved.kind)?.cast_unsigned();
    if resolved.view.audience == Audience::Public && set.len() > few(of_kind, wanted) {
        let (mut size, mut steps) = (first_batch(of_kind, resolved, set, wanted), 0);
        while !is_done && steps < set.len() {
            let select = in_order_of(filtered(resolved), query.sort, after.as_ref(), last);
            // Numbers alone: the index by which it is ordered has them.
            let walked: Vec<i32> = select.limit(limit(size)).select(records::number).load(conn)?;
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
                // Behind one that was erased meanwhile nothing can be walked: the rest is put in order.
                let Some(row) = row else { break };
                after = Some(row.cursor(query.sort.key));
            }
            size = (2 * size).min(LARGEST_BATCH);
        }
    }
    if !is_done {
        let among = number_list(conn, &(set - &rows.iter().map(|row| element(row.number)).collect::<Set>()));
        let select = in_order_of(filtered_among(resolved, &among), query.sort, after.as_ref(), last);
        let rest: Vec<i32> = select.limit(limit(wanted - rows.len())).select(records::number).load(conn)?;
        add_rows(conn, resolved, &rest, wanted, &mut rows)?;
    }
    rows.truncate(wanted);
    Ok(rows)
}

/// Adds the rows of some records, in their order and at least until there are so many; those at the edge of an area that
/// lie outside are left out.
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

/// So many records are walked by one statement at the most.
const LARGEST_BATCH: usize = 10_000;

/// Of how many records, of so many of their kind, all are put in order for a page: to look one up costs about five steps
/// of a walk.
fn few(of_kind: u64, wanted: usize) -> u64 {
    (of_kind.saturating_mul(wanted as u64) / 5).isqrt()
}

/// How many records, of so many of their kind, are walked first: so many that a page is probably among them.
fn first_batch(of_kind: u64, resolved: &ResolvedFilter<'_>, set: &Set, wanted: usize) -> usize {
    // Of those at an edge about every second lies outside.
    let outside = resolved.at_edge.as_ref().map_or(0, |at_edge| at_edge.intersection_len(set) / 2);
    let steps = of_kind * (wanted as u64 + wanted as u64 / 2) / (set.len() - outside).max(1);
    usize::try_from(steps).unwrap_or(LARGEST_BATCH).clamp(wanted, LARGEST_BATCH)
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Some records in their order, as far as they may still be seen and lie in the area that is asked for.
fn of_numbers(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    numbers: &[i32],
) -> Result<Vec<StoredRow>, Error> {
    let among = number_list(conn, &numbers.iter().map(|number| element(*number)).collect());
    let rows: Vec<StoredRow> = in_area_among(resolved, &among)
        .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
        .load(conn)?;
    let seen = |row: &StoredRow| row.visible || resolved.view.audience != Audience::Public;
    let mut found: HashMap<i32, StoredRow> =
        rows.into_iter().filter(seen).map(|row| (row.number, row)).collect();
    Ok(numbers.iter().filter_map(|number| found.remove(number)).collect())
}
