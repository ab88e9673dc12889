//! Vocabularies as SKOS concept schemes (W3C Recommendation of 18 August 2009).
//!
//! The address of a vocabulary is its concept scheme, that of an entry its concept.

use super::Node;
use domain::vocabulary::{Entry, EntryName, Relation};
use serde_json::{Value, json};

/// Names of SKOS, except for those that need a type or a container.
fn context() -> Value {
    let reference = |name: &str| json!({ "@id": name, "@type": "@id" });
    let texts = |name: &str| json!({ "@id": name, "@container": "@language" });
    json!({
        "@vocab": "http://www.w3.org/2004/02/skos/core#",
        "title": texts("http://purl.org/dc/terms/title"),
        "description": texts("http://purl.org/dc/terms/description"),
        "license": reference("http://purl.org/dc/terms/license"),
        "prefLabel": texts("prefLabel"),
        "inScheme": reference("inScheme"),
        "topConceptOf": reference("topConceptOf"),
        "broader": reference("broader"),
        "narrower": reference("narrower"),
        "broadMatch": reference("broadMatch"),
        "relatedMatch": reference("relatedMatch"),
        "exactMatch": reference("exactMatch"),
        "concepts": { "@reverse": "inScheme" }
    })
}

/// The address of an entry or, if `code` is empty, of a vocabulary.
fn address(base: &str, path: &str, code: &str) -> String {
    let separator = if code.is_empty() { "" } else { "/" };
    format!("{base}/api/v1/{path}{separator}{code}")
}

/// A vocabulary with some of its entries.
pub(crate) fn scheme<E: Entry>(base: &str, licence: &str, entries: &[E]) -> Node {
    let concepts: Vec<Value> = entries.iter().map(|entry| concept(base, entry).into()).collect();
    Node::new()
        .with("@context", context())
        .with("@id", address(base, E::PATH, ""))
        .with("@type", "ConceptScheme")
        .with("title", json!({ "en": E::TITLE }))
        .with("description", json!({ "en": E::ABOUT }))
        .with("license", licence)
        .with("concepts", concepts)
}

/// An entry alone.
pub(crate) fn entry<E: Entry>(base: &str, entry: &E) -> Node {
    let mut node = Node::new().with("@context", context());
    node.extend(concept(base, entry));
    node
}

fn concept<E: Entry>(base: &str, entry: &E) -> Node {
    let scheme = address(base, E::PATH, "");
    let relations = entry.relations();
    let related = |choose: &dyn Fn(&Relation<'_>) -> Option<String>| -> Vec<String> {
        relations.iter().filter_map(choose).collect()
    };
    let broader = related(&|relation| match relation {
        Relation::Broader(code) => Some(address(base, E::PATH, code)),
        _ => None,
    });
    let is_narrower = |other: &&E| other.relations().contains(&Relation::Broader(entry.code()));
    let narrower = E::all().iter().filter(is_narrower).map(|other| address(base, E::PATH, other.code()));
    Node::new()
        .with("@id", address(base, E::PATH, entry.code()))
        .with("@type", "Concept")
        .with("prefLabel", label(&entry.name()))
        .with("notation", entry.code())
        .with("inScheme", scheme.as_str())
        .with("topConceptOf", broader.is_empty().then_some(scheme.as_str()))
        .with("broader", broader)
        .with("narrower", narrower.collect::<Vec<_>>())
        .with(
            "broadMatch",
            related(&|relation| match relation {
                Relation::BroadMatch(path, code) => Some(address(base, path, code)),
                _ => None,
            }),
        )
        .with(
            "relatedMatch",
            related(&|relation| match relation {
                Relation::RelatedMatch(path, code) => Some(address(base, path, code)),
                _ => None,
            }),
        )
        .with(
            "exactMatch",
            related(&|relation| match relation {
                Relation::ExactMatch(uri) => Some(uri.clone()),
                _ => None,
            }),
        )
}

/// Proper names have no language.
fn label(name: &EntryName) -> Value {
    match name {
        EntryName::Proper(name) => json!({ "@none": name }),
        EntryName::Local(name) => json!({ "de": name.de, "en": name.en }),
    }
}
