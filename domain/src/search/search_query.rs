//! Parsed search queries.

use super::{
    Document, Language, QueryTerm, codes,
    compounds::{self, Compound},
    document::{NAMES, prose},
    function_words::{is_filler, is_sentence},
    query_term::Joined,
    stems::all_stems,
    synonyms,
    words::{Gap, Word, words},
};

/// A search query. All words must match.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchQuery {
    /// The words.
    pub words: Vec<QueryTerm>,
    /// Restricts the search to texts of this language. `None` for all.
    pub language: Option<Language>,
    /// The folded text of the query.
    pub(super) text: String,
    /// The index of the last word typed, if it is searched.
    last: Option<usize>,
}

/// A token to look for in documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedToken {
    /// The token. Letters and digits only.
    pub text: String,
    /// Whether tokens that start with it also match.
    pub is_prefix: bool,
}

/// The fields to search, and the kind of match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Names, whole words.
    WholeNames,
    /// Names, any match.
    Names,
    /// Names, beginnings of words.
    NamePrefixes,
    /// All fields, whole words.
    WholeWords,
    /// All fields, any match.
    Anywhere,
}

impl SearchQuery {
    /// Maximum length of a query, in characters.
    pub const MAX_CHARACTERS: usize = 500;
    /// Maximum number of different words.
    pub const MAX_WORDS: usize = 20;

    /// Parses a query.
    ///
    /// # Errors
    /// Returns a message for the caller if the text is too long or contains neither letters nor digits.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(format!("must have at most {} characters", Self::MAX_CHARACTERS));
        }
        let mut typed = words(codes::without_address(text));
        // `it` means information technology here, not the pronoun.
        for word in typed.iter_mut().filter(|word| word.text == "it") {
            word.text.push('0');
            word.is_function = false;
        }
        let is_kept = content(text, &typed);
        let mut question = Self { words: Vec::new(), language: None, text: folded(&typed), last: None };
        let mut places: Vec<Option<usize>> = Vec::new();
        for (word, is_kept) in typed.iter().zip(&is_kept) {
            let known = question.words.iter().position(|asked| asked.word == word.text);
            places.push(known.filter(|_| *is_kept));
            if *is_kept && known.is_none() {
                places.pop();
                places.push(Some(question.words.len()));
                question.words.push(QueryTerm::new(word));
            }
        }
        match question.words.len() {
            0 => return Err("must contain a letter or digit".to_owned()),
            1..=Self::MAX_WORDS => {}
            _ => return Err(format!("must have at most {} different words", Self::MAX_WORDS)),
        }
        let is_open = typed.last().is_some_and(|word| !word.is_initials);
        question.last = places.last().copied().flatten().filter(|_| is_open);
        question.join(&typed, &places);
        question.add_synonyms(&typed, &places);
        Ok(question)
    }

    /// Adds joined neighbours to each word.
    fn join(&mut self, typed: &[Word], places: &[Option<usize>]) {
        let of_neighbours = compounds::neighbours(typed).into_iter().chain(compounds::unparted(typed));
        for Compound { text, words } in of_neighbours {
            let is_last = words.contains(&(typed.len() - 1));
            let joined = Joined { text, is_last, is_open: false };
            for place in places[words].iter().flatten() {
                let known = &mut self.words[*place].joined;
                if !known.contains(&joined) {
                    known.push(joined.clone());
                }
            }
        }
    }

    /// Adds the synonyms of terms to each of their words.
    fn add_synonyms(&mut self, typed: &[Word], places: &[Option<usize>]) {
        let stems: Vec<Vec<String>> = typed.iter().map(|word| all_stems(&word.text)).collect();
        for term in synonyms::occurrences(typed, &stems).into_iter().filter(|term| !term.is_part) {
            let is_word = term.words.start() == term.words.end();
            for place in places[term.words].iter().flatten() {
                self.words[*place].add_key(term.key, is_word);
            }
        }
    }

    /// Treats the last word as the beginning of a word.
    #[must_use]
    pub fn while_typing(mut self) -> Self {
        for (index, asked) in self.words.iter_mut().enumerate() {
            asked.open(self.last == Some(index));
        }
        self
    }

    /// Restricts the search to texts of one language.
    #[must_use]
    pub fn in_language(mut self, language: Option<Language>) -> Self {
        self.language = language;
        self
    }

    /// Returns the query with only one of its words.
    #[must_use]
    pub fn only(&self, index: usize) -> Self {
        let words = self.words.get(index).cloned().into_iter().collect();
        Self { words, language: self.language, text: self.text.clone(), last: None }
    }

    /// The field letters to search.
    fn places(&self, reach: Reach) -> Vec<char> {
        let languages = match &self.language {
            Some(language) => std::slice::from_ref(language),
            None => &Language::ALL,
        };
        match reach {
            Reach::WholeNames | Reach::Names | Reach::NamePrefixes => vec![NAMES],
            Reach::WholeWords | Reach::Anywhere => {
                [NAMES].into_iter().chain(languages.iter().map(|&language| prose(language))).collect()
            }
        }
    }

    /// For each word, the tokens of which a document must contain at least one.
    pub fn tokens(&self, reach: Reach) -> Vec<Vec<WantedToken>> {
        let places = self.places(reach);
        self.words.iter().map(|asked| asked.tokens(&places, reach)).collect()
    }

    /// Whether a document matches.
    pub fn matches(&self, document: &Document) -> bool {
        let places = self.places(Reach::Anywhere);
        let has = |token: &WantedToken| !token.is_prefix && document.tokens.contains(&token.text);
        let holds = |asked: &QueryTerm, word: &String| {
            asked.is_part_of(word)
                && places.iter().any(|place| document.tokens.contains(&format!("{place}{word}")))
        };
        self.words.iter().all(|asked| {
            asked.tokens(&places, Reach::Anywhere).iter().any(has)
                || document.words.iter().any(|word| holds(asked, word))
        })
    }
}

