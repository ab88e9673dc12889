//! What is wrong with an input: where, why, and how badly.

use crate::text::quoted;
use serde::Serialize;
use std::borrow::Cow;

/// How badly an input is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is understood, but it breaks a rule of the domain.
    Broken,
    /// It cannot be understood: a wrong JSON type, an unknown field.
    Malformed,
}

/// One fault of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901) into the input; empty for the input as a whole.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub detail: String,
    /// How badly.
    #[serde(skip)]
    pub severity: Severity,
}

/// All faults of an input; empty when it is right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    list: Vec<Fault>,
    /// Where the input was mended to be read further: what stands there is ours, not the sender's.
    mended: Vec<String>,
}

impl Faults {
    /// So many faults are listed at the most; an input with more of them is not worth reading further.
    pub const MOST: usize = 100;

    /// So many characters of a pointer and of a detail are told.
    pub const MOST_CHARACTERS: usize = 500;

    /// An input without a fault so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Exactly one fault that breaks a rule.
    pub fn one(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut faults = Self::new();
        faults.broken(pointer, detail);
        faults
    }

    /// Notes that a rule is broken at `pointer`, unless something is already wrong there.
    pub fn broken(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.push(pointer.into(), detail.into(), Severity::Broken);
    }

    /// Notes that a rule is broken at `pointer` by what stands there and at `other`.
    ///
    /// Says nothing when `other` itself could not be read.
    pub fn broken_with(&mut self, other: &str, pointer: impl Into<String>, detail: impl Into<String>) {
        if !self.is_mended(other) {
            self.broken(pointer, detail);
        }
    }

    /// Notes that what stands at `pointer` cannot be understood.
    pub fn malformed(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.push(pointer.into(), detail.into(), Severity::Malformed);
    }

    /// Notes that the value at `pointer` was replaced, so that rules about it are not the sender's fault.
    pub(crate) fn patch(&mut self, pointer: String) {
        self.mended.push(pointer);
    }

    /// Pointers and details quote what was sent, which may hold anything, at any length.
    fn push(&mut self, pointer: String, detail: String, severity: Severity) {
        if !self.is_mended(&pointer) && !self.is_full() {
            let shown = |text: String| match quoted(&text, Self::MOST_CHARACTERS) {
                Cow::Borrowed(_) => text,
                Cow::Owned(shown) => shown,
            };
            self.list.push(Fault { pointer: shown(pointer), detail: shown(detail), severity });
        }
    }

    /// Whether a part of what stands at `pointer` was replaced.
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

    /// Whether as many faults as are listed were found.
    pub fn is_full(&self) -> bool {
        self.list.len() >= Self::MOST
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The worst fault's severity; `None` when nothing is wrong.
    pub fn severity(&self) -> Option<Severity> {
        self.list.iter().map(|fault| fault.severity).max()
    }

    /// The faults, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.list.iter()
    }

    /// The faults as a list.
    pub fn into_list(self) -> Vec<Fault> {
        self.list
    }

    /// `value` if nothing is wrong, else what is.
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
