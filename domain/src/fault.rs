//! Faults of an input: where, why, and how severe.

use crate::text::quoted;
use serde::Serialize;
use std::borrow::Cow;

/// The severity of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Well-formed, but breaks a rule of the domain.
    Broken,
    /// Not well-formed: a wrong JSON type or an unknown field.
    Malformed,
}

/// A fault of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the input. Empty for the input as a whole.
    pub pointer: String,
    /// What is wrong, and how to fix it.
    pub detail: String,
    /// The severity.
    #[serde(skip)]
    pub severity: Severity,
}

/// The faults of an input. Empty if it is valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    list: Vec<Fault>,
    /// Pointers to values that were replaced to continue parsing. The sender is not to blame for them.
    mended: Vec<String>,
}

impl Faults {
    /// Maximum number of faults. Parsing stops there.
    pub const MOST: usize = 100;

    /// Maximum length of a pointer and of a detail, in characters.
    pub const MOST_CHARACTERS: usize = 500;

    /// Creates an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a list with one broken rule.
    pub fn one(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut faults = Self::new();
        faults.broken(pointer, detail);
        faults
    }

    /// Records a broken rule at `pointer`. Ignored if the value there already has a fault.
    pub fn broken(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.push(pointer.into(), detail.into(), Severity::Broken);
    }

    /// Records a broken rule at `pointer` that also depends on the value at `other`.
    ///
    /// Ignored if the value at `other` could not be parsed.
    pub fn broken_with(&mut self, other: &str, pointer: impl Into<String>, detail: impl Into<String>) {
        if !self.is_mended(other) {
            self.broken(pointer, detail);
        }
    }

    /// Records that the value at `pointer` is malformed.
    pub fn malformed(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.push(pointer.into(), detail.into(), Severity::Malformed);
    }

    /// Marks the value at `pointer` as replaced, so that later faults there are ignored.
    pub(crate) fn patch(&mut self, pointer: String) {
        self.mended.push(pointer);
    }

    /// Pointers and details quote the input, so they are escaped and truncated.
    fn push(&mut self, pointer: String, detail: String, severity: Severity) {
        if !self.is_mended(&pointer) && !self.is_full() {
            let shown = |text: String| match quoted(&text, Self::MOST_CHARACTERS) {
                Cow::Borrowed(_) => text,
                Cow::Owned(shown) => shown,
            };
            self.list.push(Fault { pointer: shown(pointer), detail: shown(detail), severity });
        }
    }

    /// Whether a part of the value at `pointer` was replaced.
    pub fn is_mended_within(&self, pointer: &str) -> bool {
        self.mended
            .iter()
            .any(|mended| mended.strip_prefix(pointer).is_some_and(|rest| rest.starts_with('/')))
    }

    fn is_mended(&self, pointer: &str) -> bool {
        self.mended.iter().any(|mended| {
            pointer.strip_prefix(mended.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether the maximum number of faults is reached.
    pub fn is_full(&self) -> bool {
        self.list.len() >= Self::MOST
    }

    /// Whether there are no faults.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The highest severity, or `None` if there are no faults.
    pub fn severity(&self) -> Option<Severity> {
        self.list.iter().map(|fault| fault.severity).max()
    }

    /// Iterates over the faults in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.list.iter()
    }

    /// Returns the faults.
    pub fn into_list(self) -> Vec<Fault> {
        self.list
    }

    /// Returns `value` if there are no faults, else the faults.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, fault) in self.list.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            let place = if fault.pointer.is_empty() { "the whole" } else { &fault.pointer };
            write!(f, "{separator}{place}: {}", fault.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
