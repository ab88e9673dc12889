//! The whole content as a file: one record a line, in a form that both databases write alike.

use crate::{
    connection::Conn,
    error::Error,
    labels::Targets,
    reading::Found,
    rows::{Stored, StoredRow},
    schema::{records, slugs},
    types::DbId,
    writing::{Action, Imported, SaveError, Transaction},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    content::Content,
    fault::Faults,
    id::Id,
    kind::{Kind, KindFunction, KindVisitor, every_kind, with_kind},
    record::{Draft, Record},
    slug::{Key, Slug},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    io::{BufRead, Write},
};

/// One record in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<R> {
    kind: Kind,
    record: R,
    #[serde(default)]
    former_slugs: Vec<Slug>,
    #[serde(default)]
    was_public: bool,
}

/// Where lines come from: a name for messages, and a way to begin reading, since it is read twice.
pub struct Source<'a> {
    /// What it is called.
    pub name: String,
    /// Opens it at its beginning.
    pub open: Box<dyn Fn() -> std::io::Result<Box<dyn BufRead>> + 'a>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.name)
    }
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Records that came into being.
    pub created: u64,
    /// Records that changed.
    pub updated: u64,
    /// Records that were the same already.
    pub unchanged: u64,
}

/// Why nothing was imported or exported.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A line is wrong.
    #[error("{name}, line {line}: {faults}")]
    Line {
        /// Name of the source.
        name: String,
        /// Number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        faults: Faults,
    },
    /// A file cannot be read or written.
    #[error("{name}: {cause}")]
    File {
        /// Name of the file.
        name: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Writes every record, kind by kind in the order of their ids.
pub(crate) fn export(conn: &mut Conn, out: &mut dyn Write) -> Result<(), TransferError> {
    struct Export<'a> {
        conn: &'a mut Conn,
        out: &'a mut dyn Write,
        result: Result<(), TransferError>,
    }
    impl KindVisitor for Export<'_> {
        fn visit<C: Content>(&mut self) {
            if self.result.is_ok() {
                self.result = export_kind::<C>(self.conn, self.out);
            }
        }
    }
    let mut export = Export { conn, out, result: Ok(()) };
    every_kind(&mut export);
    export.result
}

