//! Codes and rates of funded operations.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// Whether `text` consists of `groups` of ASCII letters and digits, joined by single separators.
fn are_groups(text: &str) -> bool {
    text.split([' ', '.', '_', '/', '-'])
        .all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether `text` has from `least` to `most` digits.
fn are_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

scalar!(
    /// The code of an operation: ASCII letters and digits in groups joined by single spaces or `. _ / -`, up to 60
    /// characters. Codes that differ only in case and separators are the same code.
    OperationCode,
    |text| {
        if text.len() <= 60 && are_groups(text) {
            Ok(())
        } else {
            Err("is not a code: use letters A-Z and digits in groups joined by single spaces or . _ / -, at most 60 \
                 characters, such as EFRE-0815"
                .to_owned())
        }
    },
    |schema| schema
        .description(Some("Code of an operation."))
        .pattern(Some("^[A-Za-z0-9]+([ ._/-][A-Za-z0-9]+)*$"))
        .min_length(Some(1))
        .max_length(Some(60))
        .examples(["DEMO-EFRE-0001"])
);

scalar!(
    /// The code of a specific objective, as in the Commission's system SFC2021: `RSO1.1` (ERDF and Cohesion Fund),
    /// `ESO4.1` (ESF+), `JSO8.1` (JTF), `ISO6.1` (Interreg), or a number such as `2.1` (other funds).
    SpecificObjective,
    |text| {
        let number = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letters = text.len() - number.len();
        let (major, minor) = number.split_once('.').unwrap_or((number, "1"));
        if [0, 3].contains(&letters) && are_digits(major, 1, 2) && are_digits(minor, 1, 2) {
            Ok(())
        } else {
            Err("is not the code of a specific objective, such as RSO1.1 or ESO4.1".to_owned())
        }
    },
    |schema| schema
        .description(Some("Code of a specific objective, as in SFC2021."))
        .pattern(Some(r"^([A-Z]{3})?[0-9]{1,2}(\.[0-9]{1,2})?$"))
        .min_length(Some(1))
        .max_length(Some(8))
        .examples(["RSO1.1"])
);

scalar!(
    /// A type of intervention: three digits, optionally followed by `bis`, as in Regulation (EU) 2021/1060 Annex I,
    /// table 1. Codes of other annexes are padded with zeros.
    InterventionType,
    |text| {
        let number = text.strip_suffix("bis").unwrap_or(text);
        if are_digits(number, 3, 3) && number != "000" {
            Ok(())
        } else {
            Err("is not the code of a type of intervention: three digits, such as 028".to_owned())
        }
    },
    |schema| schema
        .description(Some("Code of a type of intervention."))
        .pattern(Some("^(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})(bis)?$"))
        .min_length(Some(3))
        .max_length(Some(6))
        .examples(["028"])
);

scalar!(
    /// A number of the Union fishing fleet register (Regulation (EU) 2017/218): the country in three letters, then
    /// nine letters or digits.
    FleetNumber,
    |text| {
        let sound = text.len() == 12
            && text.bytes().enumerate().all(|(at, b)| b.is_ascii_uppercase() || at >= 3 && b.is_ascii_digit());
        if sound {
            Ok(())
        } else {
            Err("is not a number of the Union fishing fleet register, such as DEU500350102".to_owned())
        }
    },
    |schema| schema
        .description(Some("Number of a vessel in the Union fishing fleet register (CFR)."))
        .pattern(Some("^[A-Z]{3}[A-Z0-9]{9}$"))
        .min_length(Some(12))
        .max_length(Some(12))
        .examples(["DEU500350102"])
);

/// A percentage from 0 to 100: a decimal string with up to two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percentage(pub Decimal);

impl TryFrom<String> for Percentage {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, "0"));
        let sound = are_digits(whole, 1, 3) && are_digits(decimals, 1, 2);
        let value = sound.then(|| text.parse::<Decimal>().ok()).flatten();
        value
            .filter(|value| *value <= Decimal::ONE_HUNDRED)
            .map(|mut value| {
                value.rescale(2);
                Self(value)
            })
            .ok_or_else(|| {
                "is not a percentage: use a string from 0 to 100 with up to two decimals after a point, such as \
                 \"40.00\""
                    .to_owned()
            })
    }
}

impl From<Percentage> for String {
    fn from(percentage: Percentage) -> Self {
        percentage.0.to_string()
    }
}

impl PartialSchema for Percentage {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Percentage, as a decimal string."))
            .pattern(Some(r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$"))
            .min_length(Some(1))
            .max_length(Some(6))
            .examples(["40.00"])
            .into()
    }
}
impl ToSchema for Percentage {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: TryFrom<String>>(sound: &[&str], unsound: &[&str]) {
        for text in sound {
            assert!(T::try_from((*text).to_owned()).is_ok(), "{text}");
        }
        for text in unsound {
            assert!(T::try_from((*text).to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn codes_have_their_form() {
        check::<OperationCode>(
            &["1", "DEMO-EFRE-0001", "FEIH_RWB 23/7.1"],
            &["", "-1", "1-", "a--b", "a -b", "ä", "a\nb", &"a".repeat(61)],
        );
        check::<SpecificObjective>(
            &["RSO1.1", "ESO4.13", "JSO8.1", "2.1", "3"],
            &["", "RSO", "rso1.1", "RSO1.", "RSO1.123", "RS1.1", "RSO1.1.1", "RSO 1.1"],
        );
        check::<InterventionType>(&["001", "028", "045bis"], &["", "28", "000", "0280", "028 bis", "abc"]);
        check::<FleetNumber>(
            &["DEU500350102", "DEUABC350102"],
            &["", "DE1500350102", "deu500350102", "DEU50035010", "DEU5003501023"],
        );
        check::<Percentage>(
            &["0", "40", "40.5", "100.00"],
            &["", "100.01", "101", "-1", "4,5", "40%", "1e1", ".5"],
        );
    }

    #[test]
    fn a_percentage_has_one_spelling() {
        assert_eq!(Percentage::try_from("40".to_owned()).map(String::from).as_deref(), Ok("40.00"));
    }
}
