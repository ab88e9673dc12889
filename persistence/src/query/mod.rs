//! Reading the landscape: a filter is resolved to one set, from which pages, counts, facets and the rest are read.

pub(crate) mod completing;
pub(crate) mod conditions;
pub mod facets;
pub mod insight;
pub(crate) mod labels;
pub mod page;
pub mod record;
pub(crate) mod resolved;
