//! Splits text into words.

use super::function_words;
use crate::fold;
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// Maximum length of a word, in characters. Nobody types longer ones, and indexes have limits.
pub(super) const MAX_WORD: usize = 64;

/// The separator before a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// A hyphen, which makes one word of both.
    Hyphen,
    /// Another sign without spaces: `fokus.energie`, `A/B`.
    Sign,
    /// Spaces.
    Blank,
    /// Anything else, or the start of the text.
    Wide,
}

/// The part of a compound that is elided, because a neighbour has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elided {
    /// None.
    No,
    /// The end: `Luft- und Raumfahrt`.
    End,
    /// The beginning: `Textilmaschinen und -anlagen`.
    Beginning,
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The position in the text, in bytes.
    pub(super) range: Range<usize>,
    /// The word, folded.
    pub(super) text: String,
    /// The word, folded but with umlauts, if it has any.
    pub(super) spelled: Option<String>,
    /// The separator before it.
    pub(super) gap: Gap,
    pub(super) elided: Elided,
    /// Whether it is a function word.
    pub(super) is_function: bool,
    /// Whether it is an abbreviation of several words, or has a sign that is spelled out. It is then never a
    /// prefix.
    pub(super) is_initials: bool,
}

/// Truncates a word to the length that is indexed.
fn cut(word: &str) -> &str {
    word.char_indices().nth(MAX_WORD).map_or(word, |(end, _)| &word[..end])
}

/// Splits a text into words.
///
/// ```text
/// e.K.  →  ek         abbreviations are one word
/// F & E →  fe
/// C++   →  cplusplus  signs that belong to a name are spelled out
/// IT    →  it0        a function word in capitals is a name
/// ```
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let has_small = text.chars().any(char::is_lowercase);
    let mut runs = runs(text).into_iter().peekable();
    while let Some(mut run) = runs.next() {
        let mut letters = text[run.clone()].to_owned();
        let mut between: Option<&str> = None;
        while let Some(next) = runs.peek() {
            let sign = &text[run.end..next.start];
            let is_more = match between {
                None => is_single(&letters) && joins_initials(sign),
                Some(between) => sign == between,
            };
            if !is_more || !is_single(&text[next.clone()]) {
                break;
            }
            letters.push_str(&text[next.clone()]);
            run.end = next.end;
            between = Some(sign);
            runs.next();
        }
        let is_initials = between.is_some();
        if is_initials && text[run.clone()].contains('.') && text[run.end..].starts_with('.') {
            run.end += 1;
        }
        let is_sharp = text[run.end..].starts_with('#') && is_single(&letters);
        let has_sign = text[run.end..].starts_with("++") || is_sharp;
        if has_sign {
            letters.push_str(if is_sharp { "sharp" } else { "plusplus" });
            run.end += if is_sharp { 1 } else { 2 };
        }
        let is_capitals = (has_small || letters == "IT")
            && letters.chars().count() > 1
            && letters.chars().all(char::is_uppercase);
        let before = words.len();
        add(text, run, &letters, is_initials || is_capitals, &mut words);
        words[before..].iter_mut().for_each(|word| word.is_initials = is_initials || has_sign);
    }
    words
}

