//! Snippets with `<mark>` around matches, as HTML that is safe to insert.

use super::{
    QueryTerm, SearchQuery,
    analysis::{Analysis, Derived, Origin},
    words::Word,
};
use crate::content::{Code, Content, Passage, SearchText};
use std::ops::Range;

/// Approximate length of a snippet in characters.
const SNIPPET: usize = 200;
/// Approximate number of characters before the first match.
const BEFORE: usize = 60;

/// Highlights the matches of a query.
#[derive(Clone, Copy, Debug)]
pub struct Highlighter<'a> {
    question: &'a SearchQuery,
}

impl<'a> Highlighter<'a> {
    /// Creates a highlighter for a query.
    pub fn new(question: &'a SearchQuery) -> Self {
        Self { question }
    }

    /// Returns the whole text as HTML.
    pub fn whole(&self, text: &str) -> String {
        self.html(text, 0..text.len(), &self.marks(text, &self.analysed(text)))
    }

    /// Returns the passage of a record that shows best why it matches, as HTML. Falls back to the name.
    pub fn snippet<C: Content>(&self, content: &C) -> String {
        let mut text = SearchText::default();
        content.text(&mut text);
        let is_meant = |passage: &&Passage<'_>| match (self.question.language, passage.language) {
            (Some(wanted), Some(language)) => wanted == language || !passage.is_translated,
            _ => true,
        };
        // Ties go to the first passage.
        let mut best: Option<(usize, &str, Analysis)> = None;
        for passage in text.prose.iter().chain(&text.names).filter(is_meant) {
            let analysis = self.analysed(passage.text);
            let found = self.found(&analysis);
            if found > best.as_ref().map_or(0, |(most, ..)| *most) {
                best = Some((found, passage.text, analysis));
            }
            if found == self.question.words.len() {
                break;
            }
        }
        match best {
            Some((_, text, analysis)) => self.stretch(text, &analysis),
            None => self.code(&text.codes).unwrap_or_else(|| self.whole(content.name())),
        }
    }

    /// Analyses a text in both languages.
    fn analysed(&self, text: &str) -> Analysis {
        let asks_for_terms = self.question.words.iter().any(QueryTerm::has_synonyms);
        let analysis = if asks_for_terms { Analysis::of(text, None) } else { Analysis::without_stems(text) };
        analysis.with_neighbours()
    }

    /// Number of query words that a text contains.
    fn found(&self, analysis: &Analysis) -> usize {
        let has = |asked: &&QueryTerm| {
            analysis.words.iter().any(|word| asked.quality(&word.text) > 0.0)
                || analysis.derived.iter().any(|derived| asked.is_derived(derived))
        };
        self.question.words.iter().filter(has).count()
    }

    /// The code that matches, as HTML.
    fn code(&self, codes: &[Code<'_>]) -> Option<String> {
        let is_meant = |form: &String| self.question.words.iter().any(|asked| asked.is_code(form));
        let code = codes.iter().find(|code| code.forms().iter().any(is_meant))?;
        let mut html = "<mark>".to_owned();
        escape(&code.shown(), &mut html);
        html.push_str("</mark>");
        Some(html)
    }

    /// The ranges to mark, in order. Adjacent ranges without a space between them are merged.
    fn marks(&self, text: &str, analysis: &Analysis) -> Vec<Range<usize>> {
        let Analysis { words, derived, .. } = analysis;
        let is_found = |word: &&Word| self.question.words.iter().any(|asked| asked.quality(&word.text) > 0.0);
        let is_made = |derived: &&Derived| self.question.words.iter().any(|asked| asked.is_derived(derived));
        let mut found: Vec<Range<usize>> =
            words.iter().filter(is_found).map(|word| word.range.clone()).collect();
        for Derived { origin, words: reach, .. } in derived.iter().filter(is_made) {
            let ends = [&words[*reach.start()], &words[*reach.end()]];
            let all = words[reach.clone()].iter().filter(|word| !word.is_function);
            match origin {
                Origin::Elided => found.extend(ends.map(|word| word.range.clone())),
                _ => found.extend(all.map(|word| word.range.clone())),
            }
        }
        found.sort_unstable_by_key(|mark| (mark.start, mark.end));
        let mut marks: Vec<Range<usize>> = Vec::new();
        for mark in found {
            match marks.last_mut() {
                Some(last)
                    if mark.start <= last.end
                        || !text[last.end..mark.start].contains(char::is_whitespace) =>
                {
                    last.end = last.end.max(mark.end);
                }
                _ => marks.push(mark),
            }
        }
        marks
    }

    /// The passage around the first match.
    fn stretch(&self, text: &str, analysis: &Analysis) -> String {
        let words: Vec<Range<usize>> = analysis.words.iter().map(|word| word.range.clone()).collect();
        let marks = self.marks(text, analysis);
        let middle = marks.first().map_or(0, |mark| mark.start);
        let back = |from: usize, characters: usize| {
            text[..from].char_indices().rev().nth(characters).map_or(0, |(at, _)| at)
        };
        let earliest = back(middle, BEFORE);
        let start = if earliest == 0 {
            0
        } else {
            words.iter().map(|range| range.start).find(|&start| start >= earliest).unwrap_or(middle)
        };
        let latest = text[start..].char_indices().nth(SNIPPET).map_or(text.len(), |(at, _)| start + at);
        let end = if latest == text.len() {
            latest
        } else {
            words.iter().map(|range| range.end).rfind(|&end| end <= latest && end > middle).unwrap_or(latest)
        };
        let before = if start > 0 { "…" } else { "" };
        let after = if end < text.len() { "…" } else { "" };
        format!("{before}{}{after}", self.html(text, start..end, &marks))
    }

    fn html(&self, text: &str, stretch: Range<usize>, marks: &[Range<usize>]) -> String {
        let mut html = String::new();
        let mut at = stretch.start;
        for mark in marks {
            let (start, end) = (mark.start.max(stretch.start), mark.end.min(stretch.end));
            if start < end {
                escape(&text[at..start], &mut html);
                html.push_str("<mark>");
                escape(&text[start..end], &mut html);
                html.push_str("</mark>");
                at = end;
            }
        }
        escape(&text[at..stretch.end], &mut html);
        html
    }
}