fn export_kind<C: Content>(conn: &mut Conn, out: &mut dyn Write) -> Result<(), TransferError> {
    use crate::connection::MultiBackend;
    /// How many records are in memory at a time.
    const BATCH: i64 = 500;
    let mut after = DbId(uuid::Uuid::nil());
    loop {
        let rows: Vec<StoredRow> = records::table
            .filter(records::kind.eq(C::KIND.as_str()).and(records::id.gt(after)))
            .order(records::id)
            .limit(BATCH)
            .select(<StoredRow as Selectable<MultiBackend>>::construct_selection())
            .load(conn)
            .map_err(Error::from)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        let mut former_slugs = former_slugs(conn, &rows)?;
        for row in rows {
            let line = Line {
                kind: C::KIND,
                former_slugs: former_slugs.remove(&row.id).unwrap_or_default(),
                was_public: row.was_visible,
                record: Stored::<C>::read(row)?.into_record()?,
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

/// The slugs that records had before, sorted.
fn former_slugs(conn: &mut Conn, rows: &[StoredRow]) -> Result<HashMap<DbId, Vec<Slug>>, Error> {
    let present: HashMap<DbId, Option<&String>> =
        rows.iter().map(|row| (row.id, row.slug.as_ref())).collect();
    let kept: Vec<(DbId, String)> = slugs::table
        .filter(slugs::record.eq_any(present.keys().copied().collect::<Vec<_>>()))
        .order(slugs::slug)
        .select((slugs::record, slugs::slug))
        .load(conn)?;
    let mut former: HashMap<DbId, Vec<Slug>> = HashMap::new();
    for (record, slug) in kept {
        if present.get(&record).copied().flatten() != Some(&slug)
            && let Ok(slug) = Slug::try_from(slug)
        {
            former.entry(record).or_default().push(slug);
        }
    }
    Ok(former)
}

/// Writes every line of the sources: upsert by id, by slug, or by chamber and external id.
///
/// References may point to later lines. The first wrong line ends it.
pub(crate) fn import(
    transaction: &mut Transaction<'_>,
    sources: &[Source<'_>],
) -> Result<ImportReport, TransferError> {
    let mut targets = Targets::default();
    let mut announced = Vec::new();
    each_line(sources, |line| {
        let identity = identify(transaction, &mut targets, &line)?;
        announced.push(identity);
        Ok(())
    })?;
    let mut report = ImportReport::default();
    let mut identities = announced.into_iter();
    each_line(sources, |line| {
        // A file that grew between the two readings has lines that nobody announced.
        let id = identities.next().ok_or_else(|| Faults::one("", "the file changed while it was read"))?;
        let write = WriteLine { transaction: &mut *transaction, targets: &mut targets, id, line };
        match with_kind(write.line.kind, write)? {
            Outcome::Created => report.created += 1,
            Outcome::Updated => report.updated += 1,
            Outcome::Unchanged => report.unchanged += 1,
        }
        Ok(())
    })?;
    Ok(report)
}

/// Why a line was not taken.
enum LineError {
    Faults(Faults),
    Database(Error),
}

impl From<Faults> for LineError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

impl<E: Into<Error>> From<E> for LineError {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}

/// Reads the sources line by line; blank lines and a byte-order mark do no harm.
fn each_line(
    sources: &[Source<'_>],
    mut visit: impl FnMut(Line<Map<String, Value>>) -> Result<(), LineError>,
) -> Result<(), TransferError> {
    for source in sources {
        let file = |cause| TransferError::File { name: source.name.clone(), cause };
        for (number, text) in (1..).zip((source.open)().map_err(file)?.lines()) {
            let text = text.map_err(file)?;
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.is_empty() {
                continue;
            }
            let line = serde_json::from_str(text).map_err(|fault| Faults::one("", fault.to_string()));
            line.map_err(LineError::from).and_then(&mut visit).map_err(|error| match error {
                LineError::Faults(faults) => {
                    TransferError::Line { name: source.name.clone(), line: number, faults }
                }
                LineError::Database(error) => error.into(),
            })?;
        }
    }
    Ok(())
}

/// Which record a line means: its id, one that has its slug or external id, or a new one.
fn identify(
    transaction: &mut Transaction<'_>,
    targets: &mut Targets,
    line: &Line<Map<String, Value>>,
) -> Result<Id, LineError> {
    let text = |field: &str| line.record.get(field).and_then(Value::as_str);
    let slug = text("slug").and_then(|slug| Slug::try_from(slug.to_owned()).ok());
    let kinds: &'static [Kind] = match line.kind {
        Kind::Initiative | Kind::Network => &[Kind::Initiative, Kind::Network],
        Kind::Cluster => &[Kind::Cluster],
        Kind::Measure => &[Kind::Measure],
        Kind::Event => &[Kind::Event],
        Kind::Member => &[Kind::Member],
    };
    let id = if let Some(id) = text("id") {
        Id::parse(id).ok_or_else(|| Faults::one("/id", "is not an id"))?
    } else if let Some(slug) = &slug {
        let key = Key::Slug(slug.clone());
        targets.look_up(transaction.conn, &[(key.clone(), kinds)])?;
        targets.find(&key, kinds).map_or_else(|| transaction.clock.new_id(), |found| found.id)
    } else if let (Some(chamber), Some(external_id)) = (text("chamber"), text("external_id")) {
        let id: Option<DbId> = records::table
            .filter(records::chamber.eq(chamber).and(records::external_id.eq(external_id)))
            .select(records::id)
            .first(transaction.conn)
            .optional()?;
        id.map_or_else(|| transaction.clock.new_id(), Id::from)
    } else {
        transaction.clock.new_id()
    };
    targets.announce(id, line.kind, slug.as_ref());
    Ok(id)
}

/// What became of a line.
enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// Writes one line, once its kind is known.
struct WriteLine<'a, 'b> {
    transaction: &'a mut Transaction<'b>,
    targets: &'a mut Targets,
    id: Id,
    line: Line<Map<String, Value>>,
}

impl KindFunction for WriteLine<'_, '_> {
    type Output = Result<Outcome, LineError>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { transaction, targets, id, line } = self;
        let mut faults = Faults::new();
        let mut record = line.record;
        record.shift_remove("id");
        let imported = Imported {
            version: take(&mut record, "version", &mut faults),
            created_at: take::<DateTime<Utc>>(&mut record, "created_at", &mut faults),
            updated_at: take::<DateTime<Utc>>(&mut record, "updated_at", &mut faults),
            was_public: line.was_public,
            former_slugs: line.former_slugs,
        };
        // What else only the server sets stands in the file as it was, and is taken over.
        let owned: Map<String, Value> = C::SERVER_OWNED
            .iter()
            .filter_map(|&field| Some((field.to_owned(), record.get(field)?.clone())))
            .collect();
        let mut draft = Draft::<C>::read(Value::Object(record), Some(&owned), &mut faults);
        if let Some(draft) = &mut draft
            && !owned.is_empty()
        {
            draft.content =
                restore_owned(&draft.content, owned, &mut faults).unwrap_or_else(|| draft.content.clone());
        }
        let Some(draft) = faults.or(draft)? else {
            return Err(Faults::one("", "cannot be read").into());
        };
        let previous = match transaction.find::<C>(&Key::Id(id))? {
            Found::Here(previous) => Some(previous),
            _ => None,
        };
        let before = previous.as_ref().map(Stored::version);
        let saved =
            transaction.save(previous, id, draft, Action::Import, targets, imported).map_err(|error| {
                match error {
                    SaveError::Faults(faults) | SaveError::Conflict(faults) => LineError::Faults(faults),
                    SaveError::Database(error) => LineError::Database(error),
                }
            })?;
        Ok(match before {
            None => Outcome::Created,
            Some(version) if version == saved.version() => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        })
    }
}

/// Takes one of the record's own fields out of a line.
fn take<T: serde::de::DeserializeOwned>(
    record: &mut Map<String, Value>,
    field: &str,
    faults: &mut Faults,
) -> Option<T> {
    let value = record.shift_remove(field).filter(|value| !value.is_null())?;
    serde_json::from_value(value).map_err(|fault| faults.broken(format!("/{field}"), fault.to_string())).ok()
}

/// Content with the fields that only the server sets, as they stand in a file.
fn restore_owned<C: Content>(content: &C, owned: Map<String, Value>, faults: &mut Faults) -> Option<C> {
    let Ok(Value::Object(mut json)) = serde_json::to_value(content) else { return None };
    json.extend(owned);
    serde_json::from_value(Value::Object(json)).map_err(|fault| faults.broken("", fault.to_string())).ok()
}
