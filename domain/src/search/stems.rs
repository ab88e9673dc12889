//! Stemming.

use super::Language;
use frostem::{Algorithm, Stemmer};
use std::sync::LazyLock;

static GERMAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::German));
static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// Minimum length of a stem. Shorter ones are ambiguous: `Bäder` and `Baden` share one.
const MIN_STEM: usize = 4;
/// Minimum length of a word to be stemmed.
const MIN_INFLECTED: usize = 4;

/// German plural endings that Snowball does not handle, with the singular endings.
const GERMAN_PLURALS: [(&str, &str); 22] = [
    ("alien", "al"),
    ("ilien", "il"),
    ("zentren", "zentrum"),
    ("foren", "forum"),
    ("museen", "museum"),
    ("firmen", "firma"),
    ("themen", "thema"),
    ("schemata", "schema"),
    ("risiken", "risiko"),
    ("konten", "konto"),
    ("praxen", "praxis"),
    ("viren", "virus"),
    ("medien", "medium"),
    ("kriterien", "kriterium"),
    ("ministerien", "ministerium"),
    ("gremien", "gremium"),
    ("stipendien", "stipendium"),
    ("konsortien", "konsortium"),
    ("laboratorien", "laboratorium"),
    ("nisse", "nis"),
    ("nissen", "nis"),
    ("busse", "bus"),
];

/// English plural endings and British spellings that Snowball does not handle.
const ENGLISH_PLURALS: [(&str, &str); 8] = [
    ("analyses", "analysis"),
    ("criteria", "criterion"),
    ("indices", "index"),
    ("centre", "center"),
    ("centres", "center"),
    ("fibre", "fiber"),
    ("fibres", "fiber"),
    ("isation", "ization"),
];

/// Adjectives with a stem below the minimum length.
const SHORT_ADJECTIVES: [&str; 4] = ["neu", "alt", "gut", "rot"];

/// The Snowball stem of a folded word. Snowball would itself fold umlauts, so folding before makes no difference.
fn stem(word: &str, language: Language) -> String {
    let stemmer = match language {
        Language::De => &*GERMAN,
        Language::En => &*ENGLISH,
    };
    stemmer.stem(word).into_owned()
}

/// The stems that a word of a text shares with its inflections. Excludes stems of less than four letters and the
/// word itself.
pub(super) fn stems(word: &str, language: Language) -> Vec<String> {
    let mut stems = Vec::new();
    if word.len() < MIN_INFLECTED || !word.chars().all(char::is_alphabetic) || is_uninflected(word) {
        return stems;
    }
    let stem_of_it = stem(word, language);
    stems.extend(long_or_light(word, stem_of_it, language));
    if let Some(singular) = singular(word, language) {
        let stem_of_it = stem(&singular, language);
        stems.extend(long_or_light(&singular, stem_of_it, language));
        stems.push(singular);
    }
    stems.retain(|stem| stem != word);
    stems.dedup();
    stems
}

