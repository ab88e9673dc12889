//! The first and last instants of a local day.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

/// The first instant of a local day.
///
/// This is midnight, with three exceptions:
///
/// - If clocks skip midnight, it is the instant of the change: 2026-04-24 in Africa/Cairo begins at 01:00.
/// - If midnight occurs twice, it is the first one.
/// - If the zone skips the whole day ([`day_exists`]), it is the start of the next one.
pub fn start_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    if let Some(start) = zone.from_local_datetime(&midnight).earliest() {
        return start.to_utc();
    }
    // The gap starts at the instant of the change, expressed in the offset before it.
    let change = GapInfo::new(&midnight, &zone)
        .and_then(|gap| gap.begin)
        .map(|(local, offset)| local - TimeDelta::seconds(offset.fix().local_minus_utc().into()));
    change.unwrap_or(midnight).and_utc()
}

/// Whether the day exists in a zone. A zone that crosses the date line skips one (2011-12-30 in Pacific/Apia).
pub fn day_exists(date: NaiveDate, zone: Tz) -> bool {
    start_of_day(date, zone).with_timezone(&zone).date_naive() == date
}

/// The last microsecond of a local day.
pub fn end_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    end_exclusive(date, zone) - TimeDelta::microseconds(1)
}

/// The last full second of a local day.
pub fn last_second_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    end_exclusive(date, zone) - TimeDelta::seconds(1)
}

fn end_exclusive(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    start_of_day(date.checked_add_days(Days::new(1)).unwrap_or(date), zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOME;
    use chrono::LocalResult;
    use chrono_tz::TZ_VARIANTS;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn a_day_has_as_many_hours_as_the_clocks_give_it() {
        let length = end_of_day(day(2026, 3, 29), HOME) - start_of_day(day(2026, 3, 29), HOME);
        assert_eq!(length.num_minutes(), 23 * 60 - 1);
    }

    /// The days whose midnight is skipped or repeated, for all zones and some years, each with the day that
    /// follows.
    fn odd_days() -> impl Iterator<Item = (Tz, NaiveDate)> {
        let years = [1994, 2011, 2026];
        let days = years.into_iter().flat_map(|year| day(year, 1, 1).iter_days().take(365));
        days.flat_map(|day| TZ_VARIANTS.iter().map(move |zone| (*zone, day)))
            .filter(|(zone, day)| {
                let midnight = zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
                !matches!(midnight, LocalResult::Single(_))
            })
            .flat_map(|(zone, day)| [(zone, day), (zone, day.succ_opt().unwrap())])
    }

    #[test]
    fn every_day_of_every_zone_begins_at_its_first_instant() {
        let (mut without_midnight, mut left_out) = (0, 0);
        for (zone, day) in odd_days() {
            let start = start_of_day(day, zone);
            let shows = |instant: DateTime<Utc>| instant.with_timezone(&zone).date_naive();
            // No instant before `start` belongs to the day.
            let before = (1..=26 * 60).map(|minutes| start - TimeDelta::minutes(minutes));
            assert!(before.into_iter().all(|instant| shows(instant) < day), "{zone} {day}: {start}");
            assert!(shows(start - TimeDelta::nanoseconds(1)) < day, "{zone} {day}: {start}");
            if day_exists(day, zone) {
                assert_eq!(shows(start), day, "{zone} {day}");
                assert!(last_second_of_day(day, zone) > start, "{zone} {day}");
            } else {
                assert!(shows(start) > day, "{zone} {day}: {start}");
                left_out += 1;
            }
            let midnight = day.and_time(NaiveTime::MIN);
            without_midnight += i32::from(zone.from_local_datetime(&midnight).earliest().is_none());
        }
        assert!(without_midnight > 50, "{without_midnight}");
        assert!(left_out >= 4, "{left_out}: Apia and Fakaofo in 2011, Enderbury and Kiritimati in 1994");
    }
}
