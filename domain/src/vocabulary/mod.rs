//! Controlled vocabularies: regions, planning regions, industries, technology fields, chambers and labels.
//!
//! They are compiled in from `data/*.json`, so a code that parses always has an entry.

mod chambers;
mod economy;
mod labels;
mod regions;

pub use chambers::{Chamber, ChamberCode, ChamberKind};
pub use economy::{Industry, IndustryCode, TechnologyField, TechnologyFieldCode};
pub use labels::{Label, LabelCode, LabelLevel};
pub use regions::{PlanningRegion, PlanningRegionCode, Region, RegionCode, RegionKind};

use crate::text::LocalName;
use serde::{Serialize, de};
use std::collections::HashMap;
use utoipa::{ToSchema, openapi::extensions::Extensions};

/// An entry of a vocabulary.
pub trait Entry: Serialize + ToSchema + Send + Sync + Sized + 'static {
    /// Path segment of the vocabulary.
    const PATH: &'static str;
    /// The name of one entry, for the OpenAPI document.
    const TITLE: &'static str;
    /// Describes the vocabulary in one or two sentences, for the OpenAPI document.
    const ABOUT: &'static str;
    /// The field with the code or slug of the entry.
    const CODE_FIELD: &'static str;

    /// The vocabulary and its index.
    fn vocabulary() -> &'static Vocabulary<Self>;
    /// The code or slug of the entry.
    fn code(&self) -> &str;
    /// Other codes of the entry.
    fn other_codes(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
    /// The name of the entry.
    fn name(&self) -> EntryName;
    /// How the entry relates to others, here and in public vocabularies.
    fn relations(&self) -> Vec<Relation<'_>>;

    /// All entries, in the order of the data file.
    fn all() -> &'static [Self] {
        &Self::vocabulary().entries
    }
    /// Finds an entry by any accepted spelling.
    fn find(text: &str) -> Option<&'static Self> {
        Self::vocabulary().find(text)
    }
}

/// The name of an entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum EntryName {
    /// A proper name.
    Proper(String),
    /// A name in German and English.
    Local(LocalName),
}

/// A relation of an entry to another concept (SKOS Reference sections 8 and 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation<'a> {
    /// A more general entry of the same vocabulary, by its code.
    Broader(&'a str),
    /// A more general entry of another vocabulary, by its path and code.
    BroadMatch(&'static str, &'a str),
    /// A related entry of another vocabulary, by its path and code.
    RelatedMatch(&'static str, &'a str),
    /// The same concept in a public vocabulary, by its URI.
    ExactMatch(String),
}

/// The entries of a vocabulary, indexed by code.
#[derive(Debug)]
pub struct Vocabulary<T: 'static> {
    entries: Vec<T>,
    by_code: HashMap<String, usize>,
}

impl<T: Entry> Vocabulary<T> {
    fn new(entries: Vec<T>) -> Self {
        let mut by_code = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for code in std::iter::once(entry.code()).chain(entry.other_codes()) {
                by_code.insert(code.to_owned(), index);
            }
        }
        Self { entries, by_code }
    }

    fn find(&self, code: &str) -> Option<&T> {
        self.by_code.get(code).map(|&index| &self.entries[index])
    }
}

/// Parses a file in `data/`.
#[expect(clippy::expect_used, reason = "the file is compiled in, and a test parses it")]
pub(crate) fn read<T: de::DeserializeOwned>(json: &str) -> Vec<T> {
    serde_json::from_str(json).expect("a vocabulary in data/ is well formed")
}

/// Declares a code type: a reference to the entry with that code.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $code:ident -> $entry:ident, $what:literal, $about:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $code(&'static $entry);

        impl $code {
            /// Parses a code. Returns `None` if the vocabulary does not contain it.
            pub fn parse(code: &str) -> Option<Self> {
                $entry::find(code).map(Self)
            }

            /// The entry with this code.
            pub fn entry(self) -> &'static $entry {
                self.0
            }
        }

        impl std::ops::Deref for $code {
            type Target = $entry;
            fn deref(&self) -> &$entry {
                self.0
            }
        }

        impl PartialEq for $code {
            fn eq(&self, other: &Self) -> bool {
                self.0.code() == other.0.code()
            }
        }
        impl Eq for $code {}

        impl serde::Serialize for $code {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $code {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = deserializer.deserialize_any($crate::vocabulary::CodeVisitor { field: $entry::CODE_FIELD })?;
                Self::parse(&code).ok_or_else(|| {
                    let shown: String = code.chars().take(60).collect();
                    serde::de::Error::custom(format!("'{shown}' is not {}; see /api/v1/{}", $what, $entry::PATH))
                })
            }
        }

        impl utoipa::PartialSchema for $code {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($about))
                    .pattern(Some($crate::vocabulary::CODE_PATTERN))
                    .min_length(Some(1))
                    .max_length(Some($crate::vocabulary::MAX_CODE))
                    .extensions(Some($crate::vocabulary::code_of::<$entry>()))
                    .examples([$example])
                    .into()
            }
        }
        impl utoipa::ToSchema for $code {}
    };
}
use vocabulary;

