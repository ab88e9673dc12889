//! Removes erased data from the file, in steps between which others may write.
//!
//! `secure_delete` overwrites deleted data with zeros, but not the copies that remain when SQLite moves rows
//! between neighbouring pages. They stay in the gaps between rows. This module clears these gaps through the
//! virtual table `sqlite_dbpage`, and then truncates the WAL.

use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Text},
};

/// The number of pages examined per step.
const STEP: i64 = 500;
/// The number of pages of a full-text index merged per step.
const MERGED: i64 = 200;
/// Pages of a B-tree are recognised by their first byte. In all other pages it is the highest byte of a page
/// number, which is zero in files of fewer pages than this: 128 GiB.
const MOST_PAGES: i64 = 0x0200_0000;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Page {
    #[diesel(sql_type = BigInt)]
    pgno: i64,
    #[diesel(sql_type = Binary)]
    data: Vec<u8>,
}

/// Returns the full-text indexes. They keep deleted data until they are merged.
pub(crate) fn text_indexes(conn: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let rows: Vec<Name> = sql_query(
        "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%' ORDER BY name",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Merges some pages of a full-text index. The first step marks all segments to be merged into one. Returns whether
/// more are left.
pub(crate) fn merge(conn: &mut SqliteConnection, index: &str, is_first: bool) -> QueryResult<bool> {
    let before = total_changes(conn)?;
    let pages = if is_first { -MERGED } else { MERGED };
    sql_query(format!("INSERT INTO {index} ({index}, rank) VALUES ('merge', {pages})")).execute(conn)?;
    // https://www.sqlite.org/fts5.html#the_merge_command
    Ok(total_changes(conn)? - before >= 2)
}

fn total_changes(conn: &mut SqliteConnection) -> QueryResult<i64> {
    sql_query("SELECT total_changes() AS number").get_result(conn).map(|Number { number }| number)
}

/// Clears the gaps of some pages after one. Returns the last page, or `None` if there are no more.
pub(crate) fn clear_gaps(conn: &mut SqliteConnection, after: i64) -> QueryResult<Option<i64>> {
    let pages: Vec<Page> = sql_query(
        "WITH RECURSIVE wanted (number) AS (SELECT ?1 + 1 UNION ALL SELECT number + 1 FROM wanted WHERE number < ?1 + ?2)
        SELECT pgno, data FROM wanted CROSS JOIN sqlite_dbpage ON pgno = number",
    )
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(STEP)
    .load(conn)?;
    let last = pages.last().map(|page| page.pgno);
    for Page { pgno, mut data } in pages {
        if pgno < MOST_PAGES && clear_gap(&mut data, if pgno == 1 { 100 } else { 0 }) {
            sql_query("UPDATE sqlite_dbpage SET data = ?1 WHERE pgno = ?2")
                .bind::<Binary, _>(&data)
                .bind::<BigInt, _>(pgno)
                .execute(conn)?;
        }
    }
    Ok(last)
}

/// Overwrites the unused parts of a B-tree page with zeros (<https://www.sqlite.org/fileformat.html#b_tree_pages>).
/// Returns whether it changed anything. `header` is the offset of the page header.
fn clear_gap(page: &mut [u8], header: usize) -> bool {
    let number = |page: &[u8], at: usize| {
        page.get(at..at + 2).map_or(0, |bytes| usize::from(bytes[0]) << 8 | usize::from(bytes[1]))
    };
    let length = match page.get(header) {
        Some(2 | 5) => 12,
        Some(10 | 13) => 8,
        _ => return false,
    };
    let pointers = header + length + 2 * number(page, header + 3);
    let content = match number(page, header + 5) {
        0 => 65_536,
        content => content,
    };
    let mut cleared = clear(page, pointers, content);
    // Freeblocks: the offset of the next one, the size, and the old content.
    let mut free = number(page, header + 1);
    while free != 0 {
        cleared |= clear(page, free + 4, free + number(page, free + 2));
        let next = number(page, free);
        free = if next > free { next } else { 0 };
    }
    cleared
}

fn clear(page: &mut [u8], from: usize, to: usize) -> bool {
    match page.get_mut(from..to) {
        Some(gap) if gap.iter().any(|byte| *byte != 0) => {
            gap.fill(0);
            true
        }
        _ => false,
    }
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = BigInt)]
    busy: i64,
}

/// Moves the WAL into the file and truncates it. Returns `false` if a reader prevents it. Writers wait for a tenth
/// of a second at most.
pub(crate) fn empty_log(conn: &mut SqliteConnection) -> QueryResult<bool> {
    conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE); PRAGMA busy_timeout = 100")?;
    let emptied = sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn);
    conn.batch_execute("PRAGMA busy_timeout = 10000")?;
    emptied.map(|Checkpoint { busy }| busy == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_rows_is_cleared() {
        // A leaf with one row of eight bytes at the end, a freeblock of six before it, and remains in both gaps.
        let mut page = vec![b'x'; 512];
        page[..8].copy_from_slice(&[13, 1, 242, 0, 1, 1, 242, 0]);
        page[8..10].copy_from_slice(&[1, 248]);
        page[498..502].copy_from_slice(&[0, 0, 0, 6]);
        let row = page[504..].to_vec();
        assert!(clear_gap(&mut page, 0));
        assert!(page[10..498].iter().all(|byte| *byte == 0));
        assert_eq!(page[498..504], [0, 0, 0, 6, 0, 0]);
        assert_eq!(page[504..], row);
        assert!(!clear_gap(&mut page, 0), "nothing is left to do");
        let mut other = vec![0, b'x', b'x'];
        assert!(!clear_gap(&mut other, 0), "no page of a B-tree");
    }
}
