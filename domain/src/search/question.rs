//! What a search asks for.

use super::{
    Asked, Document, Language,
    document::{NAMES, prose},
    words::cut,
};
use crate::fold;

/// Words that everyone uses: left out unless there is nothing else.
const STOP_WORDS: [&str; 40] = [
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einer", "einen", "einem", "und", "oder", "im",
    "in", "am", "an", "auf", "aus", "bei", "fur", "mit", "nach", "um", "uber", "von", "vom", "zu", "zum",
    "zur", "the", "a", "of", "and", "or", "for", "with", "on", "to", "by",
];

/// A search: every word must match.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The words.
    pub words: Vec<Asked>,
    /// Only in texts of this language; `None`: in any.
    pub language: Option<Language>,
    /// The folded text as a whole.
    pub(super) text: String,
}

/// A token that a document may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedToken {
    /// The token; letters and digits only.
    pub text: String,
    /// Whether tokens that only begin with it will do.
    pub is_prefix: bool,
}

/// Where a word has to stand, and how well it has to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In a name, in any way.
    Names,
    /// In a name, at the beginning of a word.
    NamePrefixes,
    /// Anywhere, as a whole word.
    WholeWords,
    /// Anywhere, in any way.
    Anywhere,
}

impl Question {
    /// The longest text that is searched for, in characters.
    pub const MAX_CHARACTERS: usize = 500;
    /// The most words that are searched for at once.
    pub const MAX_WORDS: usize = 20;

    /// Reads what was typed.
    ///
    /// # Errors
    /// A sentence for the caller when it is too long, or holds neither letter nor digit.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(format!("must have at most {} characters", Self::MAX_CHARACTERS));
        }
        let folded = fold::for_search(text);
        let mut words: Vec<&str> = Vec::new();
        for word in folded.split(' ').filter(|word| !word.is_empty()).map(cut) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.iter().any(|word| !STOP_WORDS.contains(word)) {
            words.retain(|word| !STOP_WORDS.contains(word));
        }
        match words.len() {
            0 => Err("must hold a letter or digit".to_owned()),
            1..=Self::MAX_WORDS => {
                let words = words.into_iter().map(Asked::new).collect();
                Ok(Self { words, language: None, text: folded })
            }
            _ => Err(format!("must have at most {} different words", Self::MAX_WORDS)),
        }
    }

    /// The same, in the texts of one language only.
    #[must_use]
    pub fn in_language(mut self, language: Option<Language>) -> Self {
        self.language = language;
        self
    }

    /// One of its words alone.
    #[must_use]
    pub fn only(&self, index: usize) -> Self {
        let words = self.words.get(index).cloned().into_iter().collect();
        Self { words, language: self.language, text: self.text.clone() }
    }

    /// The places where words may stand.
    fn places(&self, reach: Reach) -> Vec<char> {
        let languages = match &self.language {
            Some(language) => std::slice::from_ref(language),
            None => &Language::ALL,
        };
        match reach {
            Reach::Names | Reach::NamePrefixes => vec![NAMES],
            Reach::WholeWords | Reach::Anywhere => {
                [NAMES].into_iter().chain(languages.iter().map(|&language| prose(language))).collect()
            }
        }
    }

    /// For each word, the tokens of which a document must have one.
    pub fn tokens(&self, reach: Reach) -> Vec<Vec<WantedToken>> {
        let places = self.places(reach);
        self.words.iter().map(|asked| asked.tokens(&places, reach)).collect()
    }

    /// Whether a document matches, in any way.
    pub fn matches(&self, document: &Document) -> bool {
        let places = self.places(Reach::Anywhere);
        self.words.iter().all(|asked| {
            document.tokens.iter().any(|token| {
                token.strip_prefix(places.as_slice()).is_some_and(|form| asked.quality(form) > 0.0)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_typed_is_an_operator() {
        let question = Question::read("\"Netzwerke\" AND (C++ OR *)").unwrap();
        let words: Vec<&str> = question.words.iter().map(|asked| asked.word.as_str()).collect();
        assert_eq!(words, ["netzwerke", "c"]);
        for token in question.tokens(Reach::Anywhere).into_iter().flatten() {
            assert!(token.text.chars().all(char::is_alphanumeric), "{token:?}");
        }
        assert!(Question::read("\"'*()&|!:").is_err());
        assert!(Question::read(&"x".repeat(501)).is_err());
    }

    #[test]
    fn stop_words_count_only_when_there_is_nothing_else() {
        assert_eq!(Question::read("Netzwerk für die Photonik").unwrap().words.len(), 2);
        assert_eq!(Question::read("für die").unwrap().words.len(), 2);
    }
}
