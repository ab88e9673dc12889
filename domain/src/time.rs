//! Dates and periods.

mod date;
mod day;

pub use date::{Date, OPEN_END, PartialDate};
pub(crate) use date::{PeriodEnd, open_end};
pub use day::{day_exists, end_of_day, last_second_of_day, start_of_day};

use crate::fault::Faults;
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use std::ops::RangeInclusive;

/// The time zone in which the portal's days begin and end.
pub const HOME: Tz = chrono_tz::Europe::Berlin;

/// The years that a date may have.
pub(crate) const YEARS: RangeInclusive<i32> = 1000..=2999;

/// The instant of a day that a date without a time stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The first instant.
    Start,
    /// The last instant.
    End,
}

pub(crate) fn within_years(date: NaiveDate) -> Result<NaiveDate, String> {
    within(date, &YEARS)
}

/// Rejects a date outside `years`.
pub(crate) fn within(date: NaiveDate, years: &RangeInclusive<i32>) -> Result<NaiveDate, String> {
    if years.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("the year must be between {} and {}", years.start(), years.end()))
    }
}

/// Formats a moment as RFC 3339 in UTC. Fractional digits of the second are kept as far as needed.
pub fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The current date in Baden-Württemberg.
pub fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&HOME).date_naive()
}

/// A period, both ends inclusive. `None` is an open end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub start: Option<DateTime<Utc>>,
    /// The last instant.
    pub end: Option<DateTime<Utc>>,
}

impl Span {
    /// The period of whole days in [`HOME`], from the earliest day that `first` can mean to the latest that `last`
    /// can mean.
    pub fn of_days(first: Option<PartialDate>, last: Option<PartialDate>) -> Self {
        Self {
            start: first.map(|first| start_of_day(first.earliest(), HOME)),
            end: last.map(|last| end_of_day(last.latest(), HOME)),
        }
    }
}

/// Records a fault at `end_pointer` if a period ends before it starts.
///
/// Partial dates get the benefit of the doubt: a period from `2025-07` to `2025` is valid.
pub(crate) fn check_period(
    faults: &mut Faults,
    start_pointer: &str,
    start: Option<impl Into<PartialDate>>,
    end_pointer: &str,
    end: Option<impl Into<PartialDate>>,
) {
    if let (Some(start), Some(end)) = (start.map(Into::into), end.map(Into::into))
        && end.latest() < start.earliest()
    {
        faults.broken_with(
            start_pointer,
            end_pointer,
            format!("the period ends on {} before it starts on {}", String::from(end), String::from(start)),
        );
    }
}
