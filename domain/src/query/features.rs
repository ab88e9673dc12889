//! Queries of OGC API Features (OGC 17-069r4).

use super::{Cursor, Filter, Page, Parameters, Query, Scope, filter::moment_within};
use crate::{
    fault::Faults,
    moment::Moment,
    place::BoundingBox,
    terms::Facet,
    time::{Edge, PeriodEnd as _},
};
use chrono::{DateTime, Utc};
use std::ops::RangeInclusive;

/// The years of RFC 3339, without year 0, which not every database has.
const YEARS: RangeInclusive<i32> = 1..=9999;

impl Query {
    /// The default `limit` of a page of features.
    pub const DEFAULT_FEATURES: usize = 100;
    /// The highest number of features on a page. A higher `limit` means this one (requirement
    /// `/req/core/fc-limit-response`).
    pub const MAX_FEATURES: usize = 1_000;

    /// The parameters of lists that pages of features do not have. `datetime` stands for `from` and `to`.
    pub const NOT_OF_FEATURES: [&'static str; 6] = ["as_of", "from", "sort", "status", "to", "with_total"];

    /// Parses a query for features: records that have a location, with their total. Records a fault for each invalid
    /// parameter.
    pub fn read_features(scope: &Scope, mut parameters: Parameters, faults: &mut Faults) -> Self {
        let space = format!("features {}", scope.kind);
        let fingerprint = parameters.fingerprint(&space, &Self::PAGING);
        let bbox = parameters.one(Filter::BBOX.name, faults, BoundingBox::parse_with_heights);
        let (from, to) = parameters.one("datetime", faults, interval).unwrap_or_default();
        // Records of a kind without a period are of no time, and match every one (`/req/core/fc-time-response`).
        let (from, to) = if scope.dated.is_some() { (from, to) } else { (None, None) };
        let timeless = Scope { dated: None, ..*scope };
        let mut filter = Filter { bbox, from, to, ..Filter::take(&timeless, &mut parameters, faults) };
        filter.terms.push((Facet::Located, vec![String::new()]));
        let sort = scope.default_sort();
        let after = Cursor::take(&mut parameters, fingerprint, sort, faults);
        let limit = parameters.one("limit", faults, limit).unwrap_or(Self::DEFAULT_FEATURES);
        parameters.refuse_rest(faults);
        let page = Page { after, limit: Some(limit), with_total: true };
        Self { filter, as_of: None, sort, page, fingerprint }
    }
}

/// Parses the number of features on a page.
fn limit(text: &str) -> Result<usize, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // What has too many digits is too large.
    match text.parse().unwrap_or(usize::MAX) {
        limit if is_number && limit > 0 => Ok(limit.min(Query::MAX_FEATURES)),
        _ => Err(format!(
            "must be a whole number greater than 0; more than {} means that",
            Query::MAX_FEATURES
        )),
    }
}

/// The first and the last moment of an interval. `None` is an open end.
type Interval = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Parses `datetime`: a moment, or two of them separated by `/`, of which one may be open (`..` or empty).
fn interval(text: &str) -> Result<Interval, String> {
    let moment = |text: &str, edge| moment_within(text, edge, &YEARS).map(Some);
    let Some((start, end)) = text.split_once('/') else {
        return Ok((moment(text, Edge::Start)?, moment(text, Edge::End)?));
    };
    let is_open = |text: &str| matches!(text, "" | "..");
    if is_open(start) && is_open(end) {
        return Err("must have a start or an end, as in 2026-05-01T00:00:00Z/.. or ../2026-05-01".to_owned());
    }
    let start = if is_open(start) { None } else { moment(start, Edge::Start)? };
    let end = if is_open(end) || Moment::is_open(end) { None } else { moment(end, Edge::End)? };
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err("must not end before it starts".to_owned());
    }
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_clamped_and_never_zero() {
        for (text, expected) in
            [("1", 1), ("007", 7), ("1000", 1000), ("1001", 1000), ("99999999999999999999999", 1000)]
        {
            assert_eq!(limit(text), Ok(expected), "{text}");
        }
        for bad in ["", "0", "000", "-1", "+1", "1.5", "1e3", "ten", " 1", "１"] {
            assert!(limit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_interval_is_a_moment_or_has_one_end_at_least() {
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        let noon = at("2026-05-01T12:00:00Z");
        for (text, expected) in [
            ("2026-05-01T12:00:00Z", (noon, noon)),
            ("2026-05-01T14:00:00+02:00", (noon, noon)),
            ("2026-05-01T12:00:00Z/..", (noon, None)),
            ("2026-05-01T12:00:00Z/", (noon, None)),
            ("../2026-05-01T12:00:00Z", (None, noon)),
            ("/2026-05-01T12:00:00Z", (None, noon)),
            ("2026-05-01T12:00:00Z/2026-05-01T12:00:00Z", (noon, noon)),
            ("0001-01-01T00:00:00Z/9999-12-31T23:59:59Z", (at("0001-01-01T00:00:00Z"), None)),
        ] {
            assert_eq!(interval(text), Ok(expected), "{text}");
        }
        // A day is all of it in Europe/Berlin.
        let (start, end) = interval("2026-05-01").unwrap();
        assert_eq!(start, at("2026-04-30T22:00:00Z"));
        assert!(end > at("2026-05-01T21:59:59Z") && end < at("2026-05-01T22:00:00Z"));
        for bad in [
            "",
            "/",
            "..",
            "../..",
            "/..",
            "../",
            "x/..",
            "2026-05-02/2026-05-01",
            "2026-13-01",
            "a/b/c",
            "2026-05-01T12:00:00Z/2026-05-02T12:00:00Z/..",
            "2026-05-01T12:00:00",
            "0000-01-01",
        ] {
            assert!(interval(bad).is_err(), "{bad}");
        }
    }
}
