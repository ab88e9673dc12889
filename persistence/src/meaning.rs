//! What a filter means, once every record and word that it names has been looked up.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    counts, dialect,
    error::{Error, QueryError},
    filtering::filtered,
    labels::{Targets, dangling},
    partition::{Partition, Scope},
    past::{self, Past},
    schema::{records, terms},
    types::DbId,
    wording::{self, Expanded},
};
use chrono::NaiveDate;
use diesel::prelude::*;
use domain::{
    fault::Faults,
    kind::Kind,
    query::Filter,
    search::{Question, Reach},
    slug::Key,
    terms::Facet,
};
use std::collections::HashMap;

/// A filter of which every word has been looked up.
pub(crate) struct Meaning<'a> {
    pub(crate) audience: Audience,
    pub(crate) kind: Kind,
    pub(crate) today: NaiveDate,
    pub(crate) filter: &'a Filter,
    /// The condition on the text, when there is one.
    pub(crate) text: Option<TextCondition>,
    /// Facet by facet, the values of which one must be there; the rarest first.
    pub(crate) terms: Vec<Wanted>,
    /// How many records of the kind the audience sees.
    pub(crate) total: i64,
    /// The moment that is looked back at: only records that have not changed since then are meant.
    pub(crate) past: Option<Past>,
    /// Those, where they are few: then they are better looked at one by one than looked for.
    pub(crate) few_unchanged: Option<Vec<DbId>>,
}

/// The values of a facet of which a record must have one.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) facet: Facet,
    pub(crate) values: Vec<String>,
    /// The numbers of those that any record has.
    pub(crate) terms: Vec<i32>,
    /// How many records have them, each counted once for each.
    pub(crate) count: i64,
}

impl Wanted {
    /// Whether all records have it: of a single value each is counted once.
    pub(crate) fn is_common(&self, total: i64) -> bool {
        self.values.len() == 1 && self.count == total
    }
}

impl<'a> Meaning<'a> {
    /// Looks up the records and words that a filter names; a few statements, and none when it names none.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for a reference that does not exist or may not be seen.
    pub(crate) fn look_up(
        conn: &mut Conn,
        view: View,
        kind: Kind,
        filter: &'a Filter,
    ) -> Result<Self, QueryError> {
        let View { audience, past, .. } = view;
        let mut faults = Faults::new();
        if filter.statuses.iter().any(|&status| !audience.may_ask_for(status)) {
            faults.malformed(
                "status",
                match past {
                    Some(_) => "must be published with as_of, which shows what the public saw",
                    None => "needs a token that may see drafts",
                },
            );
        }
        let mut terms = filter.terms.clone();
        terms.extend(references(conn, audience, filter, &mut faults)?);
        faults.or(()).map_err(QueryError::Faults)?;
        let today = view.today();
        let (terms, total) = count(conn, audience, kind, terms, today)?;
        let text = match &filter.question {
            Some(question) => {
                let scope = Scope::new(audience, &[kind], &[]);
                let corrected = match past {
                    None => wording::corrected(conn, question, &scope, audience)?,
                    Some(past) => corrected_past(conn, question, &scope, past)?,
                };
                let expanded = match corrected {
                    Some(corrected) => corrected,
                    None => wording::expand(conn, question, &scope)?,
                };
                Some(TextCondition::new(conn, &expanded, &scope)?)
            }
            None => None,
        };
        let mut meaning =
            Self { audience, kind, today, filter, text, terms, total, past, few_unchanged: None };
        if let Some(past) = past {
            meaning.few_unchanged = few_unchanged(conn, kind, past)?;
            all_numbers(conn, kind, &mut meaning.terms)?;
        }
        Ok(meaning)
    }

    /// All public records of a kind at a moment, with a text, if there is one.
    fn of_all(kind: Kind, past: Past, filter: &'a Filter, text: Option<TextCondition>) -> Self {
        let (audience, past, today) = (Audience::Public, Some(past), NaiveDate::default());
        Self { audience, kind, today, filter, text, terms: Vec::new(), total: 0, past, few_unchanged: None }
    }

    /// Whether it asks for public records, as they are, and for nothing but terms.
    pub(crate) fn is_of_public_terms(&self) -> bool {
        self.audience == Audience::Public && self.filter.is_of_terms() && self.past.is_none()
    }

    /// The term along which a page by name is walked: the rarest of which there is one value. `None` where the filter
    /// asks for more than terms, or the audience for more than what is public.
    pub(crate) fn driver(&self) -> Option<usize> {
        self.is_of_public_terms()
            .then(|| self.terms.iter().position(|wanted| wanted.values.len() == 1))
            .flatten()
    }
}

