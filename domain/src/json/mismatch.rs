//! Why a JSON value does not fit, in the words of JSON.

use super::pointer::child;
use serde::de::{self, Expected, Unexpected};
use std::fmt::Display;

/// Why a value does not fit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON Pointer (RFC 6901), relative to the value that was read.
    pub pointer: String,
    /// The kind of mismatch.
    pub kind: MismatchKind,
    /// A message for the caller.
    pub detail: String,
}

/// The kind of mismatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MismatchKind {
    /// Wrong type.
    Type,
    /// Unknown field.
    Unknown,
    /// Missing field.
    Missing,
    /// The right type, but a rule is broken.
    Rule,
}

impl Mismatch {
    pub(super) fn new(kind: MismatchKind, detail: String) -> Self {
        Self { pointer: String::new(), kind, detail }
    }

    pub(super) fn of_type(found: &str, expected: &str) -> Self {
        Self::new(MismatchKind::Type, format!("has the wrong type: {found}, expected {expected}"))
    }

    /// Prefixes the pointer with `key`.
    pub(super) fn below(mut self, key: &str) -> Self {
        self.pointer = child("", key) + &self.pointer;
        self
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: Display>(detail: T) -> Self {
        Self::new(MismatchKind::Rule, detail.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "true or false",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
            Unexpected::Str(_) | Unexpected::Char(_) => "a string",
            Unexpected::Unit | Unexpected::Option => "null",
            Unexpected::Seq => "a list",
            _ => "an object",
        };
        Self::of_type(found, &expected.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(MismatchKind::Missing, "is required".to_owned()).below(field)
    }

    fn unknown_field(field: &str, _known: &'static [&'static str]) -> Self {
        Self::new(MismatchKind::Unknown, "unknown field".to_owned()).below(field)
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let shown: String = word.chars().take(60).collect();
        Self::custom(format!("is not known: `{shown}`, expected one of {}", known.join(", ")))
    }
}
