use super::*;
use crate::search::SearchQuery;

fn asked(text: &str) -> QueryTerm {
    SearchQuery::read(text).unwrap().words.remove(0)
}

#[test]
fn a_word_matches_by_stem_beginning_part_and_correction() {
    let mut netzwerke = asked("Netzwerke");
    assert!(netzwerke.quality("netzwerk") > netzwerke.quality("netzwerkpartner"));
    assert!(netzwerke.quality("netzwerkpartner") >= netzwerke.quality("branchennetzwerk"));
    assert_eq!(netzwerke.quality("netz"), 0.0);
    netzwerke = asked("photnik");
    netzwerke.correct(["photonik", "phonetik"].map(str::to_owned));
    assert_eq!(netzwerke.quality("photonik"), 0.5);
    assert_eq!(netzwerke.quality("phonetik"), 0.0);
}

#[test]
fn typos_are_forgiven_from_word_to_word_and_no_further() {
    let meant = |typed: &str, words: &[&str]| {
        let mut asked = asked(typed);
        asked.correct(words.iter().map(|&word| word.to_owned()));
        asked.corrections.into_iter().collect::<Vec<String>>()
    };
    for (typed, words) in [
        ("Möbel", ["modell", "mobil", "mobility"]),
        ("Bäder", ["baden", "bad", "bade"]),
        ("2024", ["2025", "2014", "20244"]),
        ("Halle4712", ["halle4711", "halle", "halle471"]),
        ("Wein", ["bahnen", "seine", "weinen"]),
        ("KI", ["kit", "ski", "ik"]),
    ] {
        assert_eq!(meant(typed, &words), [""; 0], "{typed}");
    }
    assert_eq!(meant("Kunstoff", &["kunststoff", "kunststoffe"]), ["kunststoff"], "the nearest");
    assert_eq!(meant("Verpackungsmashinen", &["verpackungsmaschinen"]), ["verpackungsmaschinen"]);
    assert_eq!(meant("Vrepackungsmashinen", &["verpackungsmaschinen"]), ["verpackungsmaschinen"]);
    assert_eq!(meant("Müler", &["muller", "müller"]), ["muller"]);
    assert_eq!(meant("Muler", &["muller", "müller"]), ["muller"]);
}

#[test]
fn short_words_and_numbers_stand_for_themselves() {
    for (text, other) in [("KI", "kiel"), ("IT", "it"), ("3D", "3dx"), ("2024", "20245"), ("C++", "cluster")]
    {
        let asked = asked(text);
        assert_eq!(asked.quality(other), 0.0, "{text}");
        let tokens = asked.tokens(&['n'], Reach::Anywhere);
        assert!(tokens.iter().all(|token| !token.is_prefix), "{text}: {tokens:?}");
    }
}

#[test]
fn a_plural_is_looked_for_inside_of_words_as_its_singular_is() {
    assert!(asked("Textilien").quality("textilcluster") > 0.0);
    assert!(asked("Bäder").quality("baden") == 0.0);
    assert!(asked("Wein").quality("eine") == 0.0);
}