/// Regular expression (ECMA-262) for codes and slugs of all vocabularies.
const CODE_PATTERN: &str = "^[0-9A-Za-z][0-9A-Za-z.-]*$";
/// Maximum length of a code or slug.
const MAX_CODE: usize = 100;

/// The OpenAPI extension that names the vocabulary of a code.
pub const VOCABULARY: &str = "x-vocabulary";

fn code_of<E: Entry>() -> Extensions {
    Extensions::builder().add(VOCABULARY, format!("/api/v1/{}", E::PATH)).build()
}

/// Deserialises a code, given as a string or as an entry object of the vocabulary.
struct CodeVisitor {
    field: &'static str,
}

impl<'de> de::Visitor<'de> for CodeVisitor {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a string, or an object that holds it as `{}`", self.field)
    }

    fn visit_str<E>(self, code: &str) -> Result<String, E> {
        Ok(code.to_owned())
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entry: A) -> Result<String, A::Error> {
        let mut code = None;
        while let Some(field) = entry.next_key::<String>()? {
            if field == self.field {
                code = Some(entry.next_value()?);
            } else {
                entry.next_value::<de::IgnoredAny>()?;
            }
        }
        code.ok_or_else(|| de::Error::invalid_type(de::Unexpected::Map, &self))
    }
}

/// An action to run for every vocabulary.
pub trait VocabularyVisitor {
    /// Runs the action for one vocabulary.
    fn visit<E: Entry>(&mut self);
}

/// Visits every vocabulary.
pub fn every_vocabulary(visitor: &mut impl VocabularyVisitor) {
    visitor.visit::<Region>();
    visitor.visit::<PlanningRegion>();
    visitor.visit::<Industry>();
    visitor.visit::<TechnologyField>();
    visitor.visit::<Chamber>();
    visitor.visit::<Label>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabularies_agree_with_each_other() {
        assert_eq!(Region::all().iter().filter(|region| region.level == 3).count(), 44);
        for region in Region::all() {
            assert_eq!(region.level == 1, region.parent.is_none());
            assert!(region.parent.iter().all(|code| RegionCode::parse(code).is_some()));
            assert_eq!(region.level == 3, region.planning_region.is_some());
            assert_eq!(region.level == 3, !region.postal_codes.is_empty());
            let is_sound = |code: &String| code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit());
            assert!(region.postal_codes.iter().all(is_sound) && region.postal_codes.is_sorted());
            assert!(region.planning_region.iter().all(|slug| PlanningRegionCode::parse(slug).is_some()));
        }
        for planning_region in PlanningRegion::all() {
            assert!(planning_region.districts.iter().all(|code| RegionCode::parse(code).is_some()));
        }
        for industry in Industry::all() {
            assert!(industry.parent.iter().all(|code| IndustryCode::parse(code).is_some()));
        }
        for field in TechnologyField::all() {
            assert!(field.industries.iter().all(|code| IndustryCode::parse(code).is_some()));
        }
        for chamber in Chamber::all() {
            assert!(chamber.districts.iter().all(|code| RegionCode::parse(code).is_some()));
            assert!(chamber.umbrella.iter().all(|slug| ChamberCode::parse(slug).is_some()));
        }
        struct Codes;
        impl VocabularyVisitor for Codes {
            fn visit<E: Entry>(&mut self) {
                for entry in E::all() {
                    assert_eq!(serde_json::to_value(entry).unwrap()[E::CODE_FIELD], entry.code());
                }
            }
        }
        every_vocabulary(&mut Codes);
        assert_eq!(Label::all().len(), 9);
    }

    #[test]
    fn a_district_lies_below_its_state() {
        let codes: Vec<&str> = RegionCode::parse("DE111")
            .unwrap()
            .with_ancestors()
            .map(|region| region.entry().code())
            .collect();
        assert_eq!(codes, ["DE111", "DE11", "DE1"]);
        assert!(RegionCode::parse("DE2").is_none());
    }
}
