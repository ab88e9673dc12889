//! Handlers: the HTTP side of each operation. The data side is in `persistence`.

pub(crate) mod catalog;
pub mod chamber;
pub mod changes;
pub mod collection;
mod counts;
pub mod crawlers;
pub mod docs;
pub mod health;
pub mod history;
pub mod insight;
pub mod keys;
pub mod landing;
pub mod metrics;
pub(crate) mod ogc;
pub mod operations;
pub(crate) mod paging;
pub mod problems;
pub mod record;
pub mod search;
pub mod sync;
pub mod tokens;
pub mod vocabulary;
mod writes;
