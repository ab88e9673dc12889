//! Import: all lines or none.

use super::{
    ImportReport, Line, Source, TransferError,
    identity::{Identity, identify},
};
use crate::{
    error::Error,
    query::{labels::Targets, record::Found},
    rows::Stored,
    write::{
        action::Action,
        transaction::{Imported, SaveError, Transaction},
    },
};
use chrono::{DateTime, Datelike as _, Utc};
use domain::{
    content::Content,
    fault::Faults,
    json,
    kinds::{KindFunction, with_kind},
    moment::Moment,
    parse,
    record::Draft,
    slug::Key,
};
use serde_json::{Map, Value};
use std::io::BufRead as _;

/// Imports every line of the sources. A line updates the record with its id, its slug, or its chamber and external
/// id, or creates one.
///
/// References may name later lines. The first invalid line ends the import.
pub(crate) fn import(
    transaction: &mut Transaction<'_>,
    sources: &[Source<'_>],
) -> Result<ImportReport, TransferError> {
    // All locks that may be needed, in the usual order. Holding the last one also bounds memory, because pending
    // rows are written under it.
    transaction.lock_all_chambers()?;
    transaction.lock_revisions()?;
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
        // If the file grew between the two passes, it has lines without an identity.
        let identity =
            identities.next().ok_or_else(|| Faults::one("", "the file changed while it was read"))?;
        let write = WriteLine { transaction: &mut *transaction, targets: &mut targets, identity, line };
        match with_kind(write.line.kind, write)? {
            Outcome::Created => report.created += 1,
            Outcome::Updated => report.updated += 1,
            Outcome::Unchanged => report.unchanged += 1,
        }
        Ok(())
    })?;
    Ok(report)
}

/// Why a line was rejected.
pub(super) enum LineError {
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

/// Reads the sources line by line. Accepts blank lines and a byte-order mark.
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
            let line = read_line(text);
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

/// Parses a line like any JSON from callers.
fn read_line(text: &str) -> Result<Line<Map<String, Value>>, Faults> {
    let mut faults = Faults::new();
    let json = json::read(text.as_bytes(), &mut faults)
        .map_err(|fault| Faults::one("", format!("is not JSON: {fault}")))?;
    match parse::value(&json, "", &mut faults) {
        Some(line) if faults.is_empty() => Ok(line),
        _ => Err(faults),
    }
}

/// The result of a line.
enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// Writes a line of a kind.
struct WriteLine<'a, 'b> {
    transaction: &'a mut Transaction<'b>,
    targets: &'a mut Targets,
    identity: Identity,
    line: Line<Map<String, Value>>,
}

impl KindFunction for WriteLine<'_, '_> {
    type Output = Result<Outcome, LineError>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { transaction, targets, identity, line } = self;
        let (Identity::Known(id) | Identity::New(id)) = identity;
        let mut faults = Faults::new();
        let mut record = line.record;
        record.shift_remove("id");
        let imported = Imported {
            version: take(&mut record, "version", &mut faults, |version: &i64| {
                let is_version = (1..=MOST_VERSIONS).contains(version);
                is_version.then_some(()).ok_or_else(|| format!("must be from 1 to {MOST_VERSIONS}"))
            }),
            created_at: take_moment(&mut record, "created_at", &mut faults),
            updated_at: take_moment(&mut record, "updated_at", &mut faults),
            was_public: line.was_public,
            former_slugs: line.former_slugs,
            hidden_slugs: line.hidden_slugs,
        };
        // The other server-set fields are imported as they are.
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
        let resolved = match draft {
            Some(draft) => Some(transaction.resolve_among(
                draft,
                std::mem::take(targets),
                (Some(id), None),
                &mut faults,
            )?),
            None => None,
        };
        let Some(resolved) = faults.or(resolved)? else {
            return Err(Faults::one("", "cannot be read").into());
        };
        let previous = match identity {
            Identity::Known(id) => match transaction.find::<C>(&Key::Id(id))? {
                Found::Here(previous) => Some(previous),
                _ => None,
            },
            Identity::New(_) => None,
        };
        let before = previous.as_ref().map(Stored::version);
        let saved = transaction.save(previous, id, resolved, Action::Import, imported);
        let (saved, known) = saved.map_err(|error| match error {
            SaveError::Conflict(faults) => LineError::Faults(faults),
            SaveError::Database(error) => LineError::Database(error),
        })?;
        *targets = known;
        Ok(match before {
            None => Outcome::Created,
            Some(version) if version == saved.version() => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        })
    }
}

/// Removes a server-set field from a line, and parses it.
fn take<T: serde::de::DeserializeOwned>(
    record: &mut Map<String, Value>,
    field: &str,
    faults: &mut Faults,
    check: impl FnOnce(&T) -> Result<(), String>,
) -> Option<T> {
    let taken = parse::field(record, field, faults)?;
    check(&taken).map_err(|fault| faults.broken(format!("/{field}"), fault)).ok()?;
    Some(taken)
}

/// The largest version: JSON numbers are exact up to it, and the next version still fits.
const MOST_VERSIONS: i64 = 1 << 53;

/// Removes a moment from a line, and parses it.
fn take_moment(record: &mut Map<String, Value>, field: &str, faults: &mut Faults) -> Option<DateTime<Utc>> {
    // The databases support no other years.
    let check = |moment: &Moment| match moment {
        Moment::Utc(moment) if !(1..=9999).contains(&moment.year()) => {
            Err("must lie in the years 1 to 9999".to_owned())
        }
        Moment::Utc(_) => Ok(()),
        Moment::Local(_) | Moment::Day(_) => Err("needs an offset, as in 2026-05-01T07:30:00Z".to_owned()),
    };
    match take(record, field, faults, check)? {
        Moment::Utc(moment) => Some(moment),
        Moment::Local(_) | Moment::Day(_) => None,
    }
}

/// Sets the server-set fields of content as in the file.
fn restore_owned<C: Content>(content: &C, owned: Map<String, Value>, faults: &mut Faults) -> Option<C> {
    let Ok(Value::Object(mut json)) = serde_json::to_value(content) else { return None };
    json.extend(owned);
    serde_json::from_value(Value::Object(json)).map_err(|fault| faults.broken("", fault.to_string())).ok()
}
