//! Records in the terms of schema.org. Each kind has its mapping: an implementation of [`SchemaOrg`].
//!
//! The address of a record is its identity (`@id`), also where another record refers to it. Bilingual texts are
//! language-tagged; proper names are plain.

mod event;
mod measure;
mod member;
mod operation;
mod organisation;
mod parts;

use super::Node;
use crate::{
    formats::{Context, Writer},
    problem::Problem,
    respond::path_of,
};
use domain::{content::Content, kinds::AnyRecord, record::Record};

/// A kind of record that schema.org has terms for.
trait SchemaOrg: Content {
    /// Types and properties of the record. `base` is the base of absolute links, without a trailing slash.
    fn describe(record: &Record<Self>, base: &str) -> Node;
}

/// Writes records as documents in JSON-LD.
pub(in crate::formats) struct JsonLd {
    context: Context,
}

impl JsonLd {
    pub(in crate::formats) fn new(context: Context) -> Self {
        Self { context }
    }
}

impl<C: Content> Writer<C> for JsonLd {
    fn begin(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(Vec::new())
    }

    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        let base = &self.context.base;
        let documents = records.iter().map(|record| document(record, base).document());
        Ok(documents.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(Vec::new())
    }
}

/// A record as a document.
pub(crate) fn document<C: Content>(record: &Record<C>, base: &str) -> Node {
    let mut node = Node::new()
        .with("@context", "https://schema.org/")
        .with("@id", format!("{base}{}", path_of(record)))
        .with("identifier", record.id.to_string());
    node.extend(match AnyRecord::of(record) {
        Some(AnyRecord::Cluster(record)) => SchemaOrg::describe(record, base),
        Some(AnyRecord::Initiative(record)) => SchemaOrg::describe(record, base),
        Some(AnyRecord::Network(record)) => SchemaOrg::describe(record, base),
        Some(AnyRecord::Measure(record)) => SchemaOrg::describe(record, base),
        Some(AnyRecord::Event(record)) => SchemaOrg::describe(record, base),
        Some(AnyRecord::Operation(record)) => SchemaOrg::describe(record, base),
        Some(AnyRecord::Member(record)) => SchemaOrg::describe(record, base),
        None => Node::new(),
    });
    node
}
