//! When an event takes place.

use super::Event;
use crate::{fault::Faults, moment::Moment, time::start_of_day};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

impl Event {
    /// Records a fault for each time of an all-day event that is not the start of a day.
    pub(super) fn check_whole_days(&self, faults: &mut Faults) {
        for (pointer, moment) in [("/starts_at", self.starts_at), ("/ends_at", self.ends_at)] {
            if moment.is_settled() && !self.begins_a_day(moment) {
                faults.broken_with(
                    "/time_zone",
                    pointer,
                    "must be midnight in time_zone, because all_day is true: send the date alone",
                );
            }
        }
    }

    /// The local date at a moment.
    pub(super) fn local_day(&self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.time_zone.0).date_naive()
    }

    /// Whether a moment is the first instant of a local day.
    fn begins_a_day(&self, moment: Moment) -> bool {
        start_of_day(self.local_day(moment.utc()), self.time_zone.0) == moment.utc()
    }

    /// The last instant that belongs to the event.
    ///
    /// An event that ends at midnight does not include the day that begins then, so one microsecond is subtracted.
    pub(super) fn last_instant(&self) -> DateTime<Utc> {
        let rest = TimeDelta::microseconds(i64::from(self.begins_a_day(self.ends_at)));
        self.ends_at.utc() - rest
    }
}
