//! Kinds of record, their fields and rules, vocabularies, queries, search, and the line format of sync runs.
//!
//! This crate does no I/O and knows neither databases nor HTTP.
//!
//! Start at [`kinds::every_kind`], the only list of kinds, and at [`content::Content`], the trait that each kind
//! implements.

pub mod admission;
pub mod calendar;
pub mod cells;
pub mod cluster;
pub mod content;
pub mod dataset;
pub mod difference;
pub mod event;
pub mod fault;
pub mod fold;
#[cfg(test)]
mod fuzz;
pub mod graph;
pub mod id;
pub mod initiative;
pub mod json;
pub mod kind;
pub mod kinds;
pub mod measure;
pub mod member;
pub mod moment;
pub mod network;
pub mod operation;
pub mod organisation;
pub mod parse;
pub mod place;
pub mod query;
pub mod record;
pub mod reference;
mod rules;
pub mod scalar;
pub mod search;
pub mod slug;
pub mod sync;
pub mod terms;
pub mod text;
pub mod time;
pub mod vocabulary;
pub mod words;
