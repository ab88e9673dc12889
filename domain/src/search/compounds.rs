//! Compounds in all spellings.
//!
//! `Cyber-Valley`, `Cyber Valley` and `CyberValley` are the same. An elided part is completed: `Luft- und
//! Raumfahrt` contains `Luftfahrt`.

use super::words::{Elided, Gap, MAX_WORD, Word};
use std::ops::RangeInclusive;

/// Maximum number of words between an elided part and its compound.
const NEAR: usize = 6;
/// Minimum length of the head of a compound (`Holz- und Metallbau`) and of its modifier (`An- und Abreise`).
const MIN_HEAD: usize = 3;
const MIN_MODIFIER: usize = 2;
/// Maximum length of each word when three words are joined.
const MAX_OF_THREE: usize = 6;
/// Maximum length of joined neighbours. Nobody types longer ones as one word.
const MAX_JOINED: usize = 32;

/// Words that connect the items of a list.
const CONJUNCTIONS: [&str; 9] = ["und", "oder", "sowie", "bzw", "u", "and", "or", "wie", "auch"];

/// Legal forms of companies, which are not part of the name that people use.
const LEGAL_FORMS: [&str; 19] = [
    "gmbh", "ggmbh", "mbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "ev", "ek", "eg", "se", "co", "inc",
    "ltd", "llc", "partg", "demo",
];

const MAX_LEGAL_FORM: usize = 5;

/// What a German syllable can begin with, apart from a vowel or a single consonant.
const ONSETS: [&str; 44] = [
    "bl", "br", "ch", "chl", "chr", "dr", "fl", "fr", "gl", "gn", "gr", "kl", "kn", "kr", "pf", "pfl", "pfr",
    "ph", "pl", "pr", "ps", "qu", "rh", "sch", "schl", "schm", "schn", "schr", "schw", "sk", "sl", "sm",
    "sp", "spl", "spr", "st", "str", "th", "tr", "ts", "tsch", "wr", "zw", "kw",
];

/// A folded compound, and the words that it is made of, by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compound {
    pub(super) text: String,
    pub(super) words: RangeInclusive<usize>,
}

fn joined(words: &[Word], range: RangeInclusive<usize>) -> Compound {
    let mut text: String = words[range.clone()].iter().map(|word| word.text.as_str()).collect();
    if let Some((end, _)) = text.char_indices().nth(MAX_WORD) {
        text.truncate(end);
    }
    Compound { text, words: range }
}

/// Words joined by hyphens.
pub(super) fn hyphenated(words: &[Word]) -> Vec<Compound> {
    chains(words, |gap| gap == Gap::Hyphen)
}

/// Words written without spaces: `e-mobil`, `fokus.energie`, `www.example.org`.
pub(super) fn unparted(words: &[Word]) -> Vec<Compound> {
    chains(words, |gap| matches!(gap, Gap::Hyphen | Gap::Sign))
}

fn chains(words: &[Word], is_link: impl Fn(Gap) -> bool) -> Vec<Compound> {
    let mut chains = Vec::new();
    let mut start = 0;
    for end in 1..=words.len() {
        if words.get(end).is_some_and(|word| is_link(word.gap)) {
            continue;
        }
        if end - start > 1 {
            chains.push(joined(words, start..=end - 1));
        }
        start = end;
    }
    chains
}

/// Neighbouring words that people may write as one: two words, or three short ones.
pub(super) fn neighbours(words: &[Word]) -> Vec<Compound> {
    let mut joins = Vec::new();
    let is_near = |word: &Word| matches!(word.gap, Gap::Hyphen | Gap::Sign | Gap::Blank);
    let is_part = |word: &Word| !word.is_function && !is_legal_form(&word.text);
    for (start, first) in words.iter().enumerate() {
        let Some(second) = words.get(start + 1) else { break };
        if !is_part(first) || !is_part(second) || !is_near(second) {
            continue;
        }
        let length = first.text.len() + second.text.len();
        if length <= MAX_JOINED {
            joins.push(joined(words, start..=start + 1));
        }
        let is_short = |word: &Word| word.text.len() <= MAX_OF_THREE;
        let third = words.get(start + 2).filter(|third| is_near(third) && is_part(third) && is_short(third));
        if third.is_some() && is_short(first) && is_short(second) {
            joins.push(joined(words, start..=start + 2));
        }
    }
    joins
}

