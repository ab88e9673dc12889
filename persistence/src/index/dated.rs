//! Terms that a record has from or until a day.
//!
//! Most have begun and have no end, as when a member joined an initiative: those the set holds, too, from the day on which
//! they were written, so that counting today reads sets alone. Of the others the rows tell on which days they hold; and of
//! those in the set, since when, for whoever looks back to a day before.

use crate::{
    audience::View,
    connection::{Conn, MultiBackend},
    dialect::insert_all,
    error::Error,
    schema::dated_terms,
    types::{DbDay, last_day},
};
use diesel::{prelude::*, sql_types::Bool};
use std::collections::HashMap;

/// The days on which a record has a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = dated_terms, treat_none_as_default_value = false)]
pub(super) struct DatedRow {
    pub(super) term: i32,
    pub(super) visible: bool,
    pub(super) in_set: bool,
    pub(super) last_day: DbDay,
    pub(super) first_day: DbDay,
    pub(super) record: i32,
}

/// Writes rows that are not there.
pub(super) fn insert(conn: &mut Conn, rows: &[DatedRow]) -> Result<(), Error> {
    Ok(insert_all!(&mut *conn, dated_terms::table, rows)?)
}

/// Deletes rows, whether or not they were in their sets when they were written.
pub(super) fn delete(conn: &mut Conn, rows: &[DatedRow]) -> Result<(), Error> {
    let mut by_key: HashMap<(i32, bool, DbDay, DbDay), Vec<i32>> = HashMap::new();
    for row in rows {
        let key = (row.term, row.visible, row.last_day, row.first_day);
        by_key.entry(key).or_default().push(row.record);
    }
    for ((term, visible, last_day, first_day), records) in by_key {
        let rows = dated_terms::table
            .filter(dated_terms::term.eq(term).and(dated_terms::visible.eq(visible)))
            .filter(dated_terms::in_set.eq_any([false, true]).and(dated_terms::last_day.eq(last_day)))
            .filter(dated_terms::first_day.eq(first_day))
            .filter(dated_terms::record.eq_any(records));
        diesel::delete(rows).execute(conn)?;
    }
    Ok(())
}

/// Which rows are looked at.
pub(super) type DatedCondition<'a> =
    Box<dyn BoxableExpression<dated_terms::table, MultiBackend, SqlType = Bool> + 'a>;

/// That on the day that is looked at a record has a term, or has it not, other than the set says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exception {
    pub(super) term: i32,
    pub(super) record: i32,
    pub(super) holds: bool,
}

/// Where the sets of some terms are wrong on the day that is looked at, as far as the records may be seen. What does not
/// hold comes first, since a record may have had the same term before.
pub(super) fn exceptions<'a>(
    conn: &mut Conn,
    view: View<'_>,
    condition: impl Fn() -> DatedCondition<'a>,
) -> Result<Vec<Exception>, Error> {
    let today = DbDay(view.today());
    let rows = |in_set: bool| {
        dated_terms::table
            .filter(condition())
            .filter(dated_terms::visible.eq_any(view.visibilities()).and(dated_terms::in_set.eq(in_set)))
            .select((dated_terms::term, dated_terms::record))
    };
    let mut not_yet: Vec<(i32, i32)> = Vec::new();
    if view.past.is_some() {
        not_yet = rows(true)
            .filter(dated_terms::last_day.eq(DbDay(last_day())).and(dated_terms::first_day.gt(today)))
            .load(conn)?;
    }
    let besides: Vec<(i32, i32)> = rows(false)
        .filter(dated_terms::first_day.le(today).and(dated_terms::last_day.ge(today)))
        .load(conn)?;
    let exception = |holds: bool| move |(term, record)| Exception { term, record, holds };
    Ok(not_yet.into_iter().map(exception(false)).chain(besides.into_iter().map(exception(true))).collect())
}