/// The stems in both languages, without duplicates.
pub(super) fn all_stems(word: &str) -> Vec<String> {
    let mut all: Vec<String> = Language::ALL.iter().flat_map(|&language| stems(word, language)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Stems below the minimum length. They match whole words only: `Bäder` finds `Bad`.
pub(super) fn short_stems(word: &str) -> Vec<String> {
    if word.len() < MIN_INFLECTED || !word.chars().all(char::is_alphabetic) || is_uninflected(word) {
        return Vec::new();
    }
    let mut short: Vec<String> = Language::ALL.iter().map(|&language| stem(word, language)).collect();
    short.retain(|stem| (3..MIN_STEM).contains(&stem.chars().count()));
    short.dedup();
    short
}

/// The German stem that is searched inside other words.
pub(super) fn inner_stem(word: &str) -> String {
    match singular(word, Language::De) {
        // The common beginning of singular and plural.
        Some(singular) => {
            let same = word.chars().zip(singular.chars()).take_while(|(a, b)| a == b);
            same.map(|(letter, _)| letter).collect()
        }
        None if is_uninflected(word) => word.to_owned(),
        None => stem(word, Language::De),
    }
}

/// Returns the stem if it is long enough, else the word without the `n` of the dative plural.
fn long_or_light(word: &str, stem: String, language: Language) -> Option<String> {
    if stem.chars().count() >= MIN_STEM {
        return Some(stem);
    }
    if language == Language::En {
        return None;
    }
    if SHORT_ADJECTIVES.contains(&stem.as_str()) {
        return Some(format!("{stem}e"));
    }
    let is_dative = word.ends_with("en") || word.ends_with("ern");
    is_dative.then(|| word[..word.len() - 1].to_owned()).filter(|light| light.chars().count() >= MIN_STEM)
}

/// Names that look like inflections.
fn is_uninflected(word: &str) -> bool {
    word == "baden"
}

/// The singular of a plural that Snowball does not handle.
fn singular(word: &str, language: Language) -> Option<String> {
    if !word.ends_with(['n', 'e', 'a', 's']) {
        return None;
    }
    let plurals: &[(&str, &str)] = match language {
        Language::De => &GERMAN_PLURALS,
        Language::En => &ENGLISH_PLURALS,
    };
    let listed = plurals.iter().find_map(|(plural, singular)| {
        word.strip_suffix(plural).map(|beginning| format!("{beginning}{singular}"))
    });
    listed.or_else(|| if language == Language::De { regular_singular(word) } else { None })
}

/// Handles `Managerinnen`, and loan words such as `Start-ups` and `Büros`.
fn regular_singular(word: &str) -> Option<String> {
    if let Some(beginning) = word.strip_suffix("nen").filter(|beginning| beginning.ends_with("in")) {
        return (beginning.len() > 6).then(|| beginning.to_owned());
    }
    let beginning = word.strip_suffix('s').filter(|beginning| beginning.len() >= MIN_INFLECTED)?;
    let is_plural = beginning.ends_with(['p', 'c', 'w', 'y', 'v', 'x', 'o']);
    is_plural.then(|| beginning.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(a: &str, b: &str) -> bool {
        let forms = |word: &str| {
            let mut forms = all_stems(word);
            forms.push(word.to_owned());
            forms
        };
        let (a, b) = (forms(a), forms(b));
        a.iter().any(|form| b.contains(form))
    }

    #[test]
    fn inflections_share_a_stem() {
        for (a, b) in [
            ("netzwerke", "netzwerk"),
            ("textilien", "textil"),
            ("materialien", "material"),
            ("chemikalien", "chemikalie"),
            ("technologiezentren", "technologiezentrum"),
            ("foren", "forum"),
            ("firmen", "firma"),
            ("medien", "medium"),
            ("konsortien", "konsortium"),
            ("ergebnisse", "ergebnis"),
            ("managerinnen", "managerin"),
            ("startups", "startup"),
            ("workshops", "workshop"),
            ("buros", "buro"),
            ("neuer", "neuen"),
            ("tagen", "tage"),
            ("zugen", "zuge"),
            ("companies", "company"),
            ("centres", "center"),
            ("analyses", "analysis"),
            ("faserbasierter", "faserbasierte"),
        ] {
            assert!(share(a, b), "{a} {b}: {:?} {:?}", all_stems(a), all_stems(b));
        }
        for (a, b) in [("bader", "baden"), ("mobel", "modell"), ("bauer", "bauen"), ("wein", "eine")] {
            assert!(!share(a, b), "{a} {b}: {:?} {:?}", all_stems(a), all_stems(b));
        }
        assert_eq!(short_stems("bader"), ["bad"]);
        assert_eq!(short_stems("baden"), [""; 0]);
        assert_eq!(all_stems("ki"), [""; 0]);
    }

    #[test]
    fn what_is_looked_for_inside_of_words_is_what_both_numbers_share() {
        for (word, inner) in [
            ("textilien", "textil"),
            ("zentren", "zentr"),
            ("mobilitat", "mobilitat"),
            ("netzwerke", "netzwerk"),
        ] {
            assert_eq!(inner_stem(word), inner);
        }
    }
}