/// Completes elided parts.
///
/// The boundary between the parts of a compound is not known without a lexicon. Therefore every ending that a
/// German word can begin with is taken as the head. Wrong results are harmless, because nobody searches for them.
///
/// ```text
/// Luft- und Raumfahrt  →  luftfahrt, but also luftumfahrt and luftahrt
/// ```
pub(super) fn elided(words: &[Word]) -> Vec<Compound> {
    let mut compounds = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.elided {
            Elided::No => {}
            Elided::End => {
                let following = words.iter().enumerate().skip(at + 1).take(NEAR);
                if let Some((end, whole)) = following.clone().find(|(_, word)| is_whole(word)) {
                    let mut add = |head: &str| {
                        compounds.push(Compound { text: format!("{}{head}", word.text), words: at..=end });
                    };
                    splits(&whole.text).for_each(|(_, head)| add(head));
                    if let Some(head) = words.get(end + 1).filter(|word| word.gap == Gap::Hyphen) {
                        add(&head.text);
                    }
                }
            }
            Elided::Beginning => {
                let before = words[..at].iter().enumerate().rev().take(NEAR);
                if let Some((start, whole)) = before.clone().find(|(_, word)| is_whole(word)) {
                    compounds.extend(splits(&whole.text).map(|(modifier, _)| Compound {
                        text: format!("{modifier}{}", word.text),
                        words: start..=at,
                    }));
                }
            }
        }
    }
    compounds
}

/// Whether a word is a legal form of a company.
pub(super) fn is_legal_form(word: &str) -> bool {
    word.len() <= MAX_LEGAL_FORM && LEGAL_FORMS.contains(&word)
}

fn is_whole(word: &Word) -> bool {
    word.elided == Elided::No && !CONJUNCTIONS.contains(&word.text.as_str())
}

/// The possible splits of a compound into modifier and head.
fn splits(word: &str) -> impl Iterator<Item = (&str, &str)> {
    let length = word.chars().count();
    let last = length.saturating_sub(MIN_HEAD);
    word.char_indices()
        .enumerate()
        .filter(move |(place, _)| (MIN_MODIFIER..=last).contains(place))
        .map(|(_, (at, _))| word.split_at(at))
        .filter(|(modifier, head)| has_vowel(modifier) && has_vowel(head) && begins_a_word(head))
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

fn has_vowel(part: &str) -> bool {
    part.chars().any(is_vowel)
}

fn begins_a_word(head: &str) -> bool {
    let onset = head.find(is_vowel).map_or(head, |vowel| &head[..vowel]);
    // The `u` of `qu` does not count as a vowel.
    onset.chars().count() <= 1 || ONSETS.contains(&onset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::words::words;

    fn texts(compounds: Vec<Compound>) -> Vec<String> {
        compounds.into_iter().map(|compound| compound.text).collect()
    }

    #[test]
    fn an_elided_part_is_the_whole_compound() {
        for (text, whole) in [
            ("Luft- und Raumfahrt", "luftfahrt"),
            ("Luft- und Raumfahrtcluster", "luftfahrtcluster"),
            ("Ventil-, Mess- und Regeltechnik", "ventiltechnik"),
            ("Ventil-, Mess- und Regeltechnik", "messtechnik"),
            ("Aus- und Weiterbildung", "ausbildung"),
            ("Vor-/Nachteile", "vorteile"),
            ("Holz- und Metallbau", "holzbau"),
            ("An- und Abreise", "anreise"),
            ("Be- und Verarbeitung", "bearbeitung"),
            ("Textilmaschinen und -anlagen", "textilanlagen"),
            ("Maschinenbau, -handel und -wartung", "maschinenwartung"),
            ("Papier- und Druckwirtschaft", "papierwirtschaft"),
            ("Kultur- und Kreativwirtschaftsbüro", "kulturwirtschaftsburo"),
            ("pre- and post-processing", "preprocessing"),
            ("Informations- und Kommunikationstechnik", "informationstechnik"),
        ] {
            let elided = texts(elided(&words(text)));
            assert!(elided.iter().any(|text| text == whole), "{text}: {elided:?}");
            assert!(elided.len() < 25, "{text}: {elided:?}");
        }
        for text in ["Luft und Raumfahrt", "Luft- und", "Süd-West", "- Luft -"] {
            assert_eq!(elided(&words(text)), [], "{text}");
        }
    }

    #[test]
    fn neighbours_are_joined() {
        assert_eq!(
            texts(hyphenated(&words("e-mobil BW, Bio-Regio-Stern (Mess- und Prüf-)"))),
            ["emobil", "bioregiostern"]
        );
        assert_eq!(
            texts(unparted(&words("www.e-mobilbw.de fokus.energie e.V."))),
            ["wwwemobilbwde", "fokusenergie"]
        );
        let joins = texts(neighbours(&words("Solar Cluster Baden-Württemberg e.V.")));
        assert_eq!(joins, ["solarcluster", "clusterbaden", "badenwurttemberg"]);
        assert!(texts(neighbours(&words("Bio Regio Stern"))).contains(&"bioregiostern".to_owned()));
        assert_eq!(texts(neighbours(&words("Haus der Technik, Ulm GmbH"))), [""; 0]);
    }
}
