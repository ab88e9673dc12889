//! Dated terms: terms that a record has on certain days only.
//!
//! Most have begun and have no end, for example when a member has joined an initiative. These are in the set as
//! well, from the day on which they were written, so counting for today reads few rows. Four members of one
//! initiative, written on 1 June 2026:
//!
//! ```text
//! affiliation          row           in the set
//! no dates             none          yes
//! since 2020, open     in_set        yes
//! until 2030           not in_set    no            counts today: 1 June 2026 is covered
//! from 1 July, open    not in_set    no            does not count yet
//! ```
//!
//! Today's members are the set, plus the rows outside of it that cover today. With `as_of`, rows of the set that
//! begin later are subtracted.

use crate::{
    audience::View,
    connection::{Conn, MultiBackend},
    dialect::insert_all,
    error::Error,
    schema::dated_terms,
    types::{DbDay, last_day},
};
use diesel::{prelude::*, sql_types::Bool};
use std::collections::{BTreeSet, HashMap};

/// A span of days on which a record has a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Insertable)]
#[diesel(table_name = dated_terms, treat_none_as_default_value = false)]
pub(super) struct DatedRow {
    pub(super) term: i32,
    pub(super) visible: bool,
    pub(super) in_set: bool,
    pub(super) last_day: DbDay,
    pub(super) first_day: DbDay,
    pub(super) record: i32,
}

/// Inserts rows, which must not exist.
pub(super) fn insert(conn: &mut Conn, rows: BTreeSet<DatedRow>) -> Result<(), Error> {
    let rows: Vec<DatedRow> = rows.into_iter().collect();
    Ok(insert_all!(&mut *conn, dated_terms::table, &rows)?)
}

/// Deletes rows, whatever their `in_set` is. It depends on the day on which they were written.
pub(super) fn delete(conn: &mut Conn, rows: BTreeSet<DatedRow>) -> Result<(), Error> {
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

/// Selects rows.
pub(super) type DatedCondition<'a> =
    Box<dyn BoxableExpression<dated_terms::table, MultiBackend, SqlType = Bool> + 'a>;

/// A record that has a term on the day of the view although it is not in the set (`holds`), or that does not have
/// it although it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exception {
    pub(super) term: i32,
    pub(super) record: i32,
    pub(super) holds: bool,
}

/// Returns where the sets of some terms differ from the day of the view, for visible records. Exceptions that do
/// not hold come first, because a record may have had the same term earlier.
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
