//! Normalisation of stored text, and escaping of quoted input.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Whether a character is invisible and not a space.
///
/// That is general category Cf, everything that Unicode calls default ignorable (variation selectors, Hangul
/// fillers), and the blank Braille pattern. It includes the joiners inside emoji: `👩‍🔬` is stored as `👩🔬`.
pub fn is_invisible(character: char) -> bool {
    !character.is_ascii()
        && (CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
            || character == '\u{2800}'
            || CodePointMapData::<GeneralCategory>::new().get(character) == GeneralCategory::Format)
}

/// Whether a character changes the direction of the text that follows: embeddings, overrides and isolates (UAX 9).
///
/// Such text can be made to look like something else, so it is rejected, not silently cleaned.
pub fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Normalises text: removes invisible characters, converts CRLF to LF, applies NFC, and trims spaces.
///
/// Control characters are kept, so that validation can reject them.
pub fn normalise(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains('\r') {
        return Cow::Borrowed(text.trim_matches(' '));
    }
    let is_dropped = |character| is_invisible(character) && !is_bidi_control(character);
    let mut text = Cow::Borrowed(text);
    if text.chars().any(is_dropped) {
        text = text.chars().filter(|character| !is_dropped(*character)).collect::<String>().into();
    }
    if text.contains("\r\n") {
        text = text.replace("\r\n", "\n").into();
    }
    if is_nfc_quick(text.chars()) != IsNormalized::Yes {
        text = text.nfc().collect::<String>().into();
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text, false)),
        Cow::Owned(text) => Cow::Owned(trim(&text, false).to_owned()),
    }
}

/// Trims whitespace at both ends. Also trims line breaks if `newlines` is true.
pub(crate) fn trim(text: &str, newlines: bool) -> &str {
    text.trim_matches(|character: char| {
        (character.is_whitespace() && !is_unprintable(character)) || (newlines && character == '\n')
    })
}

/// Rejects characters that no text may contain. Expects normalised text.
///
/// # Errors
/// Returns a message that names the character.
pub fn check_characters(text: &str, newlines: bool) -> Result<(), String> {
    let code = |character| format!("U+{:04X}", u32::from(character));
    for character in text.chars() {
        match character {
            '\n' if newlines => {}
            '\n' | '\r' if !newlines => return Err("must be a single line".to_owned()),
            '\u{2028}' | '\u{2029}' => return Err("must not hold line or paragraph separators".to_owned()),
            _ if character.is_control() => {
                return Err(format!("must not hold the control character {}", code(character)));
            }
            _ if is_bidi_control(character) => {
                return Err(format!("must not hold the bidirectional control {}", code(character)));
            }
            _ if is_noncharacter(character) => {
                return Err(format!("must not hold the noncharacter {}", code(character)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a code point is a Unicode noncharacter (section 23.7). XML cannot represent some of them.
fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}

/// Whether a character has no visible form: controls, line and paragraph separators, noncharacters.
fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') || is_noncharacter(character)
}

/// Escapes input so that it can be quoted in a response, a log or the database.
///
/// Invisible and unprintable characters become escapes such as `\u0000`. Text is truncated after `most` characters.
pub fn quoted(text: &str, most: usize) -> Cow<'_, str> {
    let hides = |character| is_unprintable(character) || is_invisible(character);
    let is_long = |text: &str| text.len() > most && text.chars().nth(most).is_some();
    if !is_long(text) && !text.chars().any(hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for (i, character) in text.chars().enumerate() {
        if i >= most || shown.len() > 8 * most {
            shown.push('…');
            break;
        }
        match u32::from(character) {
            code if !hides(character) => shown.extend(char::from_u32(code)),
            code if code < 0x1_0000 => shown.push_str(&format!("\\u{code:04x}")),
            code => shown.push_str(&format!("\\u{{{code:x}}}")),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_character() -> impl Iterator<Item = char> {
        (0..=0x10_ffff_u32).filter_map(char::from_u32)
    }

    #[test]
    fn text_has_one_form() {
        for (sent, kept) in [
            ("  Muster\u{a0}", "Muster"),
            ("Mu\u{308}ller", "Müller"),
            ("Fein\u{ad}mechanik", "Feinmechanik"),
            ("\u{feff}\u{200b} a \u{3000}", "a"),
            ("\u{3164}\u{2800}\u{115f}\u{1160}\u{ffa0}\u{fe0f}\u{200d}", ""),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\r\u{200b}\nb", "a\nb"),
            ("a\t", "a\t"),
            ("a\u{202e}b", "a\u{202e}b"),
            ("<\u{338}", "≮"),
        ] {
            assert_eq!(normalise(sent), kept, "{sent:?}");
        }
    }

    #[test]
    fn no_character_is_normalised_twice_and_none_that_is_invisible_stays() {
        for character in every_character() {
            let once = normalise(&format!(" a{character}\u{301} {character} ")).into_owned();
            assert_eq!(normalise(&once), once, "U+{:04X}", u32::from(character));
            let is_kept = |it| !is_invisible(it) || is_bidi_control(it);
            assert!(once.chars().all(is_kept), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn what_is_quoted_is_seen() {
        assert_eq!(quoted("Müller", 10), "Müller");
        assert_eq!(quoted("a\u{0}b\u{202e}\u{e0001}", 10), "a\\u0000b\\u202e\\u{e0001}");
        assert_eq!(quoted("aaaa", 3), "aaa…");
        for character in every_character() {
            let shown = quoted(character.encode_utf8(&mut [0; 4]), 10).into_owned();
            assert!(check_characters(&shown, false).is_ok() && !shown.chars().any(is_invisible), "{shown}");
        }
    }
}
