//! What is kept beside the records because it follows from them: how many records have which term, the search
//! documents, and the dictionary of words. It is written with every change, and made anew when its recipe changes.

use crate::{
    connection::Conn,
    counts::{self, EVERY_RECORD},
    dialect,
    error::Error,
    labels::Targets,
    preparing::{Heading, Prepared, prepare},
    rows::{self, Stored, insert_terms},
    schema::{facts, terms},
    types::{DbId, first_day, last_day},
};
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use domain::{
    content::Content,
    kind::{KindVisitor, every_kind},
    reference::Link,
    search::Document,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Counts how terms and search documents are made: to be raised whenever the same content would give others, so that
/// the first start of a new release makes them anew.
const RECIPE: &str = "1";

/// A row of the counts: kind, visible, region, facet, value, day.
type Counter = (String, bool, String, String, String, NaiveDate);

/// A term as it is counted: facet, value, and its first and last day.
pub(crate) type Counted<'a> = (&'a str, &'a str, NaiveDate, NaiveDate);

/// What is to be written beside the records, gathered so that it is written in sets.
#[derive(Debug)]
pub(crate) struct Derivations {
    today: NaiveDate,
    counts: BTreeMap<Counter, i64>,
    words: BTreeSet<String>,
    documents: Vec<serde_json::Value>,
}

impl Derivations {
    pub(crate) fn new(today: NaiveDate) -> Self {
        Self { today, counts: BTreeMap::new(), words: BTreeSet::new(), documents: Vec::new() }
    }

    /// Takes in what follows from a new state of a record.
    pub(crate) fn add(&mut self, prepared: Prepared) {
        let Prepared { record, terms, document, .. } = prepared;
        let counted: Vec<_> =
            terms.iter().map(|term| (term.facet, term.value.as_str(), term.since, term.until)).collect();
        self.count(record.kind, record.visible, &counted, 1);
        let Document { tokens, words, names } = document.unwrap_or_default();
        self.words.extend(words);
        let tokens: Vec<String> = tokens.into_iter().collect();
        self.documents.push(json!([
            record.id.0.simple().to_string(),
            record.kind,
            record.sort_name,
            names,
            tokens.join(" ")
        ]));
    }

    /// Counts a record and its terms that begin to be (1) or cease to be (-1).
    pub(crate) fn count(&mut self, kind: &str, visible: bool, terms: &[Counted<'_>], step: i64) {
        let (facet, value) = EVERY_RECORD;
        let record = (facet, value, first_day(), last_day());
        for region in [Some(""), counts::region_of(kind, terms)].into_iter().flatten() {
            for &(facet, value, since, until) in terms.iter().chain([&record]) {
                self.add_to(kind, visible, region, facet, value, self.day(since), step);
                if until < last_day() {
                    let day_after = until.checked_add_days(Days::new(1)).unwrap_or(until);
                    self.add_to(kind, visible, region, facet, value, self.day(day_after), -step);
                }
            }
        }
    }

    /// The row for a day: all that lie behind us are one.
    fn day(&self, day: NaiveDate) -> NaiveDate {
        if day <= self.today { first_day() } else { day }
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of a counter")]
    fn add_to(
        &mut self,
        kind: &str,
        visible: bool,
        region: &str,
        facet: &str,
        value: &str,
        day: NaiveDate,
        step: i64,
    ) {
        let counter = (kind.to_owned(), visible, region.to_owned(), facet.to_owned(), value.to_owned(), day);
        *self.counts.entry(counter).or_default() += step;
    }

    /// Writes all that was taken in but the counts. Whoever calls it holds the lock of the revisions, so that two
    /// transactions that write the same words never wait for each other in a circle.
    pub(crate) fn flush(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let documents = std::mem::take(&mut self.documents);
        if !documents.is_empty() {
            dialect::index(conn, &serde_json::to_string(&documents)?)?;
        }
        let words: Vec<_> = std::mem::take(&mut self.words)
            .into_iter()
            .map(|word| {
                let reversed: String = word.chars().rev().collect();
                (word, reversed)
            })
            .collect();
        if !words.is_empty() {
            dialect::learn(conn, &serde_json::to_string(&words)?)?;
        }
        Ok(())
    }

    /// Writes the counts, once for each transaction: there are no more of them than terms, and a row that one
    /// transaction changed often is slow to change again. The lock is held as for [`Self::flush`].
    pub(crate) fn flush_counts(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let counts: Vec<_> = std::mem::take(&mut self.counts)
            .into_iter()
            .filter(|(_, step)| *step != 0)
            .map(|((kind, visible, region, facet, value, day), step)| {
                (kind, visible, region, facet, value, day.to_string(), step)
            })
            .collect();
        if !counts.is_empty() {
            dialect::count(conn, &serde_json::to_string(&counts)?)?;
        }
        Ok(())
    }
}

/// Makes everything anew when it was made by another recipe. In a transaction that holds the lock of the revisions.
pub(crate) fn refresh(conn: &mut Conn, today: NaiveDate) -> Result<(), Error> {
    let recipe: Option<String> = facts::table.find("recipe").select(facts::value).first(conn).optional()?;
    if recipe.as_deref() == Some(RECIPE) {
        return Ok(());
    }
    struct Rebuild<'a> {
        conn: &'a mut Conn,
        today: NaiveDate,
        result: Result<(), Error>,
    }
    impl KindVisitor for Rebuild<'_> {
        fn visit<C: Content>(&mut self) {
            if self.result.is_ok() {
                self.result = derive_kind::<C>(self.conn, self.today);
            }
        }
    }
    dialect::forget(conn)?;
    let mut rebuild = Rebuild { conn, today, result: Ok(()) };
    every_kind(&mut rebuild);
    rebuild.result?;
    diesel::update(facts::table.find("recipe")).set(facts::value.eq(RECIPE)).execute(conn)?;
    Ok(())
}

/// Makes anew what follows from the records of one kind, a batch at a time.
fn derive_kind<C: Content>(conn: &mut Conn, today: NaiveDate) -> Result<(), Error> {
    let mut after = DbId(uuid::Uuid::nil());
    loop {
        let rows = rows::batch(conn, C::KIND, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        let mut derivations = Derivations::new(today);
        diesel::delete(terms::table.filter(terms::record.eq_any(rows.iter().map(|row| row.id))))
            .execute(conn)?;
        for row in rows {
            let mut stored = Stored::<C>::read(row)?;
            let mut targets = Targets::default();
            let mut keys = Vec::new();
            stored.content.visit_links(&mut |link: Link<'_>| {
                keys.push((link.reference.key(), link.role.targets()));
                true
            });
            targets.look_up(conn, &keys)?;
            let heading = Heading::of(&stored)?;
            let prepared = prepare(heading, &mut stored.content, &|id| targets.kind_of(id), true)?;
            insert_terms(conn, &prepared.terms)?;
            derivations.add(prepared);
        }
        derivations.flush(conn)?;
        derivations.flush_counts(conn)?;
    }
}

/// Looks up a fact about the database.
pub(crate) fn identity(conn: &mut Conn) -> Result<String, Error> {
    Ok(facts::table.find("identity").select(facts::value).first(conn)?)
}
