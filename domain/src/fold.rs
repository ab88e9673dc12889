//! Text folding, for comparison, sorting and slugs.
//!
//! Text is folded here only. Both databases see the same plain letters, so their collations do not matter.

pub use crate::text::is_invisible;
use unicode_normalization::{
    UnicodeNormalization,
    char::{decompose_compatible, is_combining_mark},
};

/// Length of a sort key in bytes. Names that agree up to here are sorted by id.
const SORT_KEY_BYTES: usize = 200;

/// Folds text for comparison.
///
/// - Letters become lower case; accents and invisible characters are removed.
/// - `ä` and `ae` become `a`, `ö` and `oe` become `o`, `ü` and `ue` become `u` (but `ue` not after `q` or a vowel),
///   `ß` becomes `ss`.
/// - Any run of other characters becomes one space.
///
/// `Müller`, `Mueller` and `muller` fold to the same text. The result contains letters, digits and single spaces
/// only, hence no operators of a query language.
pub fn for_search(text: &str) -> String {
    without_umlauts(&spelled(text))
}

/// Like [`for_search`], but keeps umlauts: `Mueller` becomes `müller`.
pub fn spelled(text: &str) -> String {
    let mut folded = Folded { text: String::with_capacity(text.len()), before: ' ', is_parted: false };
    if text.is_ascii() {
        text.chars().for_each(|letter| folded.push(letter.to_ascii_lowercase()));
    } else {
        let visible = text.chars().filter(|&letter| !is_invisible(letter));
        visible.nfkd().flat_map(char::to_lowercase).for_each(|letter| folded.push(letter));
    }
    folded.text
}

/// Replaces the umlauts in the result of [`spelled`] by plain vowels.
pub fn without_umlauts(spelled: &str) -> String {
    spelled.chars().map(plain_vowel).collect()
}

fn plain_vowel(letter: char) -> char {
    match letter {
        'ä' => 'a',
        'ö' => 'o',
        'ü' => 'u',
        other => other,
    }
}

/// Text being folded, one letter at a time.
struct Folded {
    text: String,
    /// The letter before the last one.
    before: char,
    /// Whether to insert a space before the next letter.
    is_parted: bool,
}

impl Folded {
    fn push(&mut self, letter: char) {
        match letter {
            '\u{308}' => self.add_diaeresis(),
            'ß' => ['s', 's'].into_iter().for_each(|letter| self.add(letter)),
            'æ' => ['a', 'e'].into_iter().for_each(|letter| self.add(letter)),
            'œ' => ['o', 'e'].into_iter().for_each(|letter| self.add(letter)),
            'ø' => self.add('o'),
            'ł' => self.add('l'),
            'đ' => self.add('d'),
            // Final sigma depends on the position, which is lost in capitals.
            'ς' => self.add('σ'),
            other if is_combining_mark(other) => {}
            other if other.is_alphanumeric() => self.add(other),
            _ => self.is_parted = true,
        }
    }

    fn add(&mut self, letter: char) {
        if std::mem::take(&mut self.is_parted) && !self.text.is_empty() {
            self.before = ' ';
            self.text.push(' ');
        }
        let last = self.text.chars().next_back().unwrap_or(' ');
        let is_umlaut = letter == 'e'
            && match last {
                'a' | 'o' => true,
                // No umlaut follows another vowel: Quelle, neue, Bauer.
                'u' => !matches!(self.before, 'q' | 'a' | 'e' | 'i' | 'o'),
                _ => false,
            };
        if is_umlaut {
            self.add_diaeresis();
            self.before = 'e';
        } else {
            self.before = plain_vowel(last);
            self.text.push(letter);
        }
    }

    fn add_diaeresis(&mut self) {
        let umlaut = match self.text.chars().next_back() {
            Some('a') if !self.is_parted => 'ä',
            Some('o') if !self.is_parted => 'ö',
            Some('u') if !self.is_parted => 'ü',
            _ => return,
        };
        self.text.pop();
        self.text.push(umlaut);
    }
}

/// The sort key of a name, to be compared bytewise.
///
/// Follows DIN 5007-1: `ä` sorts as `a`, `ß` as `ss`, and punctuation is ignored.
pub fn for_sort(name: &str) -> String {
    let kept: String =
        plain_letters(name).chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    let mut key = words(&kept);
    let mut end = key.len().min(SORT_KEY_BYTES);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    key.truncate(end);
    key
}

