//! The landscape as it stood at a moment.
//!
//! What has not changed since then is found in the tables of records; the rest in `past_states`, where each public state
//! is noted when another replaces it. Both together are what the public saw, as far as it may still see it. Content is
//! read from the revisions, and only of what is shown. See docs/internals/past.md.

mod derived;
mod keeping;
mod packing;
mod paging;
mod rebuilding;
mod signature;
mod states;
mod walking;

pub(crate) use derived::{initiatives, labels, member_counts};
pub(crate) use keeping::{Edits, Replaced, erase, replaced};
pub(crate) use paging::page;
pub(crate) use rebuilding::rebuild;
pub(crate) use states::{find, number_at};
pub(crate) use walking::{Texts, count, total};

use crate::types::DbMoment;

/// A moment that is looked back at. What stood then is what the last revision up to it made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past {
    /// The number of that revision; 0 before the first.
    pub(crate) number: i64,
    pub(crate) moment: DbMoment,
}
