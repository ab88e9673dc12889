//! Something for every operation of the descriptions to be about.

use super::{CHAMBER, Operation, Records as _, Syncs as _, TestApp, located, member_line, minimal, with};
use api::auth::Role;
use domain::{kind::Kind, query::Scope};
use serde_json::{Value, json};

/// Records of all kinds, by kind. The events belong to the initiative.
pub(crate) struct Landscape {
    records: Vec<(Kind, Value)>,
    run: String,
    token: String,
}

impl Landscape {
    /// Creates the records with a status, a sync run and a token.
    pub(crate) fn new(app: &TestApp, status: &str) -> Self {
        let mut records: Vec<(Kind, Value)> = Vec::new();
        for kind in Kind::ALL {
            let has_place = Scope::of_kind(kind).located;
            let name = format!("Eins {status}");
            let record = if has_place { located(kind, &name, [48.8, 9.2]) } else { minimal(kind, &name) };
            let mut record = with(&record, &json!({ "status": status }));
            if kind == Kind::Event {
                let organiser = records.iter().find(|(kind, _)| *kind == Kind::Initiative).unwrap();
                record["organisers"] = json!([organiser.1["id"]]);
            }
            records.push((kind, app.admin().create(kind, &record)));
        }
        let run = app.chamber(CHAMBER).sync("mode=delta", &[member_line("A")]);
        let token = app.issue(Role::Auditor, None).1.to_string();
        Self { records, run: run["id"].as_str().unwrap().to_owned(), token }
    }

    /// The record of a kind.
    pub(crate) fn of(&self, kind: Kind) -> &Value {
        &self.records.iter().find(|(known, _)| *known == kind).unwrap().1
    }

    /// The kind of the records of an operation.
    pub(crate) fn kind(operation: &Operation) -> Option<Kind> {
        let is_of = |kind: &Kind| operation.template.contains(&format!("/{}/", kind.plural()));
        Kind::ALL.into_iter().find(is_of)
    }

    /// The address of an operation, with a record, chamber or value.
    pub(crate) fn address(&self, operation: &Operation) -> String {
        let key = Self::kind(operation).map_or("", |kind| self.of(kind)["id"].as_str().unwrap());
        let code = match operation.template.split('/').nth(3).unwrap_or_default() {
            "regions" => "DE111",
            "planning-regions" => "stuttgart",
            "industries" => "C",
            "technology-fields" => "ikt",
            "labels" => "esca-gold",
            _ => "ihk-ulm",
        };
        let filled = operation
            .template
            .replace("{key}", key)
            .replace("{id}", if key.is_empty() { &self.token } else { key })
            .replace("{code}", code)
            .replace("{chamber}", CHAMBER)
            .replace("{external_id}", "A")
            .replace("{run}", &self.run)
            .replace("{type}", "not-found")
            .replace("{version}", "1")
            .replace("{part}", "members-1");
        if matches!(filled.as_str(), "/api/v1/search" | "/api/v1/suggest") {
            filled + "?q=eins"
        } else {
            filled
        }
    }
}
