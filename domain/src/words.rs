//! Enumerations.

/// An enumeration whose words are the same in code, JSON and terms; behind `de`, what a word is called in German, where
/// it is counted as a facet.
macro_rules! words {
    ($(#[$attribute:meta])* $name:ident, $about:literal { $($(#[$variant_attribute:meta])* $variant:ident = $word:literal $(de $german:literal)?),+ $(,)? }) => {
        $(#[$attribute])*
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_attribute])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// The words, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The words that have a name in German, and that name.
            pub const NAMES: &'static [(&'static str, &'static str)] = &[$($(($word, $german),)?)+];

            /// The word for this value.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The value of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        // By hand, since the derive does not see words that a macro passes on.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($about))
                    .enum_values(Some(Self::WORDS.iter().copied()))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use words;
