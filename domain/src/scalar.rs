//! Small values with their own syntax, such as addresses, amounts and codes.

mod count;
mod euro;
mod url;

pub use self::{
    count::Count,
    euro::Euro,
    funding::{FleetNumber, InterventionType, OperationCode, Percentage, SpecificObjective},
    url::WebUrl,
};

use isolang::Language as IsoLanguage;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// Declares a string type with a check and a matching schema.
macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident, $check:expr, $schema:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The value as a string.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let build: fn(ObjectBuilder) -> ObjectBuilder = $schema;
                build(ObjectBuilder::new().schema_type(Type::String)).into()
            }
        }
        impl ToSchema for $name {}
    };
}

mod funding; // uses the macro

scalar!(
    /// An email address (the common subset of RFC 5321 section 4.1.2), up to 254 characters.
    Email,
    |text| {
        let sound = text.len() <= 254
            && text.is_ascii()
            && text.split_once('@').is_some_and(|(local, domain)| {
                local.len() <= 64
                    && local.split('.').all(|atom| !atom.is_empty())
                    && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b))
                    && domain.contains('.')
                    && domain.split('.').all(|label| {
                        (1..=63).contains(&label.len())
                            && !label.starts_with('-')
                            && !label.ends_with('-')
                            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                    })
            });
        if sound { Ok(()) } else { Err("is not an email address, such as info@example.org".to_owned()) }
    },
    |schema| schema
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .description(Some("Email address."))
        .min_length(Some(5))
        .max_length(Some(254))
        .examples(["info@example.org"])
);

scalar!(
    /// A telephone number of digits, spaces and `+ - / ( ) .`, 3 to 40 characters.
    Phone,
    |text| {
        let sound = (3..=40).contains(&text.len())
            && text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || b" +-/().".contains(&b));
        if sound { Ok(()) } else { Err("is not a telephone number, such as +49 711 123-0".to_owned()) }
    },
    |schema| schema
        .description(Some("Telephone number."))
        .pattern(Some("^[0-9 +/().-]{3,40}$"))
        .min_length(Some(3))
        .max_length(Some(40))
        .examples(["+49 711 123-0"])
);

scalar!(
    /// A postal code of letters, digits, spaces and hyphens, up to 12 characters.
    PostalCode,
    |text| {
        let sound = (1..=12).contains(&text.len())
            && text.bytes().any(|b| b.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-');
        if sound { Ok(()) } else { Err("is not a postal code, such as 70191".to_owned()) }
    },
    |schema| schema
        .description(Some("Postal code."))
        .pattern(Some("^[0-9A-Za-z -]{1,12}$"))
        .min_length(Some(1))
        .max_length(Some(12))
        .examples(["70191"])
);

scalar!(
    /// An ISO 3166-1 alpha-2 country code in upper case.
    Country,
    |text| {
        if text.bytes().all(|b| b.is_ascii_uppercase()) && rust_iso3166::from_alpha2(text).is_some() {
            Ok(())
        } else {
            Err("is not a country code (ISO 3166-1 alpha-2), such as DE".to_owned())
        }
    },
    |schema| schema
        .description(Some("Country code, ISO 3166-1 alpha-2."))
        .pattern(Some("^[A-Z]{2}$"))
        .min_length(Some(2))
        .max_length(Some(2))
        .examples(["DE"])
);

scalar!(
    /// An ISO 639-1 language code in lower case.
    Language,
    |text| {
        if IsoLanguage::from_639_1(text).is_some() {
            Ok(())
        } else {
            Err("is not a language code (ISO 639-1), such as de".to_owned())
        }
    },
    |schema| schema
        .description(Some("Language code, ISO 639-1."))
        .pattern(Some("^[a-z]{2}$"))
        .min_length(Some(2))
        .max_length(Some(2))
        .examples(["de"])
);

scalar!(
    /// A media type (RFC 6838), such as `application/pdf`.
    MediaType,
    |text| {
        let is_name = |part: &str| {
            (1..=127).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        if text.split_once('/').is_some_and(|(kind, name)| is_name(kind) && is_name(name)) {
            Ok(())
        } else {
            Err("is not a media type, such as application/pdf".to_owned())
        }
    },
    |schema| schema
        .description(Some("Media type, RFC 6838."))
        .pattern(Some("^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}$"))
        .min_length(Some(3))
        .max_length(Some(255))
        .examples(["application/pdf"])
);

scalar!(
    /// A chamber's own id for a member: 1 to 128 printable ASCII characters without spaces and without `/ \ ? # %`.
    ExternalId,
    |text| {
        let sound = (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"/\\?#%".contains(&b))
            && text != "."
            && text != "..";
        if sound {
            Ok(())
        } else {
            Err("is not an external id: 1 to 128 printable ASCII characters without spaces and without / \\ ? # %"
                .to_owned())
        }
    },
    |schema| schema
        .description(Some("The chamber's own id for a member. Unique within the chamber."))
        .pattern(Some(r"^[!-\x22$&-.0->@-\[\]-~]{1,128}$"))
        .min_length(Some(1))
        .max_length(Some(128))
        .examples(["S-4711"])
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_languages_exist() {
        for (country, exists) in
            [("DE", true), ("XK", false), ("ZZ", false), ("de", false), ("DEU", false), ("", false)]
        {
            assert_eq!(Country::try_from(country.to_owned()).is_ok(), exists, "{country}");
        }
        for (language, exists) in [("de", true), ("xx", false), ("DE", false), ("deu", false), ("", false)] {
            assert_eq!(Language::try_from(language.to_owned()).is_ok(), exists, "{language}");
        }
        let countries = (0..26_u16 * 26).filter(|i| {
            let letters = [b'A' + u8::try_from(i / 26).unwrap(), b'A' + u8::try_from(i % 26).unwrap()];
            Country::try_from(String::from_utf8(letters.to_vec()).unwrap()).is_ok()
        });
        assert_eq!(countries.count(), 249, "ISO 3166-1 has so many");
    }

    #[test]
    fn e_mail_addresses_can_be_written_to() {
        for (email, sound) in [
            ("info@example.org", true),
            ("a.b+c@x-y.example", true),
            ("a..b@example.org", false),
            (".a@example.org", false),
            ("a@example..org", false),
            ("a@-example.org", false),
            ("a@example", false),
            ("a@b@example.org", false),
        ] {
            assert_eq!(Email::try_from(email.to_owned()).is_ok(), sound, "{email}");
        }
    }
}
