//! What a cluster, an initiative, a network, a measure, an event and a member *are*.
//!
//! This crate knows the fields of every kind, the rules between them, the vocabularies, and how text is folded
//! for comparison. It does no input or output and knows neither a database nor HTTP.
//!
//! Start at [`kinds::every_kind`], the one list of kinds, and at [`content::Content`], what each can say about
//! itself.

pub mod admission;
pub mod cells;
pub mod cluster;
pub mod content;
pub mod difference;
pub mod event;
pub mod fault;
pub mod fold;
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
