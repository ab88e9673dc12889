//! Dates and the spans between them.

use crate::fault::Faults;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// The zone in which the portal's days begin and end.
pub const HOME: Tz = chrono_tz::Europe::Berlin;

/// The years that a date may lie in.
pub(crate) const YEARS: RangeInclusive<i32> = 1000..=2999;

pub(crate) fn within_years(date: NaiveDate) -> Result<NaiveDate, String> {
    within(date, &YEARS)
}

/// Refuses a date in another year than these.
pub(crate) fn within(date: NaiveDate, years: &RangeInclusive<i32>) -> Result<NaiveDate, String> {
    if years.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("the year must lie between {} and {}", years.start(), years.end()))
    }
}

/// A moment as RFC 3339 in UTC, with as many digits of the second as it has.
pub fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Today, as a calendar in Baden-Württemberg shows it.
pub fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&HOME).date_naive()
}

/// The first moment of a local day.
pub fn start_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    // A zone whose clocks change at midnight has days that begin at one o'clock.
    (0..=3)
        .filter_map(|hour| date.and_hms_opt(hour, 0, 0))
        .find_map(|local| zone.from_local_datetime(&local).earliest())
        .map_or_else(|| date.and_time(NaiveTime::MIN).and_utc(), |moment| moment.with_timezone(&Utc))
}

/// The last microsecond of a local day.
pub fn end_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
    start_of_day(next, zone) - chrono::TimeDelta::microseconds(1)
}

/// A calendar date (ISO 8601 `YYYY-MM-DD`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(pub NaiveDate);

impl Date {
    /// The day that a text names, also where it lies outside of what can be kept.
    pub(crate) fn of_any_year(text: &str) -> Option<NaiveDate> {
        (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
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
            .description(Some("A date, ISO 8601."))
            .examples(["2026-05-01"])
            .into()
    }
}
impl ToSchema for Date {}

/// A date of which perhaps only the year is known: `YYYY` or `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum YearOrDate {
    /// The year alone.
    Year(i32),
    /// The whole date.
    Date(Date),
}

impl YearOrDate {
    /// The earliest day that it can mean.
    pub fn earliest(self) -> NaiveDate {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN),
            Self::Date(Date(date)) => date,
        }
    }

    /// The latest day that it can mean.
    pub fn latest(self) -> NaiveDate {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX),
            Self::Date(Date(date)) => date,
        }
    }
}

impl TryFrom<String> for YearOrDate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
            let year: i32 = text.parse().map_err(|_| "is not a year".to_owned())?;
            let first = NaiveDate::from_ymd_opt(year, 1, 1).ok_or_else(|| "is not a year".to_owned())?;
            return within_years(first).map(|_| Self::Year(year));
        }
        Date::try_from(text).map(Self::Date).map_err(|_| {
            "is neither a year nor a date: write YYYY or YYYY-MM-DD, as in 2009 or 2009-04-01".to_owned()
        })
    }
}

impl From<YearOrDate> for String {
    fn from(value: YearOrDate) -> Self {
        match value {
            YearOrDate::Year(year) => format!("{year:04}"),
            YearOrDate::Date(date) => date.into(),
        }
    }
}

impl PartialSchema for YearOrDate {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A year or a date, ISO 8601."))
            .pattern(Some("^[12][0-9]{3}(-[0-9]{2}-[0-9]{2})?$"))
            .examples(["2009", "2009-04-01"])
            .into()
    }
}
impl ToSchema for YearOrDate {}

/// From when until when something lasts, both inclusive; `None` is an open end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub start: Option<DateTime<Utc>>,
    /// The last moment.
    pub end: Option<DateTime<Utc>>,
}

impl Span {
    /// The span of whole days in [`HOME`].
    pub fn of_days(first: Option<Date>, last: Option<Date>) -> Self {
        Self {
            start: first.map(|Date(day)| start_of_day(day, HOME)),
            end: last.map(|Date(day)| end_of_day(day, HOME)),
        }
    }
}

/// Notes a fault at `end_pointer` when a period of days ends before it starts.
pub fn check_period(
    faults: &mut Faults,
    start_pointer: &str,
    start: Option<Date>,
    end_pointer: &str,
    end: Option<Date>,
) {
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        faults.broken_with(
            start_pointer,
            end_pointer,
            format!("the period ends on {} before it starts on {}", String::from(end), String::from(start)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_as_many_hours_as_the_clocks_give_it() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        let length = end_of_day(day, HOME) - start_of_day(day, HOME);
        assert_eq!(length.num_minutes(), 23 * 60 - 1);
    }

    #[test]
    fn dates_are_strict() {
        for bad in
            ["2026-5-1", "2026-02-30", "01.05.2026", "0001-01-01", "9999-12-31", "2026-05-01T00:00", ""]
        {
            assert!(Date::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
