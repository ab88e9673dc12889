//! Text as people write it: names, summaries, prose, in one language or two.

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// Refuses what no text may hold: nothing at all, too much, control characters, bidirectional overrides, HTML.
fn check(text: &str, most: usize, newlines: bool) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be empty".to_owned());
    }
    let length = text.chars().count();
    if length > most {
        return Err(format!("is {length} characters long; at most {most} are allowed"));
    }
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' | '\r' | '\t' if newlines => {}
            '\n' | '\r' => return Err("must be a single line".to_owned()),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
                return Err(format!("must not hold the bidirectional control U+{:04X}", u32::from(letter)));
            }
            '\u{2028}' | '\u{2029}' => return Err("must not hold line or paragraph separators".to_owned()),
            _ if letter.is_control() => {
                return Err(format!("must not hold the control character U+{:04X}", u32::from(letter)));
            }
            '<' if letters.peek().is_some_and(|next| next.is_alphabetic() || matches!(next, '/' | '!')) => {
                return Err(
                    "must not hold HTML: write plain text, and a blank after '<' where you mean 'less than'"
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
    Ok(())
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $most:literal, newlines: $newlines:literal, $schema:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that it may have.
            pub const MAX: usize = $most;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                check(&text, $most, $newlines).map(|()| Self(text))
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
    Name, 500, newlines: false, "One line of plain text.", "microTEC Südwest e.V."
);
text!(
    /// A short text: one line, at most 2,000 characters.
    Brief, 2_000, newlines: false, "One line of plain text.",
    "Spitzencluster für Mikrosystemtechnik in Südwestdeutschland."
);
text!(
    /// A long text: plain, with line breaks, at most 20,000 characters.
    Prose, 20_000, newlines: true, "Plain text; line breaks are kept.",
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
        for bad in
            ["", " \u{a0}", "a\nb", "a\tb", "<b>", "</b>", "<!--", "a\u{202e}b", "\u{0}", "a\u{85}b", "<ä"]
        {
            assert!(Name::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(Prose::try_from("a\nb\r\n\tc".to_owned()).is_ok());
        assert!(Name::try_from("x".repeat(500)).is_ok());
        assert!(Name::try_from("x".repeat(501)).is_err());
    }
}