/// What the references of a filter name, as terms.
fn references(
    conn: &mut Conn,
    audience: Audience,
    filter: &Filter,
    faults: &mut Faults,
) -> Result<Vec<(Facet, Vec<String>)>, Error> {
    let keys: Vec<(Key, &'static [Kind])> = filter
        .references
        .iter()
        .flat_map(|(facet, keys)| keys.iter().map(|key| (key.clone(), facet.targets())))
        .collect();
    let mut targets = Targets::default();
    targets.look_up_as(conn, audience, &keys)?;
    let mut terms = Vec::new();
    for (facet, keys) in &filter.references {
        let mut values = Vec::new();
        for key in keys {
            match targets.find(key, facet.targets()).filter(|found| audience.may_see(found.visible)) {
                Some(found) => values.push(found.id.to_string()),
                None => {
                    faults.malformed(facet.as_str(), format!("'{key}' {}", dangling(facet.targets())));
                }
            }
        }
        terms.push((*facet, values));
    }
    Ok(terms)
}

/// How many records have the terms, the rarest first, and how many there are.
fn count(
    conn: &mut Conn,
    audience: Audience,
    kind: Kind,
    terms: Vec<(Facet, Vec<String>)>,
    today: NaiveDate,
) -> Result<(Vec<Wanted>, i64), Error> {
    if terms.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let facets: Vec<&str> =
        terms.iter().map(|(facet, _)| *facet).chain([Facet::Record]).map(Facet::as_str).collect();
    let values: Vec<String> =
        terms.iter().flat_map(|(_, values)| values.clone()).chain([String::new()]).collect();
    let counts = counts::of_values(conn, kind, audience, &facets, &values, today)?;
    let of_facet = |facet: Facet| counts.iter().filter(move |found| found.facet == facet.as_str());
    let mut wanted: Vec<Wanted> = terms
        .into_iter()
        .map(|(facet, values)| {
            let found = || of_facet(facet).filter(|found| values.contains(&found.value));
            let (terms, count) =
                (found().map(|found| found.number).collect(), found().map(|found| found.count).sum());
            Wanted { facet, values, terms, count }
        })
        .collect();
    wanted.sort_by_key(|wanted| wanted.count);
    Ok((wanted, of_facet(Facet::Record).map(|found| found.count).sum()))
}

/// That a record is among those whose text matches.
pub(crate) struct TextCondition {
    /// What is asked of the records that the public sees.
    pub(crate) question: Question,
    pub(crate) before: &'static str,
    pub(crate) expression: String,
    pub(crate) after: &'static str,
}

impl TextCondition {
    fn new(conn: &mut Conn, expanded: &Expanded, scope: &Scope) -> Result<Self, Error> {
        let question = expanded.iter().find(|(partition, _)| partition.visible).map(|(_, question)| question);
        let question = question.cloned().ok_or_else(|| Error::Corrupt("a search of nothing".to_owned()))?;
        let expressions = wording::expressions(conn, scope, expanded, Reach::Anywhere);
        let expression = dialect::any_of(conn, &expressions);
        let (before, after) = dialect::text_condition(conn, &expression)?;
        Ok(Self { question, before, expression, after })
    }
}

/// As [`wording::corrected`], judged over everything public as it was at a moment.
fn corrected_past(
    conn: &mut Conn,
    question: &Question,
    scope: &Scope,
    past: Past,
) -> Result<Option<Expanded>, Error> {
    let everything = Scope::everything(Audience::Public);
    let mut texts: HashMap<Kind, past::Texts> = HashMap::new();
    wording::corrected_where(conn, question, scope, &everything, |conn, expanded, reach| {
        // What has changed since is looked through once, for all that matches.
        if reach != Reach::Anywhere {
            return Ok(false);
        }
        for (&partition, question) in expanded {
            if is_unchanged_anywhere(conn, partition, question, past)? {
                return Ok(true);
            }
        }
        for (Partition { kind, .. }, question) in expanded {
            let filter = Filter::default();
            let all = Meaning::of_all(*kind, past, &filter, None);
            if texts.entry(*kind).or_default().hold(conn, &all, past, question)? {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

/// Whether a question finds a public record of a kind that has not changed since a moment.
fn is_unchanged_anywhere(
    conn: &mut Conn,
    partition: Partition,
    question: &Question,
    past: Past,
) -> Result<bool, Error> {
    let (kind, filter) = (partition.kind, Filter::default());
    let scope = Scope::new(Audience::Public, &[kind], &[]);
    let expanded = Expanded::from([(partition, question.clone())]);
    let text = TextCondition::new(conn, &expanded, &scope)?;
    let meaning = Meaning::of_all(kind, past, &filter, Some(text));
    let found: Option<DbId> = filtered(&meaning).select(records::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// The public records of a kind that have not changed since a moment, where they are few.
fn few_unchanged(conn: &mut Conn, kind: Kind, past: Past) -> Result<Option<Vec<DbId>>, Error> {
    /// So many are few.
    const FEW: i64 = 500;
    let old: Vec<DbId> = records::table
        .filter(records::kind.eq(kind.as_str()).and(records::visible.eq(true)))
        .filter(records::updated_at.le(past.moment))
        .order((records::updated_at, records::id))
        .limit(FEW + 1)
        .select(records::id)
        .load(conn)?;
    Ok(i64::try_from(old.len()).is_ok_and(|old| old <= FEW).then_some(old))
}

/// Adds the numbers of values that no record has today.
fn all_numbers(conn: &mut Conn, kind: Kind, wanted: &mut [Wanted]) -> Result<(), Error> {
    for Wanted { facet, values, terms, .. } in wanted {
        *terms = terms::table
            .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
            .filter(terms::value.eq_any(values.iter()))
            .select(terms::number)
            .load(conn)?;
    }
    Ok(())
}
