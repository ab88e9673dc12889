//! OGC API Features (OGC 17-069r4): the requirements of each class that is claimed, and what our own house promises.

mod definition;
mod features;
mod filters;
mod pages;
mod resources;

use crate::harness::{Client, Records as _, TestApp, located};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    query::Scope,
};
use serde_json::Value;

/// The kinds that have locations.
fn located_kinds() -> Vec<Kind> {
    struct Located(Vec<Kind>);
    impl KindVisitor for Located {
        fn visit<C: Content>(&mut self) {
            self.0.extend(C::LOCATED.then_some(C::KIND));
        }
    }
    let mut located = Located(Vec::new());
    every_kind(&mut located);
    located.0
}

fn is_dated(kind: Kind) -> bool {
    Scope::of_kind(kind).dated.is_some()
}

/// The address of the features of a kind.
fn items(kind: Kind) -> String {
    format!("/ogc/collections/{}/items", kind.plural())
}

/// Creates a public record with a location, and returns its id.
fn place(app: &TestApp, kind: Kind, name: &str, at: [f64; 2]) -> String {
    app.admin().create(kind, &located(kind, name, at))["id"].as_str().unwrap().to_owned()
}

/// Every resource, with a feature of each collection that has one.
fn resources(client: &Client<'_>) -> Vec<String> {
    let mut all: Vec<String> =
        ["", "/", "/conformance", "/api", "/collections"].map(|it| format!("/ogc{it}")).into();
    for kind in located_kinds() {
        let items = items(kind);
        all.push(items.trim_end_matches("/items").to_owned());
        let page = client.get(&format!("{items}?limit=1")).expect(200).json();
        all.extend(
            page["features"].as_array().unwrap().iter().map(|it| format!("{items}/{}", text(&it["id"]))),
        );
        all.push(items);
    }
    all
}

/// The links of a document with a relation.
fn links<'a>(document: &'a Value, rel: &str) -> Vec<&'a Value> {
    document["links"].as_array().unwrap().iter().filter(|link| link["rel"] == rel).collect()
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The names of features, in order.
fn names(page: &Value) -> Vec<String> {
    let name = |feature: &Value| {
        let name = feature["properties"].get("name").or(feature["properties"].get("title")).unwrap();
        name.as_str().or(name["de"].as_str()).unwrap().to_owned()
    };
    page["features"].as_array().unwrap().iter().map(name).collect()
}
