//! Pages of the past: unchanged records and past states, merged in the order of the collection.

use super::{
    Past,
    walking::{self, Candidate},
};
use crate::{
    connection::Conn,
    error::Error,
    query::{page, resolved::ResolvedFilter},
    rows::StoredRow,
};
use domain::query::{Cursor, Position, Query, Sort};
use std::cmp::Ordering;

/// An item of a page: an unchanged record, or a past state whose content is read only if it is shown.
enum Item {
    Present(StoredRow),
    Past(Candidate),
}

/// Returns the rows of a page, at most `wanted`. Reads past states first, and then only the unchanged records that
/// come before the last of these:
///
/// ```text
/// wanted = 3    past states, by name   B  F  K      full, so nothing after K is needed
///               unchanged, up to K     A  C
/// page          A  B  C                             content is read for B only
/// ```
pub(crate) fn page(
    conn: &mut Conn,
    resolved: &ResolvedFilter<'_>,
    past: Past,
    query: &Query,
    wanted: usize,
) -> Result<Vec<StoredRow>, Error> {
    let Sort { key, descending } = query.sort;
    let states = walking::first(conn, resolved, past, (query.sort, query.page.after.as_ref(), wanted))?;
    let last = states.last().filter(|_| states.len() == wanted).map(|last| last.cursor(key));
    let present = page::rows(conn, resolved, query, wanted, last.as_ref())?;
    let present = present.into_iter().map(|row| (row.cursor(key), Item::Present(row)));
    let states = states.into_iter().map(|state| (state.cursor(key), Item::Past(state)));
    let mut items: Vec<(Cursor, Item)> = present.chain(states).collect();
    items.sort_by(|(a, _), (b, _)| if descending { order(b, a) } else { order(a, b) });
    items.truncate(wanted);

    let (mut shown, mut states) = (Vec::new(), Vec::new());
    for (cursor, item) in items {
        match item {
            Item::Present(row) => shown.push((cursor.id, Some(row))),
            Item::Past(state) => {
                shown.push((cursor.id, None));
                states.push(state);
            }
        }
    }
    let mut past_rows = walking::rows(conn, states)?;
    Ok(shown.into_iter().filter_map(|(id, row)| row.or_else(|| past_rows.remove(&id))).collect())
}

/// Compares two positions in the same order.
fn order(a: &Cursor, b: &Cursor) -> Ordering {
    match (&a.position, &b.position) {
        (Position::Name(a), Position::Name(b)) => a.cmp(b),
        (Position::Moment(a), Position::Moment(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
    .then(a.id.cmp(&b.id))
}
