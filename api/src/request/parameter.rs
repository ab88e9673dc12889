//! A parameter is one constant, which handlers read and the API's description shows.

use crate::openapi::parameters;
use serde_json::Value;

/// A parameter of the query string.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<T> {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
    /// What it may be, as JSON Schema. Of what can be repeated: each value.
    pub schema: fn() -> Value,
    /// Reads a value, or says what is wrong with it.
    pub read: fn(&str) -> Result<T, String>,
    /// What it is called among the shared parameters of the description, where it is one.
    pub shared: Option<&'static str>,
}

impl<T> Parameter<T> {
    /// As an operation shows it that takes it once.
    pub(crate) fn once(&self) -> Value {
        self.shared.map_or_else(|| self.definition(), parameters::parameter)
    }

    /// As an operation shows it that takes it repeatedly.
    pub(crate) fn repeated(&self) -> Value {
        self.shared.map_or_else(|| self.repeated_definition(), parameters::parameter)
    }

    /// In full.
    pub(crate) fn definition(&self) -> Value {
        parameters::query(self.name, self.description, (self.schema)())
    }

    /// In full, where it can be repeated.
    pub(crate) fn repeated_definition(&self) -> Value {
        parameters::repeated(self.name, self.description, (self.schema)())
    }
}

/// Reads what is yes or no.
///
/// # Errors
/// What it must be.
pub fn flag(word: &str) -> Result<bool, String> {
    match word {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// Reads one of some words.
///
/// # Errors
/// What it must be.
pub fn one_of(word: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&word) {
        Ok(word.to_owned())
    } else {
        Err(format!("must be one of {}", words.join(", ")))
    }
}
