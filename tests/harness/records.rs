//! Records for tests.

use super::{Answer, Client, TestApp};
use domain::{
    content::Content,
    id::Id,
    kind::Kind,
    reference::{Link, Reference},
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The slug of the measure of minimal operations, which [`Records::create`] creates.
const MEASURE: &str = "ziel-measure";

/// Codes of operations are unique.
static NEXT_CODE: AtomicU64 = AtomicU64::new(1);

/// A published record with the required fields only.
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
        Kind::Operation => json!({
            "status": "published",
            "code": format!("T-{}", NEXT_CODE.fetch_add(1, Relaxed)),
            "name": text(name),
            "measure": MEASURE,
            "beneficiary": { "kind": "legal_entity", "name": "Muster GmbH" },
            "purpose": text("Ein Vorhaben."),
            "starts_on": "2024-02-01",
            "total_cost": "1000.50",
            "fund": "state",
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

/// [`minimal`] with a location anywhere. The kind must have locations.
pub(crate) fn located(kind: Kind, name: &str, [lat, lon]: [f64; 2]) -> Value {
    let location = json!({ "lat": lat, "lon": lon });
    let place = match kind {
        // An international event may be anywhere.
        Kind::Event => json!({ "venue": { "name": "Ort", "location": location }, "scope": "international" }),
        Kind::Member => json!({ "location": location, "region": "DE1" }),
        Kind::Operation => json!({ "location": location, "region": "DE1", "ends_on": "2025" }),
        _ => json!({ "location": location, "regions": ["DE1"] }),
    };
    with(&minimal(kind, name), &place)
}

/// [`minimal`] and [`collection()`], by content type.
pub(crate) trait Minimal: Content {
    /// A published record of this kind with the required fields only.
    fn minimal(name: &str) -> Value {
        minimal(Self::KIND, name)
    }

    /// The path of the collection.
    fn collection() -> String {
        collection(Self::KIND)
    }
}

impl<C: Content> Minimal for C {}

/// The path of the collection of a kind.
pub(crate) fn collection(kind: Kind) -> String {
    format!("/api/v1/{}", kind.plural())
}

/// A published record with every field set. Creates the records that it refers to.
pub(crate) fn example<C: Content>(app: &TestApp) -> Value {
    example_with::<C>(app, |kinds| kinds[0])
}

/// Another example, with references to other kinds where possible.
pub(crate) fn other_example<C: Content>(app: &TestApp) -> Value {
    let record = example_with::<C>(app, |kinds| kinds[kinds.len() - 1]);
    match record.get("external_id") {
        Some(_) => with(&record, &json!({ "external_id": "S-2" })),
        None => match record.get("code") {
            Some(_) => with(&record, &json!({ "code": "T-OTHER" })),
            None => record,
        },
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

/// Returns an object with some fields replaced.
pub(crate) fn with(object: &Value, fields: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

/// Returns an object without some fields.
pub(crate) fn without(object: &Value, fields: &[&str]) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().retain(|name, _| !fields.contains(&name.as_str()));
    object
}

/// Methods for creating and changing records.
pub(crate) trait Records {
    /// Creates a record.
    fn create(&self, kind: Kind, record: &Value) -> Value;
    /// Patches a record, whatever its version is.
    fn change(&self, kind: Kind, key: &str, patch: &Value) -> Answer;
}

impl Records for Client<'_> {
    #[track_caller]
    fn create(&self, kind: Kind, record: &Value) -> Value {
        if record["measure"] == MEASURE
            && self.get(&format!("/api/v1/measures/{MEASURE}")).send().status == 404
        {
            self.post(&collection(Kind::Measure)).json(&minimal(Kind::Measure, "Ziel measure")).expect(201);
        }
        self.post(&collection(kind)).json(record).expect(201).json()
    }

    #[track_caller]
    fn change(&self, kind: Kind, key: &str, patch: &Value) -> Answer {
        self.patch(&format!("{}/{key}", collection(kind))).if_match("*").json(patch).expect(200)
    }
}

impl TestApp {
    /// Creates the records that minimal records of a kind refer to.
    pub(crate) fn prepare(&self, kind: Kind) {
        if kind == Kind::Operation {
            self.target(Kind::Measure);
        }
    }

    /// A published record of a kind to refer to, created on first use.
    #[track_caller]
    pub(crate) fn target(&self, kind: Kind) -> Id {
        *self.targets.lock().unwrap().entry(kind).or_insert_with(|| {
            let record = self.admin().create(kind, &minimal(kind, &format!("Ziel {kind}")));
            Id::parse(record["id"].as_str().unwrap()).unwrap()
        })
    }
}
