//! The demo landscape: real clusters, initiatives, networks and measures, invented members and events.
//!
//! It lets one see the portal full of life. What is real comes from `data/`, as far as its README vouches for it;
//! what is invented says so in its name, title or summary, and has web addresses in `.example` (RFC 2606) only.

mod events;
mod invented;
mod landscape;
mod members;

use crate::kind::Kind;
use chrono::{DateTime, Utc};
use landscape::Landscape;
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

#[cfg(test)]
mod tests;
