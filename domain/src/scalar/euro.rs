//! Amounts in euros.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// An amount in euros: a decimal string, so that no cent is lost. Not negative, below 10^13, up to two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Euro(pub Decimal);

impl Euro {
    /// Number of bits of [`Euro::cents`].
    pub const BITS: u32 = 50;

    /// The amount in cents, below 2^[`Euro::BITS`].
    pub fn cents(self) -> u64 {
        // At most 10^15 - 1, with two decimals.
        u64::try_from(self.0.mantissa()).unwrap_or_default()
    }

    /// A sum of amounts, which may exceed the largest one that can be written.
    pub fn of_cents(cents: u128) -> Self {
        let cents = i128::try_from(cents).unwrap_or(i128::MAX);
        Self(Decimal::try_from_i128_with_scale(cents, 2).unwrap_or(Decimal::MAX))
    }
}

impl TryFrom<String> for Euro {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (whole, cents) = text.split_once('.').unwrap_or((&text, "0"));
        let is_number = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        let sound = is_number(whole, 13) && is_number(cents, 2);
        let amount = sound.then(|| text.parse::<Decimal>().ok()).flatten();
        amount
            .map(|mut amount| {
                amount.rescale(2);
                Self(amount)
            })
            .ok_or_else(|| {
                "is not an amount in euros: use a string of digits with up to two decimals after a point, \
                            such as \"1500000.00\""
                    .to_owned()
            })
    }
}

impl From<Euro> for String {
    fn from(euro: Euro) -> Self {
        euro.0.to_string()
    }
}

impl PartialSchema for Euro {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Amount in euros, as a decimal string."))
            .pattern(Some(r"^[0-9]{1,13}(\.[0-9]{1,2})?$"))
            .min_length(Some(1))
            .max_length(Some(16))
            .examples(["1500000.00"])
            .into()
    }
}
impl ToSchema for Euro {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        let euro = |text: &str| Euro::try_from(text.to_owned()).map(String::from);
        assert_eq!(euro("1500000"), Ok("1500000.00".to_owned()));
        assert_eq!(euro("0.1"), Ok("0.10".to_owned()));
        for bad in ["", "1,5", "-1", "1.234", "1e3", ".5", "5.", "99999999999999"] {
            assert!(euro(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sums_of_cents_are_exact() {
        assert_eq!(Euro::try_from("9999999999999.99".to_owned()).map(Euro::cents), Ok(999_999_999_999_999));
        const { assert!(999_999_999_999_999 < 1_u64 << Euro::BITS) };
        assert_eq!(String::from(Euro::of_cents(99_999_999_999_999_900_005)), "999999999999999000.05");
    }
}
