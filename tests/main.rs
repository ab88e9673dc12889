//! The whole house under test: a real server over real sockets, on SQLite and on PostgreSQL.
//!
//! A file per subject. Each begins with the list of its tests; [`harness`] runs every one of them on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test, and what it is set up with, fails by a panic"
)]

mod harness;

mod addresses;
mod attacks;
mod auth;
mod binary;
mod bodies;
mod bounds;
mod cache;
mod calendar;
mod catalog;
mod changes;
mod concurrency;
mod constraints;
mod contract;
mod crawlers;
mod cursors;
mod erasure;
mod events;
mod examples;
mod exports;
mod filters;
mod following;
mod groups;
mod guards;
mod history;
mod hostile;
mod http;
mod https;
mod input;
mod insight;
mod limits;
mod linked_data;
mod metrics;
mod ogc;
mod operations;
mod past;
mod privacy;
mod provider;
mod rebuild;
mod references;
mod repeats;
mod search;
mod security;
mod sets;
mod shapes;
mod slugs;
mod spreadsheets;
mod sync;
mod times;
mod tokens;
mod transfer;
mod transport;
mod vocabularies;
mod writes;
