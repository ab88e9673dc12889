//! How many records have which term: read from what the write path keeps.

use crate::{audience::Audience, connection::Conn, error::Error, schema::term_counts};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::kind::Kind;

/// Stands in the counts for a record as such: their number is that of all records of a kind.
pub(crate) const EVERY_RECORD: (&str, &str) = ("record", "");

/// How many records of a kind have which term on a day: facet, value, number.
pub(crate) fn of_terms(
    conn: &mut Conn,
    kind: &str,
    visible: Option<bool>,
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
    let counts = of_terms(conn, kind.as_str(), audience.visible(), &[facet], None, day)?;
    Ok(counts.first().map_or(0, |(.., number)| *number))
}
