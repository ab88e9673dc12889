//! The chambers' sync: a run reads a body line by line, compares it with what is held, and writes what differs.
//!
//! Two threads work on a run. One reads and classifies the lines, with a connection that reads: a line that was taken
//! before, byte for byte, is told by its hash alone. The other writes what changes, in batches of one transaction each.
//! What is judged may be out of date when it is written; the writer looks, and classifies such a line again.

mod batch;
mod confirmed;
mod known_members;
mod line_classifier;
mod lines;
mod own_revisions;
mod reading;
mod runs;
mod starting;
mod working;

pub(crate) use runs::{find, list, rejections};
pub(crate) use starting::Claims;
pub use starting::{Begun, SyncRun};
