//! Reads. A filter is resolved to one set, from which pages, totals, facets and statistics are read.

pub mod addresses;
pub(crate) mod completing;
pub(crate) mod conditions;
pub mod extent;
pub mod facets;
pub mod insight;
pub(crate) mod labels;
pub(crate) mod own;
pub mod page;
pub mod record;
pub(crate) mod resolved;
pub(crate) mod text;
