//! Reads of the landscape at an earlier moment (`as_of`).
//!
//! Records that have not changed since are read from the tables of records. The rest is read from `past_states`,
//! which holds each public state that was replaced. Together they are what the public saw, restricted to records
//! that are public today. Content is read from the revisions, and only for what is shown. See
//! docs/internals/past.md.
//!
//! ```text
//! member 7      revision 3: Stuttgart    revision 9: Ulm
//! as_of = the moment of revision 5       → past_states: Stuttgart, from revision 3 until revision 9
//! as_of = the moment of revision 12      → records: Ulm, not changed since
//! ```

mod counting;
mod derived;
mod keeping;
mod packing;
mod paging;
mod rebuilding;
mod signature;
mod states;
mod texts;
mod walking;
mod withdrawn;

pub(crate) use counting::{Counts, count, total};
pub(crate) use derived::{initiatives, labels, referring_counts};
pub(crate) use keeping::{Edits, Replaced, erase, replaced};
pub(crate) use paging::page;
pub(crate) use rebuilding::rebuild;
pub(crate) use states::{find, number_at};
pub(crate) use texts::Texts;
pub(crate) use withdrawn::withdrawn;

use crate::types::DbMoment;

/// A moment in the past. Its state is that of the last revision up to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past {
    /// The number of this revision, or 0 before the first.
    pub(crate) number: i64,
    pub(crate) moment: DbMoment,
}
