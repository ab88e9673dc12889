//! Sources of settings. Each value is kept with its place, so that error messages can name it.

use super::{EXPECTED, Overrides, Settings};
use serde_json::{Map, Value};
use std::path::Path;

/// Prefix of environment variables.
const PREFIX: &str = "CLUSTERPORTAL_";
/// Settings whose variables have other names.
const OTHER_VARIABLES: [(&str, &str); 2] = [("database_url", "DATABASE_URL"), ("log", "RUST_LOG")];
/// Variable of API clients, which may be set in the same environment.
const OF_CLIENTS: &str = "CLUSTERPORTAL_TOKEN";

/// A value and its place.
#[derive(Debug)]
struct Given {
    name: &'static str,
    value: Value,
    place: String,
}

/// All given values. Later ones override earlier ones.
#[derive(Debug, Default)]
pub(super) struct Sources {
    given: Vec<Given>,
    /// Problems that do not prevent a start.
    pub(super) warnings: Vec<String>,
}

impl Sources {
    /// Reads a TOML file.
    pub(super) fn read_file(&mut self, file: &Path) -> Result<(), String> {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read the settings file {shown}: {error}"))?;
        let text = text.trim_start_matches('\u{feff}');
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            format!("{shown}, line {line}: is not TOML: {}", error.message())
        })?;
        let mut faults = Vec::new();
        for (key, value) in table {
            let place = line_of(text, &key).map_or(shown.to_string(), |line| format!("{shown}, line {line}"));
            match EXPECTED.iter().find(|(name, _)| *name == key) {
                Some((name, _)) => match serde_json::to_value(value) {
                    Ok(value) => self.given.push(Given { name, value, place }),
                    Err(error) => faults.push(format!("{place}: {error}")),
                },
                None => {
                    let names: Vec<&str> = EXPECTED.iter().map(|(name, _)| *name).collect();
                    faults.push(format!("{place}: unknown setting '{key}'; {}", suggest(&key, &names)));
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    /// Reads the environment.
    pub(super) fn read_environment(&mut self) {
        let variables: Vec<(&'static str, String)> =
            EXPECTED.iter().map(|(name, _)| (*name, variable(name))).collect();
        for (variable, value) in std::env::vars_os() {
            let (variable, value) = (variable.to_string_lossy(), value.to_string_lossy());
            if let Some((name, _)) = variables.iter().find(|(_, known)| *known == variable) {
                let value = Value::String(value.into_owned());
                self.given.push(Given { name, value, place: variable.into_owned() });
            } else if variable.starts_with(PREFIX) && variable != OF_CLIENTS {
                let names: Vec<&str> = variables.iter().map(|(_, known)| known.as_str()).collect();
                let suggestion = suggest(&variable, &names);
                self.warnings.push(format!("unknown environment variable {variable}; {suggestion}"));
            }
        }
        self.warnings.sort();
    }

    /// Reads the command-line options.
    pub(super) fn read_options(&mut self, overrides: &Overrides) {
        let Ok(Value::Object(options)) = serde_json::to_value(overrides) else { return };
        for (option, value) in options {
            if let Some((name, _)) = EXPECTED.iter().find(|(name, _)| *name == option) {
                self.given.push(Given { name, value, place: format!("--{}", option.replace('_', "-")) });
            }
        }
    }

    /// Returns the settings, or says which values are invalid.
    pub(super) fn settings(&self) -> Result<Settings, String> {
        let Ok(Value::Object(defaults)) = serde_json::to_value(Settings::default()) else {
            return Err("invalid defaults".to_owned());
        };
        let mut values = defaults.clone();
        values.extend(self.effective().map(|given| (given.name.to_owned(), given.value.clone())));
        read(values).map_err(|error| {
            let is_wrong = |given: &&Given| {
                let mut alone = defaults.clone();
                alone.insert(given.name.to_owned(), given.value.clone());
                read(alone).is_err()
            };
            let wrong: Vec<String> = self.effective().filter(is_wrong).map(Given::refused).collect();
            if wrong.is_empty() { error.to_string() } else { wrong.join("; ") }
        })
    }

    /// Says that the value of a setting is invalid, or that it is missing.
    pub(super) fn refuse(&self, name: &'static str) -> String {
        let given = self.effective().find(|given| given.name == name);
        given.map_or_else(
            || format!("{} is missing; it must be {}", variable(name), expected(name)),
            Given::refused,
        )
    }

    /// The effective values: the last one given for each setting.
    fn effective(&self) -> impl Iterator<Item = &Given> {
        let is_last = |at: usize, name| self.given[at + 1..].iter().all(|later| later.name != name);
        self.given
            .iter()
            .enumerate()
            .filter(move |(at, given)| is_last(*at, given.name))
            .map(|(_, given)| given)
    }
}

impl Given {
    /// Says what the value must be. Omits a value that may contain a password.
    fn refused(&self) -> String {
        let Self { name, value, place } = self;
        let expected = expected(name);
        let setting = if place.contains(", line ") { format!("{place}: {name}") } else { place.clone() };
        match value {
            _ if matches!(*name, "database_url" | "replica_urls") => format!("{setting} must be {expected}"),
            Value::String(text) => format!("{setting} must be {expected}, not '{text}'"),
            value if expected.starts_with("a number") => format!("{setting} must be {expected}, not {value}"),
            value => format!("{setting} must be {expected}, in quotes, not {value}"),
        }
    }
}

/// What the value of a setting must be.
fn expected(name: &str) -> &'static str {
    EXPECTED.iter().find(|(known, _)| *known == name).map_or("", |(_, expected)| expected)
}

fn read(values: Map<String, Value>) -> Result<Settings, serde_json::Error> {
    serde_json::from_value(Value::Object(values))
}

/// The environment variable of a setting.
fn variable(name: &str) -> String {
    let other = OTHER_VARIABLES.iter().find(|(setting, _)| *setting == name);
    other.map_or_else(|| format!("{PREFIX}{}", name.to_uppercase()), |(_, variable)| (*variable).to_owned())
}

/// Suggests the most similar known name, or lists all if none is similar.
fn suggest(unknown: &str, known: &[&str]) -> String {
    let bare = |name: &str| name.trim_start_matches(PREFIX).to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&bare(unknown), &bare(name));
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest {
        Some(name) if likeness(name) > 0.8 => format!("did you mean {name}?"),
        _ => format!("expected one of {}", known.join(", ")),
    }
}

/// The line of an offset, starting at 1.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The line of a top-level key, starting at 1.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let stands = |line: &str| {
        let line = line.trim_start().trim_start_matches(['[', '"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '\t', '=', '.', ']', '"', '\'']))
    };
    text.lines().position(stands).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, sample::select};

    /// Values of settings: good ones of some, and others.
    fn any_value() -> impl Strategy<Value = String> {
        let good = select(vec![
            "https://example.org/portal",
            "127.0.0.1:80",
            "::1",
            "10.0.0.0/8, ::1",
            "1200",
            "true",
            "postgres://x",
            "/realm/roles",
            "json",
            "info@example.org",
        ]);
        prop_oneof![good.prop_map(str::to_owned), "[ -~]{0,20}", any::<String>()]
    }

    proptest! {
        #[test]
        fn a_setting_is_taken_and_can_be_written_or_is_named(
            name in select(EXPECTED.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
            value in any_value(),
        ) {
            let place = variable(name);
            let sources = Sources {
                given: vec![Given { name, value: Value::String(value), place: place.clone() }],
                warnings: Vec::new(),
            };
            match sources.settings() {
                Ok(settings) => {
                    let Ok(Value::Object(written)) = serde_json::to_value(&settings) else { panic!("no object") };
                    let again = serde_json::to_value(read(written.clone()).unwrap()).unwrap();
                    prop_assert_eq!(again, Value::Object(written));
                }
                Err(refusal) => prop_assert!(refusal.starts_with(&place), "{}", refusal),
            }
        }
    }
}