/// The text of a slug: ASCII only, with hyphens between words. `ä` becomes `ae`, `ö` `oe`, `ü` `ue` and `ß` `ss`.
pub fn for_slug(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    for letter in name.nfc().flat_map(char::to_lowercase) {
        match letter {
            'ä' => spelled.push_str("ae"),
            'ö' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            other => spelled.push(other),
        }
    }
    let ascii: String =
        plain_letters(&spelled).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    words(&ascii).replace(' ', "-")
}

/// Converts to lower case, without accents and with `ss` for `ß`.
fn plain_letters(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().filter(|&letter| !is_invisible(letter)) {
        if letter.is_ascii() {
            plain.push(letter.to_ascii_lowercase());
        } else {
            // Decomposing letter by letter only affects the order of combining marks, and those are removed.
            decompose_compatible(letter, |part| {
                if !is_combining_mark(part) {
                    part.to_lowercase().for_each(|letter| push_plain(&mut plain, letter));
                }
            });
        }
    }
    plain
}

fn push_plain(plain: &mut String, letter: char) {
    match letter {
        'ß' => plain.push_str("ss"),
        'æ' => plain.push_str("ae"),
        'œ' => plain.push_str("oe"),
        'ø' => plain.push('o'),
        'ł' => plain.push('l'),
        'đ' => plain.push('d'),
        // Final sigma depends on the position, which is lost in capitals.
        'ς' => plain.push('σ'),
        other => plain.push(other),
    }
}

/// The runs of letters and digits, separated by single spaces.
fn words(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(word);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings_of_an_umlaut_are_one() {
        for name in ["Müller", "Mueller", "muller", "MÜLLER", "Mu\u{308}ller"] {
            assert_eq!(for_search(name), "muller", "{name}");
        }
        assert_eq!(for_search("Quelle neuer Bauer"), "quelle neuer bauer");
        assert_eq!(for_search("Straße & Söhne*\"'%_"), "strasse sohne");
    }

    #[test]
    fn every_letter_folds_as_its_capital_does() {
        for letter in ('\0'..=char::MAX).filter(|letter| letter.is_lowercase() || letter.is_uppercase()) {
            for text in [format!("{letter}"), format!("a{letter}"), format!("a{letter}a")] {
                let capitals = text.to_uppercase();
                assert_eq!(for_search(&capitals), for_search(&capitals.to_lowercase()), "{text}");
                assert_eq!(for_sort(&for_sort(&text)), for_sort(&text), "{text}");
            }
        }
    }

    #[test]
    fn umlauts_are_kept_where_they_count() {
        for (text, folded) in [
            ("Müller", "müller"),
            ("Mueller", "müller"),
            ("Mu\u{308}ller", "müller"),
            ("muller", "muller"),
            ("Bäder und Quelle", "bäder und quelle"),
            ("neue Bauer, Aerospace", "neue bauer ärospace"),
            ("a-e\u{308}", "a e"),
            ("Böen, Boeen", "böen böen"),
        ] {
            assert_eq!(spelled(text), folded);
            assert_eq!(without_umlauts(folded), for_search(text));
        }
    }

    #[test]
    fn what_is_invisible_makes_no_difference() {
        let invisible: Vec<char> = ('\0'..=char::MAX).filter(|&letter| is_invisible(letter)).collect();
        assert!(invisible.len() > 150, "the general category Cf has more: {}", invisible.len());
        for letter in invisible {
            let text = format!("{letter}Fein{letter}mechanik u{letter}\u{308}{letter}");
            assert_eq!(for_search(&text), "feinmechanik u", "U+{:04X}", u32::from(letter));
            assert_eq!(for_sort(&text), "feinmechanik u");
            assert_eq!(for_slug(&text.replace('\u{308}', "")), "feinmechanik-u");
        }
    }

    #[test]
    fn names_sort_by_din_5007_1() {
        let mut names =
            ["Zeppelin", "Ärzte", "Arzt", "Ölbad", "Oma", "-Anker-", "ärzte 2", "Straße", "Strasse"];
        names.sort_by_key(|name| for_sort(name));
        assert_eq!(
            names,
            ["-Anker-", "Arzt", "Ärzte", "ärzte 2", "Ölbad", "Oma", "Straße", "Strasse", "Zeppelin"]
        );
    }

    #[test]
    fn slugs_spell_umlauts_out() {
        assert_eq!(for_slug("Allianz für Größe & Qualität (Ost)"), "allianz-fuer-groesse-qualitaet-ost");
        assert_eq!(for_slug("日本"), "");
    }
}
