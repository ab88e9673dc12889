//! Terms that a record has from or until a day.
//!
//! Most have begun and have no end, as when a member joined an initiative: those the set holds, too, from the day on which
//! they were written, so that counting today reads sets alone. Of the others the rows tell on which days they hold; and of
//! those in the set, since when, for whoever looks back to a day before.

use crate::{connection::Conn, dialect::insert_all, error::Error, schema::dated_terms, types::DbDay};
use diesel::prelude::*;
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
