//! Dates, moments and the spans between them.

use crate::fault::Faults;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// The zone in which the portal's days begin and end.
pub const HOME: Tz = chrono_tz::Europe::Berlin;

/// The years that a date may lie in.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=2999;

fn within_years(date: NaiveDate) -> Result<NaiveDate, String> {
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("the year must lie between {} and {}", YEARS.start(), YEARS.end()))
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

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let date = (text.len() == 10).then(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()).flatten();
        date.ok_or_else(|| "is not a date: write it as YYYY-MM-DD, as in 2026-05-01".to_owned())
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

/// A moment of an event: given with an offset, or without one and then read in the event's time zone.
///
/// Once [`Moment::settle`] has run it is a moment in UTC, and is written as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A moment of which the offset is known.
    Utc(DateTime<Utc>),
    /// What a wall clock shows, in a zone that stands elsewhere.
    Local(NaiveDateTime),
}

impl Moment {
    /// Reads what a wall clock shows as a moment, in `zone`. Of an hour that comes twice, the first is meant.
    ///
    /// # Errors
    /// When clocks in that zone skip this time.
    pub fn settle(self, zone: Tz) -> Result<Self, String> {
        match self {
            Self::Utc(_) => Ok(self),
            Self::Local(local) => zone
                .from_local_datetime(&local)
                .earliest()
                .map(|moment| Self::Utc(moment.with_timezone(&Utc)))
                .ok_or_else(|| format!("does not exist in {zone}: a clock change skips {local}")),
        }
    }

    /// The moment; what is still local counts as UTC.
    pub fn utc(self) -> DateTime<Utc> {
        match self {
            Self::Utc(moment) => moment,
            Self::Local(local) => local.and_utc(),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let moment = if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            Self::Utc(moment.with_timezone(&Utc))
        } else if let Ok(local) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
        {
            Self::Local(local)
        } else if let Ok(Date(date)) = Date::try_from(text.to_owned()) {
            Self::Local(date.and_time(NaiveTime::MIN))
        } else {
            return Err(
                "is not a time: write it as RFC 3339 says, as in 2026-05-01T09:30:00+02:00; without an \
                        offset it is read in time_zone, and a date alone is its midnight"
                    .to_owned(),
            );
        };
        within_years(moment.utc().date_naive())?;
        Ok(moment)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.utc()))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment in UTC, RFC 3339."))
            .examples(["2026-05-01T07:30:00Z"])
            .into()
    }
}
impl ToSchema for Moment {}

/// An IANA time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(pub Tz);

impl Default for Zone {
    fn default() -> Self {
        Self(HOME)
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| {
            format!(
                "'{}' is not an IANA time zone, as Europe/Berlin is one",
                text.chars().take(60).collect::<String>()
            )
        })
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.name().to_owned()
    }
}

impl PartialSchema for Zone {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("An IANA time zone."))
            .default(Some("Europe/Berlin".into()))
            .examples(["Europe/Berlin"])
            .into()
    }
}
impl ToSchema for Zone {}

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

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn a_time_without_offset_is_read_in_its_zone() {
        let settled = moment("2026-07-01T10:00").settle(HOME).unwrap();
        assert_eq!(rfc3339(settled.utc()), "2026-07-01T08:00:00Z");
        assert_eq!(settled, moment("2026-07-01T10:00:00+02:00"));
    }

    #[test]
    fn a_time_that_the_clock_change_skips_does_not_exist() {
        assert!(moment("2026-03-29T02:30:00").settle(HOME).is_err());
        let twice = moment("2026-10-25T02:30:00").settle(HOME).unwrap();
        assert_eq!(rfc3339(twice.utc()), "2026-10-25T00:30:00Z", "the first of the two");
    }

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
