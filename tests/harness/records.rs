//! Records to test with.

use super::{Answer, Client, TestApp};
use domain::{
    content::Content,
    id::Id,
    kind::Kind,
    reference::{Link, Reference},
};
use serde_json::{Value, json};

/// The least that a published record of a kind needs.
pub(crate) fn minimal(kind: Kind, name: &str) -> Value {
    let text = |text: &str| json!({ "de": text });
    match kind {
        Kind::Cluster => json!({
            "status": "published",
            "name": text(name),
            "summary": text("Ein Cluster."),
            "technology_fields": ["photonik"],
            "regions": ["DE111"],
            "visibility": "regional",
        }),
        Kind::Initiative | Kind::Network => json!({
            "status": "published",
            "name": name,
            "summary": text("Eine Organisation."),
            "technology_fields": ["photonik"],
            "regions": ["DE111"],
            "visibility": "regional",
        }),
        Kind::Measure => json!({
            "status": "published",
            "kind": "study",
            "title": text(name),
            "summary": text("Eine Maßnahme."),
            "responsible": "Ministerium",
        }),
        Kind::Event => json!({
            "status": "published",
            "title": text(name),
            "summary": text("Eine Veranstaltung."),
            "starts_at": "2026-06-01T08:00:00Z",
            "ends_at": "2026-06-01T10:00:00Z",
            "format": "online",
            "scope": "regional",
        }),
        Kind::Member => json!({
            "status": "published",
            "name": name,
            "kind": "company",
            "region": "DE111",
            "public": true,
        }),
    }
}

/// [`minimal`], by the type of the content.
pub(crate) trait Minimal: Content {
    /// The least that a published record of this kind needs.
    fn minimal(name: &str) -> Value {
        minimal(Self::KIND, name)
    }

    /// The path of its collection.
    fn collection() -> String {
        collection(Self::KIND)
    }
}

impl<C: Content> Minimal for C {}

/// The path of a kind's collection.
pub(crate) fn collection(kind: Kind) -> String {
    format!("/api/v1/{}", kind.plural())
}

/// A published record of a kind with every field filled; whatever it refers to is created first.
pub(crate) fn example<C: Content>(app: &TestApp) -> Value {
    example_with::<C>(app, |kinds| kinds[0])
}

/// Another, with references to other kinds where that is possible.
pub(crate) fn other_example<C: Content>(app: &TestApp) -> Value {
    let record = example_with::<C>(app, |kinds| kinds[kinds.len() - 1]);
    match record.get("external_id") {
        Some(_) => with(&record, &json!({ "external_id": "S-2" })),
        None => record,
    }
}

fn example_with<C: Content>(app: &TestApp, choose: impl Fn(&[Kind]) -> Kind) -> Value {
    let mut content = C::example();
    content.visit_links(&mut |link: Link<'_>| {
        *link.reference = Reference::to(app.target(choose(link.role.targets())));
        true
    });
    let record = with(&serde_json::to_value(content).unwrap(), &json!({ "status": "published" }));
    without(&record, C::SERVER_OWNED)
}

/// An object with some fields set to other values.
pub(crate) fn with(object: &Value, fields: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

/// An object without some fields.
pub(crate) fn without(object: &Value, fields: &[&str]) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().retain(|name, _| !fields.contains(&name.as_str()));
    object
}

/// How tests make and change records.
pub(crate) trait Records {
    /// Creates one.
    fn create(&self, kind: Kind, record: &Value) -> Value;
    /// Changes one, whatever its version is.
    fn change(&self, kind: Kind, key: &str, patch: &Value) -> Answer;
}

impl Records for Client<'_> {
    #[track_caller]
    fn create(&self, kind: Kind, record: &Value) -> Value {
        self.post(&collection(kind)).json(record).expect(201).json()
    }

    #[track_caller]
    fn change(&self, kind: Kind, key: &str, patch: &Value) -> Answer {
        self.patch(&format!("{}/{key}", collection(kind))).if_match("*").json(patch).expect(200)
    }
}

impl TestApp {
    /// A published record of a kind that others may refer to; always the same.
    #[track_caller]
    pub(crate) fn target(&self, kind: Kind) -> Id {
        *self.targets.lock().unwrap().entry(kind).or_insert_with(|| {
            let record = self.admin().create(kind, &minimal(kind, &format!("Ziel {kind}")));
            Id::parse(record["id"].as_str().unwrap()).unwrap()
        })
    }
}
