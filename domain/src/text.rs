//! Text as people write it: names, summaries, prose, in one language or two.

mod form;

pub use form::{check_characters, is_bidi_control, is_invisible, normalise, quoted};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// Refuses what no text may hold: nothing at all, too much, control characters, bidirectional overrides, HTML.
fn check(text: &str, most: usize, newlines: bool) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    let length = text.chars().count();
    if length > most {
        return Err(format!("is {length} characters long; at most {most} are allowed"));
    }
    check_characters(text, newlines)?;
    let begins_tag =
        |behind: &str| behind.starts_with(|next: char| next.is_alphabetic() || matches!(next, '/' | '!'));
    if text.split('<').skip(1).any(begins_tag) {
        return Err("must not hold HTML: write plain text, and a blank after '<' where you mean 'less than'"
            .to_owned());
    }
    Ok(())
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $most:literal, newlines: $newlines:literal, $pattern:literal, $schema:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that it may have.
            pub const MAX: usize = $most;
            /// What it looks like.
            pub const PATTERN: &str = $pattern;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                // What stands in JSON was normalised when it was read, but for line breaks at its ends.
                let kept = form::trim(&text, $newlines);
                check(kept, $most, $newlines)?;
                Ok(Self(if kept.len() == text.len() { text } else { kept.to_owned() }))
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($schema))
                    .pattern(Some(Self::PATTERN))
                    .min_length(Some(1))
                    .max_length(Some($most))
                    .examples([$example])
                    .into()
            }
        }
        impl ToSchema for $name {}
    };
}

text!(
    /// A name or title: one line of plain text, at most 500 characters.
    Name, 500, newlines: false, r"^[^\x00-\x1f\x7f-\x9f]+$", "One line of plain text.", "microTEC Südwest e.V."
);
text!(
    /// A short text: one line, at most 2,000 characters.
    Brief, 2_000, newlines: false, r"^[^\x00-\x1f\x7f-\x9f]+$", "One line of plain text.",
    "Spitzencluster für Mikrosystemtechnik in Südwestdeutschland."
);
text!(
    /// A long text: plain, with line breaks, at most 20,000 characters.
    Prose, 20_000, newlines: true, r"^[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]+$", "Plain text; line breaks are kept.",
    "Das Cluster verbindet Firmen und Institute.\nEs besteht seit 2009."
);

/// Text in German and, where there is one, English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local<T> {
    /// German; always there.
    pub de: T,
    /// English, or null.
    pub en: Option<T>,
}

/// A bilingual name or title.
pub type LocalName = Local<Name>;
/// A bilingual short text.
pub type LocalBrief = Local<Brief>;
/// A bilingual long text.
pub type LocalProse = Local<Prose>;

impl<T: PartialSchema> PartialSchema for Local<T> {
    fn schema() -> RefOr<Schema> {
        let nullable = match T::schema() {
            RefOr::T(Schema::Object(mut text)) => {
                text.schema_type = utoipa::openapi::schema::SchemaType::from_iter([Type::String, Type::Null]);
                RefOr::T(Schema::Object(text))
            }
            other => other,
        };
        ObjectBuilder::new()
            .description(Some("Text in German (always) and English (or null)."))
            .property("de", T::schema())
            .property("en", nullable)
            .required("de")
            .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl<T: ToSchema> ToSchema for Local<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Local{}", T::name()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_plain() {
        for good in ["a < b", "a<3", "x > y & z", "Ärzte „am“ See", "日本", "é"] {
            assert!(Name::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "",
            " \u{a0}",
            "a\nb",
            "a\n",
            "a\tb",
            "a\t",
            "a\u{2066}b",
            "a\u{ffff}",
            "<b>",
            "</b>",
            "<!--",
            "a\u{202e}b",
            "\u{0}",
            "a\u{85}b",
            "<ä",
        ] {
            assert!(Name::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert_eq!(Prose::try_from("\n a\nb \n".to_owned()).map(String::from), Ok("a\nb".to_owned()));
        for bad in ["a\tb", "a\rb", "a\n\t", " \n ", "a\u{0}b"] {
            assert!(Prose::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(Name::try_from("x".repeat(500)).is_ok());
        assert!(Name::try_from("x".repeat(501)).is_err());
    }
}
