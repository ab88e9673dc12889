//! The landscape as it stood at a moment.
//!
//! What has not changed since then is found in the tables; the rest is read from the revisions of that moment and
//! filtered here. Both together are what the public saw, as far as it may still see it.

mod derived;
mod matching;
mod states;

pub(crate) use derived::{initiatives, labels, member_counts};
pub(crate) use matching::{Matching, add_terms, merge, rows};
pub(crate) use states::{Documents, find, number_at};
