//! Writes: transactions, their commit order, and everything derived from records.

pub mod action;
mod answering;
pub(crate) mod commit;
pub(crate) mod derived;
mod erasure;
pub mod erasures;
mod grouped;
mod hidden;
pub mod idempotency;
mod lifecycle;
mod locking;
pub mod rebuild;
pub mod resolving;
pub(crate) mod row_set;
pub(crate) mod scrubbing;
pub(crate) mod slugs;
pub mod transaction;
