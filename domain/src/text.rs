//! Text written by people: names, summaries and prose, in one or two languages.

mod form;

pub use form::{check_characters, is_bidi_control, is_invisible, normalise, quoted};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// Rejects text that is empty, too long, or contains control characters, bidirectional controls or HTML.
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
        return Err("must not hold HTML: use plain text, with a space after '<' for 'less than'".to_owned());
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
            /// Maximum length in characters.
            pub const MAX: usize = $most;
            /// Regular expression (ECMA-262) that the text matches.
            pub const PATTERN: &str = $pattern;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                // Text from JSON is normalised when it is read, except for line breaks at its ends.
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
    /// A name or title. One line of plain text, up to 500 characters.
    Name, 500, newlines: false, r"^[^\x00-\x1f\x7f-\x9f]+$", "One line of plain text.", "microTEC Südwest e.V."
);
text!(
    /// A short text. One line of plain text, up to 2,000 characters.
    Brief, 2_000, newlines: false, r"^[^\x00-\x1f\x7f-\x9f]+$", "One line of plain text.",
    "Spitzencluster für Mikrosystemtechnik in Südwestdeutschland."
);
text!(
    /// A long text. Plain text with line breaks, up to 20,000 characters.
    Prose, 20_000, newlines: true, r"^[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]+$", "Plain text with line breaks.",
    "Das Cluster verbindet Firmen und Institute.\nEs besteht seit 2009."
);

/// Text in German, with an optional English translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local<T> {
    /// German. Always present.
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
            .description(Some("Text in German, with an optional English translation."))
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
