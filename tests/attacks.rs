//! Attacks by callers without a token, generated from the published descriptions.

use crate::harness::{DESCRIPTION, Description, FEATURES, Operation};

mod injection;
mod paths;
mod references;
mod statements;

/// Every operation, with the document that describes it. Metrics are left out: they count requests, so no two answers are
/// the same.
fn operations() -> impl Iterator<Item = (&'static Description, &'static Operation)> {
    let of = |document: &'static Description| document.operations().iter().map(move |it| (document, it));
    of(&DESCRIPTION).chain(of(&FEATURES)).filter(|(_, operation)| operation.template != "/metrics")
}
