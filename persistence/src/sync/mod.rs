//! The chambers' sync: a run reads a body line by line, compares it with the stored members, and writes the
//! differences.
//!
//! A run has two threads. One reads and classifies lines, on a connection for reads. It recognises unchanged lines
//! by their hash. The other writes changes in batches, one transaction each. A classification may be outdated when
//! it is written. The writer checks this under a lock, and classifies such lines again.

mod batch;
mod confirmed;
mod known_members;
mod line_classifier;
mod lines;
mod own_revisions;
mod reading;
mod runs;
mod starting;
mod sweeping;
mod working;

pub(crate) use runs::{find, list, rejections};
pub(crate) use starting::Claims;
pub use starting::{Begun, SyncRun};
pub use working::Interruption;
