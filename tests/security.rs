//! `docs/security.md` names tests and scripts that there are.

use std::path::Path;

const PAGE: &str = include_str!("../docs/security.md");

/// The words in backticks.
fn quoted() -> impl Iterator<Item = &'static str> {
    PAGE.split('`').skip(1).step_by(2)
}

/// Whether a file of tests has a test of this name: a function that a list of tests or an attribute names.
fn has_test(file: &str, name: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = if file.contains("/src/") { format!("{file}.rs") } else { format!("tests/{file}.rs") };
    let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let is_listed = text.lines().any(|line| line.trim() == name);
    let is_marked =
        text.contains(&format!("#[test]\nfn {name}(")) || text.contains(&format!("#[test]\n    fn {name}("));
    let is_there = text.contains(&format!("fn {name}(")) || text.contains(&format!("fn {name}<"));
    is_there && (is_listed || is_marked)
}

#[test]
fn the_security_page_names_tests_that_there_are() {
    let tests: Vec<(&str, &str)> =
        quoted().filter(|word| !word.contains(' ')).filter_map(|word| word.split_once("::")).collect();
    let missing: Vec<_> = tests.iter().filter(|(file, name)| !has_test(file, name)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(tests.len() > 50, "{}", tests.len());
    assert!(!has_test("security", "no_such_test"));
}

#[test]
fn the_security_page_names_scripts_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let is_script = |word: &&str| word.ends_with(".sh") || word.ends_with(".py") || word.starts_with(".ci/");
    let scripts: Vec<&str> = quoted().filter(is_script).collect();
    assert!(scripts.len() > 3 && scripts.iter().all(|script| root.join(script).is_file()), "{scripts:?}");
}

#[test]
fn the_security_page_tells_of_each_risk() {
    for number in 1..=10 {
        let heading = format!("### API{number}:2023 ");
        let section = PAGE.split_once(&heading).map(|(_, rest)| rest.split("\n##").next().unwrap());
        assert!(section.is_some_and(|section| section.contains("::")), "{heading}");
    }
}
