//! Linked data in JSON-LD 1.1: records by schema.org, vocabularies by SKOS.
//!
//! JSON-LD is JSON with a context, so the documents are written as JSON. Members without a value are left out.

pub(super) mod schema_org;
pub(crate) mod skos;

use crate::problem::Problem;
use serde_json::{Map, Value};

/// A node object (JSON-LD 1.1 section 9.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Node(Map<String, Value>);

impl Node {
    /// A node without members.
    fn new() -> Self {
        Self::default()
    }

    /// Adds a member, unless its value is null or an empty list. A list of one stands for its item.
    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = match value.into() {
            Value::Array(mut items) if items.len() == 1 => items.remove(0),
            value => value,
        };
        if !value.is_null() && value != Value::Array(Vec::new()) {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds the members of another node.
    fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The document, in a form that can stand in an HTML `script` element: `<` is escaped.
    ///
    /// # Errors
    /// Only after a programming error.
    pub(crate) fn document(&self) -> Result<Vec<u8>, Problem> {
        let json = serde_json::to_string(&self.0).map_err(Problem::internal)?;
        // In JSON, the character occurs in strings only.
        Ok(json.replace('<', "\\u003c").into_bytes())
    }
}

impl From<Node> for Value {
    fn from(node: Node) -> Self {
        Self::Object(node.0)
    }
}
