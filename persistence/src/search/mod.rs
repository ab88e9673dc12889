//! Full-text search: indexed documents and words, query expansion, ranked hits.

pub(crate) mod documents;
pub mod hits;
pub(crate) mod partition;
pub(crate) mod query_expansion;
