//! How often a second SQLite runs some statements, one after the other, and reads all that they return.
//!
//! `statements DATABASE STATEMENTS SECONDS`, with a statement per line of the file; bench/ceiling.py writes it.

use rusqlite::{Connection, OpenFlags};
use std::time::{Duration, Instant};

/// The page cache in KiB, as that of a reader of the server.
const CACHE: i32 = 8 * 1024;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [database, file, seconds] = std::env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: statements DATABASE FILE SECONDS")?;
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    let text = std::fs::read_to_string(file)?;
    let mut statements = text.lines().map(|line| connection.prepare(line)).collect::<Result<Vec<_>, _>>()?;
    let (started, lasting) = (Instant::now(), Duration::from_secs_f64(seconds.parse()?));
    let (mut times, mut values) = (0_u32, 0_usize);
    while started.elapsed() < lasting {
        for statement in &mut statements {
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    std::hint::black_box(row.get_ref(column)?);
                    values += 1;
                }
            }
        }
        times += 1;
    }
    println!(
        "{:.1} times a second, {} values each",
        f64::from(times) / started.elapsed().as_secs_f64(),
        values / times as usize
    );
    Ok(())
}
