//! Where the landscape is kept: SQLite or PostgreSQL, behind one body of code.
//!
//! [`store::Store`] is the front door. Content lies as one document per record; `terms` and
//! their sets say by which values a record is found, `links` to which others it refers, `revisions` what happened and in which order. What
//! differs between the two databases stands in `dialect` and nowhere else. This crate knows no HTTP.

pub mod audience;
pub mod changes;
pub mod condition;
mod connection;
mod dialect;
pub mod error;
mod hash;
pub mod history;
mod index;
mod index_state;
mod past;
pub mod query;
mod rows;
mod schema;
pub mod search;
pub mod store;
pub mod sync;
mod throttle;
pub mod tokens;
pub mod transfer;
mod types;
pub mod write;

pub use connection::Target;
pub use rows::Stored;

// They bring their libraries into the binary; nothing calls them by name.
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;
