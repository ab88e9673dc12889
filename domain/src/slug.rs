//! Slugs, and the keys that address a record.

use crate::{fold, id::Id};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// The readable part of an address.
///
/// Lower-case ASCII letters and digits in groups joined by single hyphens, up to [`Slug::MAX`] characters. Path
/// segments of the API and anything that looks like an id are reserved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Path segments of the API that stand in the same position as a slug.
const RESERVED: [&str; 12] = [
    "audit",
    "changes",
    "events",
    "facets",
    "graph",
    "history",
    "revert",
    "restore",
    "search",
    "stats",
    "suggest",
    "sync-runs",
];

impl Slug {
    /// Maximum length in characters.
    pub const MAX: usize = 100;
    /// Regular expression (ECMA-262) for slugs.
    pub const PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

    /// The slug as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Derives a slug from a name. Returns `None` if the name contains no usable character.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut letters = fold::for_slug(name);
        letters.truncate(Self::MAX - 4); // leaves room for `numbered`
        Self::try_from(letters.trim_matches('-').to_owned()).ok()
    }

    /// Appends a number, for further records with the same name.
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }
}

impl TryFrom<String> for Slug {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_group = |group: &str| {
            !group.is_empty() && group.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if text.len() > Self::MAX || !text.split('-').all(is_group) {
            Err(format!(
                "is not a slug: use lower-case letters a-z and digits in groups joined by single hyphens, \
                 at most {} characters",
                Self::MAX
            ))
        } else if RESERVED.contains(&text.as_str()) || Id::parse(&text).is_some() {
            Err(format!("the slug '{text}' is reserved for the API; choose another"))
        } else {
            Ok(Self(text))
        }
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl utoipa::PartialSchema for Slug {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Readable identifier of a record, unique within its kind."))
            .pattern(Some(Self::PATTERN))
            .min_length(Some(1))
            .max_length(Some(Self::MAX))
            .examples(["microtec-suedwest"])
            .into()
    }
}
impl utoipa::ToSchema for Slug {}

/// An id or a slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The id, which never changes.
    Id(Id),
    /// The current or a former slug.
    Slug(Slug),
}

impl Key {
    /// Parses a key. Returns `None` if no record can have this key.
    pub fn parse(text: &str) -> Option<Self> {
        match Id::parse(text) {
            Some(id) => Some(Self::Id(id)),
            None => Slug::try_from(text.to_owned()).ok().map(Self::Slug),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}
