//! Search over everything public: documents and words as they are indexed, queries as they are expanded, hits.

pub(crate) mod documents;
pub mod hits;
pub(crate) mod partition;
pub(crate) mod query_expansion;