fn folded(typed: &[Word]) -> String {
    typed.iter().map(|word| word.text.as_str()).collect::<Vec<&str>>().join(" ")
}

/// Selects the words to search: those that carry meaning, or all if none does.
fn content(text: &str, typed: &[Word]) -> Vec<bool> {
    let any = |kept: &[bool]| kept.contains(&true);
    let numbers = typed.iter().enumerate().map(|(at, word)| !is_country(word, typed.get(at + 1)));
    let all: Vec<bool> = numbers.collect();
    let with_meaning: Vec<bool> =
        typed.iter().zip(&all).map(|(word, is_kept)| *is_kept && !word.is_function).collect();
    if !any(&with_meaning) {
        return all;
    }
    let texts: Vec<&str> = typed.iter().map(|word| word.text.as_str()).collect();
    let asked_for: Vec<bool> =
        with_meaning.iter().zip(&texts).map(|(is_kept, word)| *is_kept && !is_filler(word)).collect();
    if is_sentence(text, &texts) && any(&asked_for) { asked_for } else { with_meaning }
}

/// Whether a word is the country prefix of a postal code: `D-70191`.
fn is_country(word: &Word, next: Option<&Word>) -> bool {
    matches!(word.text.as_str(), "d" | "de" | "a" | "ch")
        && next.is_some_and(|next| {
            next.gap == Gap::Hyphen
                && next.text.len() >= 4
                && next.text.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_for(text: &str) -> Vec<String> {
        SearchQuery::read(text).unwrap().words.into_iter().map(|asked| asked.word).collect()
    }

    #[test]
    fn nothing_that_is_typed_is_an_operator() {
        let question = SearchQuery::read("\"Netzwerke\" AND (C++ OR *)").unwrap();
        for token in question.tokens(Reach::Anywhere).into_iter().flatten() {
            assert!(token.text.chars().all(char::is_alphanumeric), "{token:?}");
        }
        assert!(SearchQuery::read("\"'*()&|!:").is_err());
        assert!(SearchQuery::read(&"x".repeat(501)).is_err());
    }

    #[test]
    fn stop_words_count_only_when_there_is_nothing_else() {
        assert_eq!(asked_for("Netzwerk für die Photonik"), ["netzwerk", "photonik"]);
        assert_eq!(asked_for("für die"), ["fur", "die"]);
        assert_eq!(asked_for("it"), asked_for("IT"));
        assert_eq!(asked_for("it sicherheit"), ["it0", "sicherheit"]);
    }

    #[test]
    fn sentences_are_searched_by_their_content() {
        for (sentence, words) in [
            ("Welche Cluster gibt es in Heilbronn?", "cluster heilbronn"),
            ("Wo finde ich Netzwerke für Photonik", "netzwerke photonik"),
            ("Gibt es in der Nähe von Ulm ein Cluster zum Thema Holz?", "ulm cluster holz"),
            ("Ich suche einen Partner für Leichtbau", "partner leichtbau"),
            ("Wer beschäftigt sich mit Wasserstoff?", "wasserstoff"),
            ("Which networks are there for photonics?", "networks photonics"),
            ("Where can I find clusters for medical technology?", "clusters medical technology"),
            ("Thema des Monats", "thema monats"),
            ("Cluster finden", "cluster"),
            ("finden", "finden"),
            ("D-70191 Stuttgart", "70191 stuttgart"),
        ] {
            assert_eq!(asked_for(sentence).join(" "), words, "{sentence}");
        }
    }

    #[test]
    fn neighbours_are_also_one_word() {
        let joined = |text: &str| -> Vec<String> {
            let question = SearchQuery::read(text).unwrap();
            question.words[0].joined.iter().map(|joined| joined.text.clone()).collect()
        };
        assert_eq!(joined("Cyber Valley"), ["cybervalley"]);
        assert_eq!(joined("e-mobil BW")[0], "emobil");
        assert!(joined("Bio Regio Stern").contains(&"bioregiostern".to_owned()));
        assert!(joined("https://www.microtec-suedwest.de/start").contains(&"microtecsudwestde".to_owned()));
        assert_eq!(joined("Netzwerk für Holz"), [""; 0]);
    }

    #[test]
    fn only_while_it_is_typed_a_short_word_is_a_beginning() {
        let prefixes = |question: &SearchQuery| -> Vec<String> {
            let tokens = question.tokens(Reach::NamePrefixes).into_iter().flatten();
            tokens.filter(|token| token.is_prefix).map(|token| token.text).collect()
        };
        let question = SearchQuery::read("e-m").unwrap();
        assert_eq!(prefixes(&question), [""; 0]);
        assert_eq!(prefixes(&question.while_typing()), ["nm"]);
        assert_eq!(prefixes(&SearchQuery::read("e-mob").unwrap().while_typing()), ["nemob", "nmob", "nemob"]);
    }
}
