//! Which past states a filter means, and where they stand in a list.

use super::states::changed;
use crate::{
    connection::Conn,
    error::Error,
    filtering::matches,
    labels::{self, Targets},
    meaning::Meaning,
    preparing::{Heading, Prepared, prepare},
    rows::StoredRow,
};
use chrono::NaiveDate;
use domain::{
    content::Content,
    id::Id,
    kind::KindFunction,
    query::{Position, Query},
    terms::Facet,
};
use std::{cmp::Ordering, collections::HashMap};

/// What records of a kind were at a moment, of those that have changed since and that a filter means, with everything
/// that would be written for such a state.
fn matching<C: Content>(conn: &mut Conn, meaning: &Meaning<'_>, number: i64) -> Result<Vec<Prepared>, Error> {
    let mut states = changed::<C>(conn, number)?;
    let mut keys = Vec::new();
    for state in &mut states {
        keys.extend(labels::keys(&mut state.content));
    }
    let mut targets = Targets::default();
    targets.look_up(conn, &keys)?;
    let mut found = Vec::new();
    for mut state in states {
        let kind_of = |id| targets.kind_of(id);
        let prepared = prepare(Heading::of(&state)?, &mut state.content, &kind_of, meaning.text.is_some())?;
        if matches(meaning, &prepared) {
            found.push(prepared);
        }
    }
    Ok(found)
}

/// The rows of the records that have changed since a moment and that a filter meant then.
pub(crate) fn rows<C: Content>(
    conn: &mut Conn,
    meaning: &Meaning<'_>,
    number: i64,
) -> Result<Vec<StoredRow>, Error> {
    let found = matching::<C>(conn, meaning, number)?;
    Ok(found.into_iter().map(|prepared| prepared.record.into()).collect())
}

/// As [`matching`], for a kind that is known at run time.
pub(crate) struct Matching<'a, 'b> {
    pub(crate) conn: &'a mut Conn,
    pub(crate) meaning: &'a Meaning<'b>,
    pub(crate) number: i64,
}

impl KindFunction for Matching<'_, '_> {
    type Output = Result<Vec<Prepared>, Error>;

    fn call<C: Content>(self) -> Self::Output {
        matching::<C>(self.conn, self.meaning, self.number)
    }
}

/// Adds the terms of past states to counts of terms.
pub(crate) fn add_terms(
    counts: &mut Vec<(String, String, i64)>,
    states: &[Prepared],
    facets: &[Facet],
    today: NaiveDate,
) {
    let mut numbers: HashMap<(String, String), i64> =
        counts.drain(..).map(|(facet, value, number)| ((facet, value), number)).collect();
    for term in states.iter().flat_map(|state| &state.terms) {
        if facets.contains(&term.facet) && term.days.cover(today) {
            *numbers.entry((term.facet.as_str().to_owned(), term.value.clone())).or_default() += 1;
        }
    }
    counts.extend(numbers.into_iter().map(|((facet, value), number)| (facet, value, number)));
}

/// Puts past rows among those of a page, in its order, and leaves out those before it.
pub(crate) fn merge(rows: Vec<StoredRow>, past: Vec<StoredRow>, query: &Query) -> Vec<StoredRow> {
    let key = query.sort.key;
    let place = |row: &StoredRow| row.cursor(key);
    let order = |a: (&Position, Id), b: (&Position, Id)| {
        let order = match (a.0, b.0) {
            (Position::Name(a), Position::Name(b)) => a.cmp(b),
            (Position::Moment(a), Position::Moment(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
        .then(a.1.cmp(&b.1));
        if query.sort.descending { order.reverse() } else { order }
    };
    let is_behind = |row: &StoredRow| {
        query.page.after.as_ref().is_none_or(|after| {
            let here = place(row);
            order((&here.position, here.id), (&after.position, after.id)) == Ordering::Greater
        })
    };
    let mut rows: Vec<StoredRow> = rows.into_iter().chain(past.into_iter().filter(is_behind)).collect();
    rows.sort_by(|a, b| {
        let (a, b) = (place(a), place(b));
        order((&a.position, a.id), (&b.position, b.id))
    });
    rows
}
