//! Slugs and the keys that address a record.

use crate::{fold, id::Id};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// The readable part of an address: lower-case ASCII letters and digits in groups joined by single hyphens,
/// at most [`Slug::MAX`] characters.
///
/// Words that would hide an address of the API, and what looks like an id, are no slugs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Path segments that stand where a slug may stand.
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
    /// The longest slug, in characters.
    pub const MAX: usize = 100;
    /// What a slug looks like.
    pub const PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug made of a name; `None` when nothing of the name can stand in one.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut letters = fold::for_slug(name);
        letters.truncate(Self::MAX - 4); // room for a number
        Self::try_from(letters.trim_matches('-').to_owned()).ok()
    }

    /// This slug with a number behind it, for the second record of the same name.
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
            Err(format!("the slug '{text}' is reserved, since it would hide an address; choose another"))
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
            .description(Some("Readable address of a record, unique within its kind."))
            .pattern(Some(Self::PATTERN))
            .min_length(Some(1))
            .max_length(Some(Self::MAX))
            .examples(["microtec-suedwest"])
            .into()
    }
}
impl utoipa::ToSchema for Slug {}

/// What a record can be addressed by: its id or a slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// By the id that never changes.
    Id(Id),
    /// By the present or a former slug.
    Slug(Slug),
}

impl Key {
    /// Reads a key; `None` for what can be the key of no record.
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
