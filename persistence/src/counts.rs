//! How many records have which term: read from what the write path keeps.

use crate::{audience::Audience, connection::Conn, deriving::Counted, error::Error, schema::term_counts};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::{kind::Kind, terms::Facet};

/// Stands in the counts for a record as such: their number is that of all records of a kind.
pub(crate) const EVERY_RECORD: (&str, &str) = ("record", "");

/// The region by which a record is counted on its own: members have one each, and are so many that counting those of
/// a region would take long. A record of two regions would be counted twice in what lies above both.
pub(crate) fn region_of<'a>(kind: &str, terms: &[Counted<'a>]) -> Option<&'a str> {
    let is_region = |(facet, ..): &&Counted<'a>| *facet == Facet::Region.as_str();
    let regions = terms.iter().filter(is_region).map(|(_, code, ..)| *code);
    // The others are those above it.
    regions.max_by_key(|code| code.len()).filter(|_| kind == Kind::Member.as_str())
}

/// How many records of a kind have which term on a day, everywhere or, of members, in a region: facet, value, number.
pub(crate) fn of_terms(
    conn: &mut Conn,
    kind: &str,
    visible: Option<bool>,
    region: Option<&str>,
    facets: &[&str],
    values: Option<&[String]>,
    day: NaiveDate,
) -> Result<Vec<(String, String, i64)>, Error> {
    let mut query = term_counts::table
        .group_by((term_counts::facet, term_counts::value))
        .select((
            term_counts::facet,
            term_counts::value,
            diesel::dsl::sql::<diesel::sql_types::BigInt>("CAST(sum(number) AS bigint)"),
        ))
        .into_boxed()
        .filter(term_counts::kind.eq(kind).and(term_counts::facet.eq_any(facets)))
        .filter(term_counts::day.le(day));
    query = match visible {
        Some(visible) => query.filter(term_counts::visible.eq(visible)),
        None => query.filter(term_counts::visible.eq_any([true, false])),
    };
    query = match region {
        None => query.filter(term_counts::region.eq("")),
        // A NUTS code begins with those of the regions above; '~' comes behind every letter and digit.
        Some(code) => query
            .filter(term_counts::region.ge(code.to_owned()).and(term_counts::region.lt(format!("{code}~")))),
    };
    if let Some(values) = values {
        query = query.filter(term_counts::value.eq_any(values));
    }
    let rows: Vec<(String, String, i64)> = query.load(conn)?;
    Ok(rows.into_iter().filter(|(.., number)| *number > 0).collect())
}

/// How many records of a kind there are.
pub(crate) fn number_of_records(
    conn: &mut Conn,
    kind: Kind,
    audience: Audience,
    day: NaiveDate,
) -> Result<i64, Error> {
    let (facet, _) = EVERY_RECORD;
    let counts = of_terms(conn, kind.as_str(), audience.visible(), None, &[facet], None, day)?;
    Ok(counts.first().map_or(0, |(.., number)| *number))
}
