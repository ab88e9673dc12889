//! Moments of events, and the zones in which they are written.

use crate::time::{Date, HOME, rfc3339, within_years};
use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

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
}
