//! What to show of a match: text that is safe to put into a page, with `<mark>` around what was found.

use super::{Question, words::fold_word};
use crate::content::{Content, Passage, SearchText};
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// How many characters a snippet has, about.
const SNIPPET: usize = 200;
/// How many of them stand before the first word that was found, about.
const BEFORE: usize = 60;

/// Shows why records were found by a question.
#[derive(Clone, Copy, Debug)]
pub struct Highlighter<'a> {
    question: &'a Question,
}

impl<'a> Highlighter<'a> {
    /// For the matches of a question.
    pub fn new(question: &'a Question) -> Self {
        Self { question }
    }

    /// The whole text as HTML.
    pub fn whole(&self, text: &str) -> String {
        self.html(text, 0..text.len())
    }

    /// The stretch of a record's text that shows best why it was found, as HTML; its name when nothing else does.
    pub fn snippet<C: Content>(&self, content: &C) -> String {
        let mut text = SearchText::default();
        content.text(&mut text);
        let is_meant = |passage: &&Passage<'_>| match (self.question.language, passage.language) {
            (Some(wanted), Some(language)) => wanted == language || !passage.is_translated,
            _ => true,
        };
        let best = text
            .prose
            .iter()
            .chain(&text.names)
            .filter(is_meant)
            .map(|passage| (self.found(passage.text), passage.text))
            // The first of those that show most.
            .fold(None, |best: Option<(usize, &str)>, (found, text)| match best {
                Some((most, _)) if most >= found => best,
                _ => Some((found, text)),
            });
        match best {
            Some((found, text)) if found > 0 => self.stretch(text),
            _ => self.whole(content.name()),
        }
    }

    /// How many of the words that are asked for a text has.
    fn found(&self, text: &str) -> usize {
        let words: Vec<String> = words(text).into_iter().map(|range| fold_word(&text[range])).collect();
        self.question.words.iter().filter(|asked| words.iter().any(|word| asked.quality(word) > 0.0)).count()
    }

    fn is_found(&self, word: &str) -> bool {
        let word = fold_word(word);
        self.question.words.iter().any(|asked| asked.quality(&word) > 0.0)
    }

    /// The stretch around the first word that was found.
    fn stretch(&self, text: &str) -> String {
        let words = words(text);
        let first = words.iter().find(|range| self.is_found(&text[(*range).clone()]));
        let middle = first.map_or(0, |range| range.start);
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
        format!("{before}{}{after}", self.html(text, start..end))
    }

    fn html(&self, text: &str, stretch: Range<usize>) -> String {
        let mut html = String::new();
        let mut at = stretch.start;
        for word in words(text).into_iter().filter(|word| word.start >= stretch.start) {
            let end = word.end.min(stretch.end);
            if word.start >= end {
                break;
            }
            if self.is_found(&text[word.clone()]) {
                escape(&text[at..word.start], &mut html);
                html.push_str("<mark>");
                escape(&text[word.start..end], &mut html);
                html.push_str("</mark>");
                at = end;
            }
        }
        escape(&text[at..stretch.end], &mut html);
        html
    }
}

/// Where the words of a text are.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let is_letter = letter.is_alphanumeric() || (is_open && is_combining_mark(letter));
        match words.last_mut() {
            Some(word) if is_letter && is_open => word.end = end,
            _ if is_letter => words.push(at..end),
            _ => {}
        }
        is_open = is_letter;
    }
    words
}

/// Text as HTML, in content as in quoted attributes; line breaks become blanks.
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
        let question = Question::read("mueller soehne").unwrap();
        let html = Highlighter::new(&question).whole("Müller & \"So\u{308}hne\" a < b");
        assert_eq!(html, "<mark>Müller</mark> &amp; &quot;<mark>So\u{308}hne</mark>&quot; a &lt; b");
    }

    #[test]
    fn a_snippet_is_a_stretch_around_what_is_found() {
        let question = Question::read("mobilit").unwrap();
        let text = format!("{} Elektromobilität {}", "davor ".repeat(50), "danach ".repeat(50));
        let snippet = Highlighter::new(&question).stretch(&text);
        assert!(snippet.starts_with("…davor") && snippet.ends_with("danach…"), "{snippet}");
        assert!(snippet.contains(" <mark>Elektromobilität</mark> "), "{snippet}");
        assert!(snippet.chars().count() < SNIPPET + 30);
    }
}
