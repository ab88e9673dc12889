//! Storage of the landscape, on SQLite or PostgreSQL.
//!
//! [`store::Store`] is the entry point. Content is one JSON document per record. `terms` and their sets hold the
//! values by which records are filtered, `links` the references between records, and `revisions` every write in
//! commit order. Differences between the databases are in `dialect`. This crate contains no HTTP.

pub mod audience;
pub mod audit;
pub mod backup;
pub mod batch;
pub mod changes;
pub mod condition;
mod connection;
pub mod credential_events;
mod dialect;
pub mod error;
mod hash;
pub mod history;
mod identity;
mod index;
mod index_state;
pub mod last_change;
mod past;
pub mod query;
mod replicas;
mod rows;
mod schema;
pub mod search;
pub mod signing_keys;
pub mod store;
pub mod sync;
mod target;
mod throttle;
pub mod tokens;
pub mod transfer;
mod types;
pub mod write;

pub use rows::Stored;
pub use target::{Replica, Target};

// Linked into the binary, but not called by name.
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;
