//! Query parameters as constants, used by handlers and by the OpenAPI document.

use crate::openapi::parameters;
use serde_json::Value;

/// A parameter of the query string.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<T> {
    /// Name.
    pub name: &'static str,
    /// Description.
    pub description: &'static str,
    /// JSON Schema of a value. For a repeatable parameter, of each value.
    pub schema: fn() -> Value,
    /// Parses a value, or says what is wrong with it.
    pub read: fn(&str) -> Result<T, String>,
    /// Name among the shared parameters of the document, if it is shared.
    pub shared: Option<&'static str>,
}

impl<T> Parameter<T> {
    /// The OpenAPI parameter of an operation that accepts it once.
    pub(crate) fn once(&self) -> Value {
        self.shared.map_or_else(|| self.definition(), parameters::parameter)
    }

    /// The OpenAPI parameter of an operation that accepts it repeatedly.
    pub(crate) fn repeated(&self) -> Value {
        self.shared.map_or_else(|| self.repeated_definition(), parameters::parameter)
    }

    /// The complete definition.
    pub(crate) fn definition(&self) -> Value {
        parameters::query(self.name, self.description, (self.schema)())
    }

    /// The complete definition of the repeatable parameter.
    pub(crate) fn repeated_definition(&self) -> Value {
        parameters::repeated(self.name, self.description, (self.schema)())
    }
}

/// Parses `true` or `false`.
///
/// # Errors
/// Says which values are allowed.
pub fn flag(word: &str) -> Result<bool, String> {
    match word {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// Parses one of the given words.
///
/// # Errors
/// Says which values are allowed.
pub fn one_of(word: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&word) {
        Ok(word.to_owned())
    } else {
        Err(format!("must be one of {}", words.join(", ")))
    }
}
