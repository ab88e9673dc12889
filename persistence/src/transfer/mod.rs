//! Export and import: one record per line, the same for both databases.

mod identity;
mod import;

pub(crate) use import::import;

use crate::{
    connection::Conn,
    error::Error,
    rows::{self, Stored, StoredRow},
    schema::slugs,
    types::DbId,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::{
    content::Content,
    fault::Faults,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    record::{DerivedValues, Record},
    slug::Slug,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    io::{BufRead, Cursor, Write},
};

/// A line of a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<R> {
    kind: Kind,
    record: R,
    #[serde(default)]
    former_slugs: Vec<Slug>,
    /// The slugs by which the public never knew the record, although it knew the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hidden_slugs: Vec<Slug>,
    #[serde(default)]
    was_public: bool,
}

/// A source of lines: a name for messages, and a function that opens it, because it is read twice.
pub struct Source<'a> {
    /// The name.
    pub name: String,
    /// Opens the source at its start.
    pub open: Box<dyn Fn() -> std::io::Result<Box<dyn BufRead>> + 'a>,
}

impl Source<'_> {
    /// A source in memory.
    pub fn in_memory(name: &str, bytes: Vec<u8>) -> Self {
        let open = move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn BufRead>);
        Self { name: name.to_owned(), open: Box::new(open) }
    }
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.name)
    }
}

/// The result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Records that were created.
    pub created: u64,
    /// Records that were changed.
    pub updated: u64,
    /// Records that were unchanged.
    pub unchanged: u64,
}

/// Why an import or export failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A line is invalid.
    #[error("{name}, line {line}: {faults}")]
    Line {
        /// Name of the source.
        name: String,
        /// The line number, from 1.
        line: u64,
        /// All errors of the line.
        faults: Faults,
    },
    /// A file cannot be read or written.
    #[error("{name}: {cause}")]
    File {
        /// Name of the file.
        name: String,
        /// The error.
        cause: std::io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Writes every record, ordered by kind and id. What nobody may see on the day is left out.
pub(crate) fn export(conn: &mut Conn, out: &mut dyn Write, today: NaiveDate) -> Result<(), TransferError> {
    struct Export<'a> {
        conn: &'a mut Conn,
        out: &'a mut dyn Write,
        today: NaiveDate,
        result: Result<(), TransferError>,
    }
    impl KindVisitor for Export<'_> {
        fn visit<C: Content>(&mut self) {
            if self.result.is_ok() {
                self.result = export_kind::<C>(self.conn, self.out, self.today);
            }
        }
    }
    let mut export = Export { conn, out, today, result: Ok(()) };
    every_kind(&mut export);
    export.result
}

fn export_kind<C: Content>(
    conn: &mut Conn,
    out: &mut dyn Write,
    today: NaiveDate,
) -> Result<(), TransferError> {
    let mut after = DbId(uuid::Uuid::nil());
    loop {
        let rows = rows::batch(conn, C::KIND, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        let mut slugs = slugs_of(conn, &rows)?;
        for row in rows {
            let Slugs { former, hidden } = slugs.remove(&row.id).unwrap_or_default();
            let line = Line {
                kind: C::KIND,
                former_slugs: former,
                hidden_slugs: if row.was_visible { hidden } else { Vec::new() },
                was_public: row.was_visible,
                // Derived values are omitted: the import derives them.
                record: Record {
                    derived: DerivedValues::default(),
                    ..Stored::<C>::read(row)?.into_record(today)?
                },
            };
            write_line(out, &line)
                .map_err(|cause| TransferError::File { name: "export".to_owned(), cause })?;
        }
    }
}

fn write_line<C: Content>(out: &mut dyn Write, line: &Line<Record<C>>) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// The slugs of a record, sorted.
#[derive(Debug, Default)]
struct Slugs {
    /// Former slugs.
    former: Vec<Slug>,
    /// Slugs by which the public never knew the record.
    hidden: Vec<Slug>,
}

/// Returns the slugs of records.
fn slugs_of(conn: &mut Conn, rows: &[StoredRow]) -> Result<HashMap<DbId, Slugs>, Error> {
    let present: HashMap<DbId, Option<&String>> =
        rows.iter().map(|row| (row.id, row.slug.as_ref())).collect();
    let kept: Vec<(DbId, String, bool)> = slugs::table
        .filter(slugs::record.eq_any(present.keys().copied().collect::<Vec<_>>()))
        .order(slugs::slug)
        .select((slugs::record, slugs::slug, slugs::known))
        .load(conn)?;
    let mut found: HashMap<DbId, Slugs> = HashMap::new();
    for (record, slug, known) in kept {
        let is_present = present.get(&record).copied().flatten() == Some(&slug);
        let Ok(slug) = Slug::try_from(slug) else { continue };
        let slugs = found.entry(record).or_default();
        if !known {
            slugs.hidden.push(slug.clone());
        }
        if !is_present {
            slugs.former.push(slug);
        }
    }
    Ok(found)
}
