//! An in-memory search index for tests. It does what the databases do, in the simplest way.

use super::{Document, Highlighter, Ranking, Reach, Score, SearchQuery, Tier, WantedToken};
use crate::{
    content::Content,
    fault::Faults,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    record::Draft,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Records, and a dictionary of their words.
#[derive(Default)]
pub(super) struct Shelf {
    records: Vec<Shelved>,
    words: BTreeSet<String>,
}

struct Shelved {
    kind: Kind,
    name: String,
    document: Document,
    record: Value,
}

/// A search result.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) score: Score,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) snippet: String,
}

struct Shelve<'a>(&'a Value);

impl KindFunction for Shelve<'_> {
    type Output = (String, Document);

    fn call<C: Content>(self) -> Self::Output {
        let mut faults = Faults::new();
        let content = Draft::<C>::read(self.0.clone(), None, &mut faults).unwrap().content;
        (content.name().to_owned(), Document::of(&content, &[]))
    }
}

struct Show<'a>(&'a Value, &'a SearchQuery);

impl KindFunction for Show<'_> {
    type Output = String;

    fn call<C: Content>(self) -> String {
        let mut faults = Faults::new();
        let content = Draft::<C>::read(self.0.clone(), None, &mut faults).unwrap().content;
        Highlighter::new(self.1).snippet(&content)
    }
}

impl Shelf {
    pub(super) fn add(&mut self, kind: Kind, record: Value) {
        let (name, document) = with_kind(kind, Shelve(&record));
        self.words.extend(document.words.iter().cloned());
        self.records.push(Shelved { kind, name, document, record });
    }

    /// Returns all results, the best first.
    pub(super) fn search(&self, text: &str) -> Vec<Found> {
        let mut question = SearchQuery::read(text).unwrap();
        for asked in &mut question.words {
            asked.hold(self.words.iter().cloned());
        }
        let mut found = self.found(&question);
        if found.is_empty() {
            for index in 0..question.words.len() {
                if self.found(&question.only(index)).is_empty()
                    && question.words[index].misspellings().is_some()
                {
                    question.words[index].correct(self.words.iter().cloned());
                }
            }
            found = self.found(&question);
        }
        found
    }

    fn found(&self, question: &SearchQuery) -> Vec<Found> {
        let ways = [Tier::Names, Tier::WholeWords, Tier::Parts].map(|tier| {
            (tier, question.tokens([Reach::Anywhere, Reach::WholeWords, Reach::Names][tier as usize]))
        });
        let (mut found, mut ranking): (Vec<Found>, _) = (Vec::new(), Ranking::by(question));
        for shelved in &self.records {
            let way = ways.iter().find(|(_, tokens)| has_all(&shelved.document, tokens));
            assert_eq!(way.is_some(), question.matches(&shelved.document), "{question:?} {}", shelved.name);
            found.extend(way.map(|(tier, _)| Found {
                score: ranking.score(&shelved.document.names, *tier, shelved.kind),
                kind: shelved.kind,
                name: shelved.name.clone(),
                snippet: with_kind(shelved.kind, Show(&shelved.record, question)),
            }));
        }
        found.sort_by(|a, b| b.score.cmp(&a.score).then(a.kind.cmp(&b.kind)).then(a.name.cmp(&b.name)));
        found
    }
}

/// Whether a document contains a token of each group.
fn has_all(document: &Document, groups: &[Vec<WantedToken>]) -> bool {
    let has = |token: &WantedToken| match token.is_prefix {
        true => document
            .tokens
            .range(token.text.clone()..)
            .next()
            .is_some_and(|found| found.starts_with(&token.text)),
        false => document.tokens.contains(&token.text),
    };
    groups.iter().all(|group| group.iter().any(has))
}
