//! Property tests of the parsers: they refuse what is sent, or give it a form that they accept again.
//!
//! `PROPTEST_CASES` sets on how many inputs each property is tried.

mod json;
mod lines;
mod queries;
mod values;

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestCaseResult, TestRunner},
};

/// What parsers stumble over.
const PIECES: [&str; 32] = [
    "", " ", "\t", "\n", "\r\n", "\0", "\u{7f}", "\u{a0}", "\u{200b}", "\u{202e}", "\u{feff}", "\u{308}",
    "ß", "İ", "🦀", "٣", "+", "-", "--", ".", "..", ",", "/", "//", ":", "%", "%00", "\"", "\\", "[", "NaN",
    "e9",
];

/// Checks a property of values.
#[track_caller]
fn for_any<S: Strategy>(strategy: S, check: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, check).unwrap_or_else(|failure| panic!("{failure}"));
}

/// Text with everything that text can hold.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,40}", select(&PIECES[..]).prop_map(str::to_owned)]
}

/// Text that is nearly one of those given: up to three pieces of it are replaced.
fn nearly(seeds: Vec<String>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(&PIECES[..]).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[0-9a-z]"
    ];
    let edits = prop::collection::vec((any::<Index>(), 0..3_usize, piece), 0..4);
    (select(seeds), edits).prop_map(|(seed, edits)| {
        let mut text: Vec<char> = seed.chars().collect();
        for (at, cut, piece) in edits {
            let at = at.index(text.len() + 1);
            text.splice(at..text.len().min(at + cut), piece.chars());
        }
        text.into_iter().collect()
    })
}