/// Escapes text for HTML content and quoted attributes. Line breaks become spaces.
fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\r' | '\t' => html.push(' '),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_marked_and_everything_else_is_escaped() {
        let question = SearchQuery::read("mueller soehne").unwrap();
        let html = Highlighter::new(&question).whole("Müller & \"So\u{308}hne\" a < b");
        assert_eq!(html, "<mark>Müller</mark> &amp; &quot;<mark>So\u{308}hne</mark>&quot; a &lt; b");
    }

    #[test]
    fn neighbours_are_one_mark() {
        for (question, text, html) in [
            ("Industrie 4.0", "Die Industrie 4.0.", "Die <mark>Industrie</mark> <mark>4.0</mark>."),
            ("4.0", "Industrie 4.0.", "Industrie <mark>4.0</mark>."),
            ("E-Mobilität", "für E-Mobilität", "für <mark>E-Mobilität</mark>"),
            ("Luftfahrt", "Luft- und Raumfahrt", "<mark>Luft</mark>- und <mark>Raumfahrt</mark>"),
            ("KI", "mit künstlicher Intelligenz", "mit <mark>künstlicher</mark> <mark>Intelligenz</mark>"),
            ("SolarCluster", "Solar Cluster BW", "<mark>Solar</mark> <mark>Cluster</mark> BW"),
            ("C++", "in C++ und C", "in <mark>C++</mark> und C"),
            ("e.K.", "Muster e. K. (eG)", "Muster <mark>e. K.</mark> (eG)"),
            ("Wein", "Eine Weinlese allein", "Eine <mark>Weinlese</mark> allein"),
            ("Holz Forst", "Holz Forst", "<mark>Holz</mark> <mark>Forst</mark>"),
        ] {
            assert_eq!(
                Highlighter::new(&SearchQuery::read(question).unwrap()).whole(text),
                html,
                "{question}"
            );
        }
    }

    #[test]
    fn a_snippet_is_a_stretch_around_what_is_found() {
        let question = SearchQuery::read("mobilit").unwrap();
        let text = format!("{} Elektromobilität {}", "davor ".repeat(50), "danach ".repeat(50));
        let highlighter = Highlighter::new(&question);
        let snippet = highlighter.stretch(&text, &highlighter.analysed(&text));
        assert!(snippet.starts_with("…davor") && snippet.ends_with("danach…"), "{snippet}");
        assert!(snippet.contains(" <mark>Elektromobilität</mark> "), "{snippet}");
        assert!(snippet.chars().count() < SNIPPET + 30);
    }
}
