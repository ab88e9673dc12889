//! One spelling for many: how text is compared, sorted and turned into slugs.
//!
//! Folding is done here and nowhere else, so that both databases see the same plain letters and their own
//! collations never matter.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// So many bytes of a folded name decide its place in a list; names alike in all of them are ordered by id.
const SORT_KEY_BYTES: usize = 200;

/// Folds text for comparison: lower case, accents dropped, `ä`/`ae` → `a`, `ö`/`oe` → `o`, `ü`/`ue` → `u`
/// (not after `q` or a vowel), `ß` → `ss`, everything that is not a letter or digit → one blank.
///
/// `Müller`, `Mueller` and `muller` fold to the same. The result holds letters, digits and single blanks only,
/// so no operator of a search language survives it.
pub fn for_search(text: &str) -> String {
    let plain = words(&plain_letters(text));
    let mut folded = String::with_capacity(plain.len());
    let mut before = ' ';
    for letter in plain.chars() {
        let is_umlaut = letter == 'e'
            && match folded.chars().next_back() {
                Some('a' | 'o') => true,
                // Quelle, neue, Bauer: no umlaut follows another vowel.
                Some('u') => !matches!(before, 'q' | 'a' | 'e' | 'i' | 'o'),
                _ => false,
            };
        if is_umlaut {
            before = 'e';
            continue;
        }
        before = folded.chars().next_back().unwrap_or(' ');
        folded.push(letter);
    }
    folded
}

/// The key by which a name is sorted: DIN 5007-1 (`ä` as `a`, `ß` as `ss`, punctuation ignored), compared
/// bytewise.
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

/// The letters of a slug: `ä` → `ae`, `ö` → `oe`, `ü` → `ue`, `ß` → `ss`, ASCII only, hyphens between words.
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

/// Lower case without accents; `ß` as `ss`.
fn plain_letters(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match letter {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            // A capital does not tell whether it ended its word.
            'ς' => plain.push('σ'),
            other => plain.push(other),
        }
    }
    plain
}

/// The runs of letters and digits, with single blanks between them.
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
