//! How many records have which term: what the write path keeps, and what is read from it.

use crate::{
    audience::Audience,
    connection::Conn,
    dialect,
    dictionary::{Dictionary, Name},
    error::Error,
    index::Span,
    schema::{term_counts, terms},
    types::{first_day, last_day},
};
use chrono::{Days, NaiveDate};
use diesel::{dsl::sql, prelude::*, sql_types::BigInt};
use domain::{kind::Kind, terms::Facet};
use std::{collections::HashMap, iter};

/// What the counts change by, gathered so that each is written once.
#[derive(Debug)]
pub(crate) struct Tally {
    today: NaiveDate,
    steps: HashMap<Counter, i64>,
}

/// Which count: of a term, everywhere or in a region (both by their numbers), from a day on.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Counter {
    term: i32,
    region: Option<i32>,
    visible: bool,
    day: NaiveDate,
}

impl Tally {
    pub(crate) fn new(today: NaiveDate) -> Self {
        Self { today, steps: HashMap::new() }
    }

    /// Counts a record and its terms that begin to be (1) or cease to be (-1).
    pub(crate) fn count(
        &mut self,
        dictionary: &Dictionary,
        kind: Kind,
        visible: bool,
        spans: &[Span],
        step: i64,
    ) -> Result<(), Error> {
        let term = dictionary
            .number(kind, Facet::Record, "")
            .ok_or_else(|| Error::Corrupt(format!("nothing counts records of the kind {}", kind.as_str())))?;
        let record = Span { term, since: first_day(), until: last_day() };
        for region in iter::once(None).chain(region_of(dictionary, kind, spans).map(Some)) {
            for span in spans.iter().chain([&record]) {
                let mut add = |day, step| {
                    // The days that lie behind us are one.
                    let day = if day <= self.today { first_day() } else { day };
                    *self.steps.entry(Counter { term: span.term, region, visible, day }).or_default() += step;
                };
                add(span.since, step);
                if span.until < last_day() {
                    add(span.until.checked_add_days(Days::new(1)).unwrap_or(span.until), -step);
                }
            }
        }
        Ok(())
    }

    /// Writes the changes, once for each transaction: there are no more of them than terms, and a row that one
    /// transaction changed often is slow to change again. Whoever calls it holds the lock of the revisions.
    pub(crate) fn write(&mut self, conn: &mut Conn, dictionary: &Dictionary) -> Result<(), Error> {
        /// So many rows are made text at a time.
        const ROWS: usize = 5_000;
        let mut rows = Vec::new();
        for (Counter { term, region, visible, day }, step) in
            self.steps.drain().filter(|(_, step)| *step != 0)
        {
            let name = |term| dictionary.name(term).ok_or_else(|| Error::Corrupt(format!("term {term}")));
            let Name { kind, facet, value } = name(term)?;
            let region = region.map(name).transpose()?.map_or("", |region| region.value.as_str());
            rows.push((kind.as_str(), visible, region, facet.as_str(), value, day, step));
        }
        // In the order of the key, so that neighbours are written together.
        rows.sort_unstable_by_key(|(kind, visible, region, facet, value, ..)| {
            (*kind, *visible, *facet, *region, *value)
        });
        for rows in rows.chunks(ROWS) {
            dialect::count(conn, &serde_json::to_string(rows)?)?;
        }
        Ok(())
    }
}

/// The region by which a record is counted on its own: members have one each, and are so many that counting those of
/// a region would take long. A record of two regions would be counted twice in what lies above both.
fn region_of(dictionary: &Dictionary, kind: Kind, spans: &[Span]) -> Option<i32> {
    if kind != Kind::Member {
        return None;
    }
    let code = |term: i32| {
        dictionary.name(term).filter(|name| name.facet == Facet::Region).map(|region| region.value.len())
    };
    // The others are those above it.
    spans.iter().filter_map(|span| Some((code(span.term)?, span.term))).max().map(|(_, term)| term)
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
        .select((term_counts::facet, term_counts::value, sql::<BigInt>("CAST(sum(number) AS bigint)")))
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

/// A term as a filter asks for it.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct Counted {
    pub(crate) number: i32,
    pub(crate) facet: String,
    pub(crate) value: String,
    /// How many records have it.
    pub(crate) count: i64,
}

/// The numbers of some terms of a kind, and how many records have them on a day.
pub(crate) fn of_values(
    conn: &mut Conn,
    kind: Kind,
    audience: Audience,
    facets: &[&str],
    values: &[String],
    day: NaiveDate,
) -> Result<Vec<Counted>, Error> {
    let same = term_counts::kind
        .eq(terms::kind)
        .and(term_counts::facet.eq(terms::facet))
        .and(term_counts::value.eq(terms::value));
    let seen = audience.visible().map_or(vec![true, false], |visible| vec![visible]);
    Ok(term_counts::table
        .inner_join(terms::table.on(same))
        .filter(term_counts::kind.eq(kind.as_str()).and(term_counts::visible.eq_any(seen)))
        .filter(term_counts::facet.eq_any(facets).and(term_counts::value.eq_any(values)))
        .filter(term_counts::region.eq("").and(term_counts::day.le(day)))
        .group_by((terms::number, terms::facet, terms::value))
        .select((
            terms::number,
            terms::facet,
            terms::value,
            sql::<BigInt>("CAST(sum(term_counts.number) AS bigint)"),
        ))
        .load(conn)?)
}

/// How many records of a kind there are.
pub(crate) fn number_of_records(
    conn: &mut Conn,
    kind: Kind,
    audience: Audience,
    day: NaiveDate,
) -> Result<i64, Error> {
    let facet = Facet::Record.as_str();
    let counts = of_terms(conn, kind.as_str(), audience.visible(), None, &[facet], None, day)?;
    Ok(counts.first().map_or(0, |(.., number)| *number))
}