/// Adds a word. Folding may split it into several (`½`).
fn add(text: &str, range: Range<usize>, letters: &str, is_name: bool, words: &mut Vec<Word>) {
    let spelled = fold::spelled(letters);
    let between = &text[words.last().map_or(0, |word| word.range.end)..range.start];
    let mut gap = if words.is_empty() { Gap::Wide } else { gap(between) };
    let before = text[..range.start].chars().next_back();
    let begins_elided = before.is_some_and(is_hyphen) && gap != Gap::Hyphen;
    let mut after = text[range.end..].chars();
    let ends_elided =
        after.next().is_some_and(is_hyphen) && !after.next().is_some_and(|next| next.is_alphanumeric());
    let elided = match (begins_elided, ends_elided) {
        (_, true) => Elided::End,
        (true, false) => Elided::Beginning,
        _ => Elided::No,
    };
    for part in spelled.split(' ').filter(|part| !part.is_empty()) {
        let spelled = cut(part);
        let mut folded = fold::without_umlauts(spelled);
        let is_rest = between.ends_with(['\'', '’']) && function_words::is_rest(&folded);
        let mut is_function = is_rest || function_words::is_function_word(&folded);
        if is_function && is_name && function_words::may_be_name(&folded) {
            folded.push('0');
            is_function = false;
        }
        let spelled = (folded != *spelled && !is_name).then(|| spelled.to_owned());
        words.push(Word {
            range: range.clone(),
            text: folded,
            spelled,
            gap,
            elided,
            is_function,
            is_initials: false,
        });
        gap = Gap::Wide;
    }
}

/// Finds the runs of letters and digits.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let is_visible = !fold::is_invisible(letter);
        let is_letter =
            letter.is_alphanumeric() && is_visible || is_open && (is_combining_mark(letter) || !is_visible);
        match runs.last_mut() {
            Some(run) if is_letter && is_open => run.end = end,
            _ if is_letter => runs.push(at..end),
            _ => {}
        }
        is_open = is_letter;
    }
    runs
}

fn is_single(word: &str) -> bool {
    let mut letters = word.chars().filter(|&letter| !is_combining_mark(letter));
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// Whether initials separated like this are one abbreviation.
fn joins_initials(between: &str) -> bool {
    matches!(between, "." | ". " | ".\u{a0}" | ".\u{202f}" | "&" | " & " | "+" | " + ")
}

pub(super) fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}' | '\u{2011}')
}

fn gap(between: &str) -> Gap {
    let mut signs = between.chars().filter(|&letter| !fold::is_invisible(letter));
    match (signs.next(), signs.next()) {
        (Some(sign), None) if is_hyphen(sign) => Gap::Hyphen,
        (Some('.' | ':' | '/' | '_' | '@' | '\'' | '’' | '&'), None) => Gap::Sign,
        _ if !between.is_empty() && between.chars().all(char::is_whitespace) => Gap::Blank,
        _ => Gap::Wide,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn an_abbreviation_is_one_word() {
        for (text, folded) in [
            ("C++", "cplusplus"),
            ("C# und F#", "csharp und fsharp"),
            ("F&E, F & E, FuE", "fe fe fu"),
            ("e.K. e. K. eK", "ek ek ek"),
            ("Muster e.V.", "muster ev"),
            ("IT für alle, it’s it", "it0 fur alle it s it"),
            ("I.N. BW", "in0 bw"),
            ("A & B Maschinen GmbH & Co. KG", "ab maschinen gmbh co kg"),
            ("K³ H₂ 3D 4.0 asc(s ½", "k3 h2 3d 4 0 asc s 1 2"),
            ("Fein\u{ad}mechanik Firma™", "feinmechanik firma"),
        ] {
            assert_eq!(texts(text).join(" "), folded, "{text}");
        }
        let ranges: Vec<&str> = words("C++, e.K. und F & E.")
            .into_iter()
            .map(|word| &"C++, e.K. und F & E."[word.range])
            .collect();
        assert_eq!(ranges, ["C++", "e.K.", "und", "F & E"]);
    }

    #[test]
    fn what_stands_between_words_is_told_apart() {
        let gaps: Vec<Gap> = words("a-b.cc dd, Ee- und -ff").into_iter().map(|word| word.gap).collect();
        assert_eq!(gaps, [Gap::Wide, Gap::Hyphen, Gap::Sign, Gap::Blank, Gap::Wide, Gap::Wide, Gap::Wide]);
        let elided: Vec<Elided> =
            words("Luft- und -ff, Vor-/Nach-teil").into_iter().map(|w| w.elided).collect();
        assert_eq!(elided, [Elided::End, Elided::No, Elided::Beginning, Elided::End, Elided::No, Elided::No]);
    }
}
