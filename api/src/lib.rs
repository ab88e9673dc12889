//! The HTTP API and the command line of Clusterportal.
//!
//! A request takes three hops: [`routes`] maps the address to a handler, the handler is the HTTP side of the
//! operation, and `persistence` is the data side. This crate contains no SQL.

pub mod addresses;
pub mod app;
pub mod auth;
pub mod cache;
mod catalog;
pub mod cli;
pub mod compress;
pub mod config;
mod connections;
pub mod database;
pub mod demo;
pub mod envelope;
pub mod erasures;
pub mod flights;
pub mod follow;
pub mod formats;
pub mod handlers;
mod http2;
pub mod limits;
pub mod listener;
mod logging;
pub mod metrics;
pub mod openapi;
mod priority;
pub mod problem;
pub mod rebuilds;
pub mod request;
pub mod respond;
pub mod routes;
mod security_headers;
pub mod server;
pub mod shared;
mod table;
pub mod tls;
mod transport;
pub mod wire;
