//! Calendar dates, complete and partial.

use super::within_years;
use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// The date that other systems write for "no end".
pub const OPEN_END: &str = "9999-12-31";

/// A calendar date (ISO 8601, `YYYY-MM-DD`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(pub NaiveDate);

impl Date {
    /// Parses a date of any year, even one that cannot be stored.
    pub(crate) fn of_any_year(text: &str) -> Option<NaiveDate> {
        // chrono also accepts signs, spaces and single digits.
        let is_strict = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        is_strict.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::of_any_year(&text)
            .ok_or_else(|| "is not a date: write it as YYYY-MM-DD, as in 2026-05-01".to_owned())
            .and_then(within_years)
            .map(Self)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.0.format("%Y-%m-%d").to_string()
    }
}

impl PartialSchema for Date {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .description(Some("Date, ISO 8601."))
            .examples(["2026-05-01"])
            .into()
    }
}
impl ToSchema for Date {}

/// A date, month or year: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
///
/// As the start of a period, a month or year means its first day. As the end, it means its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PartialDate {
    /// A year.
    Year(i32),
    /// A month, as its first day.
    Month(NaiveDate),
    /// A date.
    Date(Date),
}

impl PartialDate {
    /// Parses a date, month or year, even one that cannot be stored.
    pub(crate) fn of_any_year(text: &str) -> Option<Self> {
        match text.len() {
            4 => Date::of_any_year(&format!("{text}-01-01")).map(|first| Self::Year(first.year())),
            7 => Date::of_any_year(&format!("{text}-01")).map(Self::Month),
            _ => Date::of_any_year(text).map(|date| Self::Date(Date(date))),
        }
    }

    /// The earliest day that it can mean.
    pub fn earliest(self) -> NaiveDate {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN),
            Self::Month(first) => first,
            Self::Date(Date(date)) => date,
        }
    }

    /// The latest day that it can mean.
    pub fn latest(self) -> NaiveDate {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX),
            Self::Month(first) => {
                let next = first.checked_add_months(Months::new(1));
                next.and_then(|next| next.pred_opt()).unwrap_or(first)
            }
            Self::Date(Date(date)) => date,
        }
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl TryFrom<String> for PartialDate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let date = Self::of_any_year(&text).ok_or_else(|| {
            "must be a date, month or year: YYYY-MM-DD, YYYY-MM or YYYY, as in 2009-04-01, 2009-04 or 2009"
                .to_owned()
        })?;
        within_years(date.earliest()).map(|_| date)
    }
}

impl From<PartialDate> for String {
    fn from(value: PartialDate) -> Self {
        match value {
            PartialDate::Year(year) => format!("{year:04}"),
            PartialDate::Month(first) => first.format("%Y-%m").to_string(),
            PartialDate::Date(date) => date.into(),
        }
    }
}

impl PartialSchema for PartialDate {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Date, month or year, ISO 8601."))
            .pattern(Some("^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"))
            .min_length(Some(4))
            .max_length(Some(10))
            .examples(["2009", "2009-04", "2009-04-01"])
            .into()
    }
}
impl ToSchema for PartialDate {}

/// A type that can end a period.
pub(crate) trait PeriodEnd: Sized {
    /// Parses the end of a period.
    fn read_end(text: String) -> Result<Self, String>;

    /// Whether the text means an open end.
    fn is_open(text: &str) -> bool;
}

impl PeriodEnd for Date {
    fn read_end(text: String) -> Result<Self, String> {
        text.try_into()
    }

    fn is_open(text: &str) -> bool {
        text == OPEN_END
    }
}

impl PeriodEnd for PartialDate {
    fn read_end(text: String) -> Result<Self, String> {
        text.try_into()
    }

    fn is_open(text: &str) -> bool {
        // `9999` and `9999-12`, too.
        text.len() >= 4 && OPEN_END.starts_with(text) && Self::of_any_year(text).is_some()
    }
}

/// Deserialises the end of a period. [`OPEN_END`] becomes `None`.
pub(crate) fn open_end<'de, D: Deserializer<'de>, T: PeriodEnd>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .filter(|text| !T::is_open(text))
        .map(T::read_end)
        .transpose()
        .map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_strict() {
        for bad in [
            "2026-5-1",
            "2026-02-30",
            "01.05.2026",
            "0001-01-01",
            "9999-12-31",
            "2026-05-01T00:00",
            "+2026-05-1",
            " 2026-05-1",
            "2026-W18-5",
            "",
        ] {
            assert!(Date::try_from(bad.to_owned()).is_err(), "{bad}");
            assert!(PartialDate::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        for bad in ["2026-1", "2026-13", "26", "+026", "0999", "3000-01", "2026-", "2026/05"] {
            assert!(PartialDate::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_year_and_a_month_last_from_their_first_to_their_last_day() {
        let days = |text: &str| {
            let date = PartialDate::try_from(text.to_owned()).unwrap();
            assert_eq!(String::from(date), text);
            (date.earliest().to_string(), date.latest().to_string())
        };
        assert_eq!(days("2024"), ("2024-01-01".to_owned(), "2024-12-31".to_owned()));
        assert_eq!(days("2024-02"), ("2024-02-01".to_owned(), "2024-02-29".to_owned()));
        assert_eq!(days("2024-12"), ("2024-12-01".to_owned(), "2024-12-31".to_owned()));
        assert_eq!(days("2024-02-03"), ("2024-02-03".to_owned(), "2024-02-03".to_owned()));
    }

    #[test]
    fn the_last_day_of_all_is_an_open_end() {
        assert!(Date::is_open("9999-12-31") && !Date::is_open("9999") && !Date::is_open("9999-12-30"));
        assert!(["9999", "9999-12", "9999-12-31"].into_iter().all(PartialDate::is_open));
        assert!(
            !["", "999", "9999-", "9999-1", "9999-12-", "9999-12-30"].into_iter().any(PartialDate::is_open)
        );
    }
}
