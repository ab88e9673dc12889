//! The demo landscape: real clusters, initiatives, networks and measures, invented operations, members
//! and events.
//!
//! It shows the portal with realistic content. Real records come from `data/`, whose README lists the sources. Invented
//! records say so in name, title or summary, and their web addresses are in `.example` (RFC 2606).

mod events;
mod invented;
mod landscape;
mod members;
mod operations;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use domain::{
    content::Content as _,
    kind::Kind,
    member::Member,
    sync::{Mode, RunOptions},
};
use landscape::Landscape;
use persistence::{
    audience::Actor,
    store::Store,
    sync::Begun,
    transfer::{ImportReport, Source},
};
use serde_json::{Value, json};

/// The records of the demo landscape, each in the form of an import line: `{"kind": "..", "record": {..}}`.
///
/// Records refer only to records of earlier lines, by slug. Events are around `now`. Everything else is the same at
/// any time.
pub fn lines(now: DateTime<Utc>) -> Vec<Value> {
    let landscape = Landscape::read();
    [landscape.lines(), operations::lines(), events::lines(&landscape, now), members::lines(&landscape)]
        .concat()
}

/// A record as an import line.
fn line(kind: Kind, record: Value) -> Value {
    json!({ "kind": kind.as_str(), "record": record })
}

/// Loads the demo landscape into an empty database, and runs a sync for one chamber as an example. `None` if the
/// database is not empty.
///
/// # Errors
/// A message for the operator.
pub fn load(store: &Store) -> Result<Option<ImportReport>, String> {
    let actor = Actor::command("demo");
    let lines = lines(store.now());
    let source = Source::in_memory("demo landscape", text_of(&lines));
    let report = store.import_demo(&actor, &[source]).map_err(|error| error.to_string())?;
    if report.is_some() {
        sync(store, &actor, &lines)?;
    }
    Ok(report)
}

/// Syncs the unchanged members of a chamber, as in a nightly run.
fn sync(store: &Store, actor: &Actor, lines: &[Value]) -> Result<(), String> {
    let Some(chamber) = Member::example().chamber else { return Ok(()) };
    let of_chamber = |line: &&Value| line["record"]["chamber"] == chamber.entry().slug.as_str();
    let members: Vec<Value> = lines.iter().filter(of_chamber).map(|line| line["record"].clone()).collect();
    let options =
        RunOptions { mode: Mode::Full, dry_run: false, max_deletion_percent: RunOptions::DEFAULT_PERCENT };
    let begun = store.begin_run(actor, chamber, options).map_err(|error| error.to_string())?;
    if let Begun::Run(run) = begun {
        run.work(text_of(&members).as_slice(), &|| (), &|| None).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The values as NDJSON.
fn text_of(values: &[Value]) -> Vec<u8> {
    values.iter().map(|value| format!("{value}\n")).collect::<String>().into_bytes()
}
