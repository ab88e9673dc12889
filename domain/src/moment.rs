//! Times of events, and time zones.

use crate::time::{
    Date, Edge, HOME, OPEN_END, PeriodEnd, day_exists, last_second_of_day, rfc3339, start_of_day,
    within_years,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// A time of an event, given with an offset, or without one and then read in the event's time zone.
///
/// After [`Moment::settle`], it is a moment in UTC, and is serialised as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A moment in UTC.
    Utc(DateTime<Utc>),
    /// A local time. The time zone is stored elsewhere.
    Local(NaiveDateTime),
    /// A date. The time zone is stored elsewhere.
    Day(NaiveDate),
}

impl Moment {
    /// Regular expression (ECMA-262) for accepted times.
    pub const PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?$";
    /// Maximum length in characters.
    pub const MAX_LENGTH: usize = 40;
    /// Regular expression (ECMA-262) for times in responses, a subset of [`Moment::PATTERN`].
    pub const ANSWERED: &str =
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{3}|[.][0-9]{6})?Z$";

    /// Resolves a local time or date in `zone` to a moment. If a clock change repeats a time, the first occurrence
    /// is used.
    ///
    /// # Errors
    /// Returns a message for the caller if the zone skips this time or day, or if the year cannot be stored.
    pub fn settle(self, zone: Tz, edge: Edge) -> Result<Self, String> {
        let settled = match self {
            Self::Utc(moment) => moment,
            Self::Local(local) => {
                zone.from_local_datetime(&local)
                    .earliest()
                    .map(|moment| moment.to_utc())
                    .ok_or_else(|| format!("does not exist in {zone}: a clock change skips {local}"))?
            }
            Self::Day(day) if !day_exists(day, zone) => {
                return Err(format!("does not exist in {zone}: the calendar there skips {day}"));
            }
            Self::Day(day) => match edge {
                Edge::Start => start_of_day(day, zone),
                Edge::End => last_second_of_day(day, zone),
            },
        };
        within_years(settled.date_naive())?;
        Ok(Self::Utc(settled))
    }

    /// Converts a local midnight to the date that begins with it.
    pub(crate) fn midnight_as_day(self) -> Self {
        match self {
            Self::Local(local) if local.time() == NaiveTime::MIN => Self::Day(local.date()),
            other => other,
        }
    }

    /// Whether the moment is known in UTC. Times that a clock change skips never are.
    pub(crate) fn is_settled(self) -> bool {
        matches!(self, Self::Utc(_))
    }

    /// The moment. Local times are taken as UTC.
    pub fn utc(self) -> DateTime<Utc> {
        match self {
            Self::Utc(moment) => moment,
            Self::Local(local) => local.and_utc(),
            Self::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
        }
    }

    /// Parses an RFC 3339 timestamp of any year, truncated to microseconds, which is what both databases store.
    ///
    /// The seconds, the offset, and the time of day may be omitted. Second 60 is rejected, because many clients do
    /// not know leap seconds (RFC 3339 section 5.7).
    pub(crate) fn of_any_year(text: &str) -> Option<Self> {
        if let Some(day) = Date::of_any_year(text) {
            return Some(Self::Day(day));
        }
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let (date, time) = text.split_once(['T', 't'])?;
        let (clock, offset) = time.split_at(time.find(['Z', 'z', '+', '-']).unwrap_or(time.len()));
        let seconds = if clock.len() == "09:30".len() { ":00" } else { "" };
        let zulu = if offset.is_empty() { "Z" } else { "" };
        let whole = match (seconds, zulu) {
            ("", "") => Cow::Borrowed(text),
            _ => Cow::Owned(format!("{date}T{clock}{seconds}{offset}{zulu}")),
        };
        let moment = DateTime::parse_from_rfc3339(&whole).ok()?;
        let moment = moment.trunc_subsecs(6);
        if moment.nanosecond() >= 1_000_000_000 {
            return None;
        }
        Some(if offset.is_empty() { Self::Local(moment.naive_utc()) } else { Self::Utc(moment.to_utc()) })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let moment = Self::of_any_year(text).ok_or_else(|| {
            "must be an RFC 3339 timestamp, as in 2026-05-01T09:30:00+02:00; without an offset it is read in time_zone, a \
             date alone stands for that day, and seconds are 00 to 59"
                .to_owned()
        })?;
        within_years(moment.utc().date_naive())?;
        Ok(moment)
    }
}

impl PeriodEnd for Moment {
    fn read_end(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }

    fn is_open(text: &str) -> bool {
        // With an offset, 9999-12-31 may fall on the day before in UTC.
        let last = Date::of_any_year(OPEN_END).and_then(|last| last.pred_opt());
        last.zip(Self::of_any_year(text)).is_some_and(|(last, moment)| match moment {
            Self::Utc(moment) => moment.date_naive() >= last,
            Self::Local(_) | Self::Day(_) => moment.utc().date_naive() > last,
        })
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
            .description(Some("Timestamp in UTC, RFC 3339."))
            .pattern(Some(Self::ANSWERED))
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
                "'{}' is not an IANA time zone, such as Europe/Berlin",
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
            .description(Some("IANA time zone."))
            .pattern(Some("^[A-Za-z][A-Za-z0-9_+/-]*$"))
            .min_length(Some(1))
            .max_length(Some(64))
            .examples(["Europe/Berlin"])
            .into()
    }
}
impl ToSchema for Zone {}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn settled(text: &str, zone: Tz, edge: Edge) -> Result<String, String> {
        moment(text).settle(zone, edge).map(|settled| rfc3339(settled.utc()))
    }

    #[test]
    fn a_time_without_offset_is_read_in_its_zone() {
        let summer = moment("2026-07-01T10:00").settle(HOME, Edge::Start).unwrap();
        assert_eq!(rfc3339(summer.utc()), "2026-07-01T08:00:00Z");
        assert_eq!(summer, moment("2026-07-01T10:00:00+02:00"));
    }

    #[test]
    fn a_time_that_the_clock_change_skips_does_not_exist() {
        assert!(settled("2026-03-29T02:30:00", HOME, Edge::Start).is_err());
        let twice = settled("2026-10-25T02:30:00", HOME, Edge::Start).unwrap();
        assert_eq!(twice, "2026-10-25T00:30:00Z", "the first of the two");
    }

    #[test]
    fn a_date_is_its_day_in_the_zone() {
        let both =
            |day: &str, zone: Tz| [Edge::Start, Edge::End].map(|edge| settled(day, zone, edge).unwrap());
        assert_eq!(both("2026-07-01", HOME), ["2026-06-30T22:00:00Z", "2026-07-01T21:59:59Z"]);
        let cairo = chrono_tz::Africa::Cairo;
        assert_eq!(both("2026-04-24", cairo), ["2026-04-23T22:00:00Z", "2026-04-24T20:59:59Z"]);
        assert!(settled("2026-04-24T00:00", cairo, Edge::Start).is_err(), "no clock showed that");
        let refusal = settled("2011-12-30", chrono_tz::Pacific::Apia, Edge::Start).unwrap_err();
        assert!(refusal.contains("Pacific/Apia") && refusal.contains("2011-12-30"), "{refusal}");
    }

    #[test]
    fn the_year_is_looked_at_in_utc_too() {
        assert!(settled("2999-12-31T23:00", chrono_tz::America::New_York, Edge::Start).is_err());
        assert!(settled("1000-01-01", chrono_tz::Asia::Tokyo, Edge::Start).is_err());
    }
}
