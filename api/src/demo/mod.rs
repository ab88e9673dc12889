//! The demo landscape: real clusters, initiatives, networks and measures, invented members and events.
//!
//! It lets one see the portal full of life. What is real comes from `data/`, as far as its README vouches for it;
//! what is invented says so in its name, title or summary, and has web addresses in `.example` (RFC 2606) only.

mod events;
mod invented;
mod landscape;
mod members;
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
/// A record refers to records of earlier lines only, by their slugs. Events lie around `now`; all else is the same
/// whenever it is imported.
pub fn lines(now: DateTime<Utc>) -> Vec<Value> {
    let landscape = Landscape::read();
    [landscape.lines(), events::lines(&landscape, now), members::lines(&landscape)].concat()
}

/// One record as an import line.
fn line(kind: Kind, record: Value) -> Value {
    json!({ "kind": kind.as_str(), "record": record })
}

/// Loads it, once, and never over anything else, and syncs one of its chambers, so that there is a run to look at; `None` where the database holds something.
///
/// # Errors
/// What went wrong, for the operator.
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

/// Sends what a chamber has sent already, as it would at night.
fn sync(store: &Store, actor: &Actor, lines: &[Value]) -> Result<(), String> {
    let Some(chamber) = Member::example().chamber else { return Ok(()) };
    let of_chamber = |line: &&Value| line["record"]["chamber"] == chamber.entry().slug.as_str();
    let members: Vec<Value> = lines.iter().filter(of_chamber).map(|line| line["record"].clone()).collect();
    let options =
        RunOptions { mode: Mode::Full, dry_run: false, max_deletion_percent: RunOptions::DEFAULT_PERCENT };
    let begun = store.begin_run(actor, chamber, options).map_err(|error| error.to_string())?;
    if let Begun::Run(run) = begun {
        run.work(text_of(&members).as_slice(), &|| (), &|| false).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A line each.
fn text_of(values: &[Value]) -> Vec<u8> {
    values.iter().map(|value| format!("{value}\n")).collect::<String>().into_bytes()
}
