//! Where the landscape is kept: SQLite or PostgreSQL, behind one body of code.
//!
//! [`store::Store`] is the front door. Content lies as one document per record; `terms` and
//! their sets say by which values a record is found, `links` to which others it refers, `revisions` what happened and in which order. What
//! differs between the two databases stands in `dialect` and nowhere else. This crate knows no HTTP.

pub mod action;
mod asking;
pub mod audience;
pub mod changes;
mod completing;
pub mod condition;
mod conditions;
mod connection;
mod deriving;
mod dialect;
mod documents;
mod erasing;
pub mod error;
pub mod facets;
mod hash;
mod hidden;
pub mod history;
pub mod idempotency;
mod index;
pub mod insight;
mod labels;
mod lifecycle;
pub mod pages;
mod partition;
mod past;
mod preparing;
pub mod reading;
mod recording;
mod resolving;
mod rows;
mod schema;
mod scrubbing;
pub mod searching;
mod slugs;
pub mod store;
pub mod sync;
pub mod tokens;
mod totals;
mod traffic;
pub mod transfer;
mod types;
mod wording;
pub mod writing;

pub use connection::Target;
pub use rows::Stored;

// They bring their libraries into the binary; nothing calls them by name.
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;
