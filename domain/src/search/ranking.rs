//! Ranking: names before prose, whole words before parts of words, short names before long ones.

use super::{SearchQuery, document::prose};
use crate::kind::Kind;
use std::collections::HashMap;

/// The score of a match, from 0 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(pub u32);

impl Score {
    /// Whether all query words occur in the names.
    pub fn is_in_names(self) -> bool {
        f64::from(self.0) >= IN_NAMES
    }
}

/// The way in which a record matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Parts of words in its prose.
    Parts,
    /// Whole words in its prose.
    WholeWords,
    /// All query words in its names.
    Names,
}

/// The lowest score of a match in the names. All others score less.
const IN_NAMES: f64 = 5_000.0;
const WHOLE: Score = Score(10_000);

/// Ranks records for a query. The quality of each word is cached, because names share most of their words.
#[derive(Debug)]
pub struct Ranking<'a> {
    question: &'a SearchQuery,
    /// By word of a name, the quality of the match with each query word.
    qualities: HashMap<String, Vec<f64>>,
}

impl<'a> Ranking<'a> {
    /// Creates a ranking for a query.
    pub fn by(question: &'a SearchQuery) -> Self {
        Self { question, qualities: HashMap::new() }
    }

    /// The quality of the match of a word with each query word.
    fn qualities(&mut self, word: &str) -> &[f64] {
        if !self.qualities.contains_key(word) {
            let qualities = self.question.words.iter().map(|asked| asked.quality(word)).collect();
            self.qualities.insert(word.to_owned(), qualities);
        }
        self.qualities.get(word).map(Vec::as_slice).unwrap_or_default()
    }

    /// The score of a record, given its names (as in [`super::Document::names`]), the way in which it matches, and
    /// its kind.
    pub fn score(&mut self, names: &str, tier: Tier, kind: Kind) -> Score {
        let question = self.question;
        let mut best = vec![0.0_f64; question.words.len()];
        let mut coverage = 0.0_f64;
        let mut begins = false;
        for line in names.lines() {
            let (line, derived) = line.split_once('|').unwrap_or((line, ""));
            let mut letters = line.chars();
            let place = letters.next();
            let is_meant =
                question.language.is_none_or(|language| place == Some('*') || place == Some(prose(language)));
            let name = letters.as_str();
            if !is_meant {
                continue;
            }
            if name == question.text {
                return WHOLE;
            }
            let (mut found, mut all) = (0.0, 0.0);
            for (position, word) in name.split(' ').enumerate() {
                let mut quality = 0.0_f64;
                for (&here, best) in self.qualities(word).iter().zip(&mut best) {
                    *best = best.max(here);
                    quality = quality.max(here);
                }
                let length = word.len() as f64;
                found += quality * length;
                all += length;
                begins |= position == 0 && quality >= 0.8;
            }
            coverage = coverage.max(if all > 0.0 { found / all } else { 0.0 });
            for form in derived.split(' ').filter(|form| !form.is_empty()) {
                for (&here, best) in self.qualities(form).iter().zip(&mut best) {
                    *best = best.max(here);
                }
            }
        }
        let mean = best.iter().sum::<f64>() / best.len().max(1) as f64;
        let score = if best.iter().all(|&quality| quality > 0.0) {
            let begins = if begins { 1.0 } else { 0.0 };
            IN_NAMES + (9_990.0 - IN_NAMES) * (0.7 * mean + 0.25 * coverage + 0.05 * begins)
        } else {
            let base = if tier == Tier::Parts { 500.0 } else { 1_500.0 };
            base + 2_500.0 * mean
        };
        Score((score + weight(kind)).min(9_999.0).round() as u32)
    }
}

/// Prefers kinds that are few and permanent over those that are many and transient, if they match equally well.
fn weight(kind: Kind) -> f64 {
    match kind {
        Kind::Cluster | Kind::Initiative | Kind::Network => 400.0,
        Kind::Measure => 200.0,
        Kind::Event | Kind::Operation | Kind::Member => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked<'a>(text: &str, names: &[&'a str]) -> Vec<&'a str> {
        let question = SearchQuery::read(text).unwrap();
        let mut names = names.to_vec();
        names.sort_by_key(|name| {
            let mut ranking = Ranking::by(&question);
            std::cmp::Reverse(ranking.score(&format!("*{name}\n"), Tier::WholeWords, Kind::Event))
        });
        names
    }

    #[test]
    fn whole_names_outrank_words_and_words_outrank_parts() {
        let names = ["photonik", "photonik cluster", "cluster fur photonik im land", "biophotonik", "optik"];
        assert_eq!(ranked("Photonik", &names), names);
    }

    #[test]
    fn a_match_in_one_language_does_not_count_in_another() {
        let score = |language| {
            let question = SearchQuery::read("health").unwrap().in_language(language);
            Ranking::by(&question).score("dgesundheit\nehealth\n", Tier::Names, Kind::Event)
        };
        assert!(score(None) > Score(5_000));
        assert!(score(Some(crate::search::Language::En)) > Score(5_000));
        assert!(score(Some(crate::search::Language::De)) < Score(5_000));
    }
}
