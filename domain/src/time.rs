//! Dates and the spans between them.

mod date;
mod day;

pub use date::{Date, OPEN_END, PartialDate};
pub(crate) use date::{PeriodEnd, open_end};
pub use day::{day_exists, end_of_day, last_second_of_day, start_of_day};

use crate::fault::Faults;
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use std::ops::RangeInclusive;

/// The zone in which the portal's days begin and end.
pub const HOME: Tz = chrono_tz::Europe::Berlin;

/// The years that a date may lie in.
pub(crate) const YEARS: RangeInclusive<i32> = 1000..=2999;

/// Which instant of a day a bare date stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its first.
    Start,
    /// Its last.
    End,
}

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

/// From when until when something lasts, both inclusive; `None` is an open end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub start: Option<DateTime<Utc>>,
    /// The last moment.
    pub end: Option<DateTime<Utc>>,
}

impl Span {
    /// The span of whole days in [`HOME`]: from the earliest day that `first` can mean to the latest that `last` can.
    pub fn of_days(first: Option<PartialDate>, last: Option<PartialDate>) -> Self {
        Self {
            start: first.map(|first| start_of_day(first.earliest(), HOME)),
            end: last.map(|last| end_of_day(last.latest(), HOME)),
        }
    }
}

/// Notes a fault at `end_pointer` when a period of days ends before it starts, whatever day is meant where only a
/// month or a year is known.
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
