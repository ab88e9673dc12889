//! JSON-LD: records by schema.org, vocabularies by SKOS, and the links to them.

use crate::harness::{
    Answer, Minimal as _, PUBLIC_URL, Records as _, TestApp, collection, example, minimal, on_both, with,
};
use chrono::TimeDelta;
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    vocabulary::{Entry, VocabularyVisitor, every_vocabulary},
};
use serde_json::{Value, json};

on_both! {
    every_kind_is_linked_data
    linked_data_is_as_visible_as_the_record
    every_vocabulary_is_linked_data
    references_lead_to_records_of_either_kind
    times_of_events_are_local
    no_text_closes_a_script
}

const JSON_LD: &str = "application/ld+json";

/// Whether a member without a value is somewhere in a document.
fn has_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty() || members.values().any(has_empty),
        Value::Array(items) => items.is_empty() || items.iter().any(has_empty),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The address that an answer names as its alternate of a media type.
fn alternate(answer: &Answer, media_type: &str) -> String {
    let header = answer.header("link");
    let link = header.split(", ").find(|link| link.ends_with(&format!("type=\"{media_type}\"")));
    let link = link.unwrap_or_else(|| panic!("no link to {media_type} in '{header}'"));
    assert!(link.contains("; rel=\"alternate\";"), "{link}");
    link.split(['<', '>']).nth(1).unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

/// An address in both of its formats. Returns the JSON-LD.
fn check_formats(app: &TestApp, address: &str) -> Value {
    let public = app.anonymous();
    let json = public.get(address).expect(200);
    let by_header = public.get(address).header("accept", JSON_LD).expect(200);
    let linked_address = alternate(&json, JSON_LD);
    let linked = public.get(&linked_address).expect(200);
    assert_eq!((&by_header.body, by_header.etag()), (&linked.body, linked.etag()));
    assert_eq!(by_header.header("vary").to_lowercase().matches("accept").count().min(1), 1);
    assert_ne!(linked.etag(), json.etag());
    assert_eq!(alternate(&linked, "application/json"), linked_address.strip_suffix(".jsonld").unwrap());
    public.get(&linked_address).header("if-none-match", &linked.etag()).expect(304);
    assert_eq!(public.head(&linked_address).expect(200).etag(), linked.etag());
    public.get(&linked_address).header("accept", "application/json").expect(406);
    assert_eq!(public.get(&linked_address).query("x", "y").expect(400).faults(), ["x"]);
    app.editor().post(&linked_address).json(&json!({})).expect(405);
    let document = linked.json();
    assert!(!has_empty(&document), "{document:#}");
    document
}

struct Linked<'a>(&'a TestApp);

impl KindVisitor for Linked<'_> {
    fn visit<C: Content>(&mut self) {
        let app = self.0;
        for record in [example::<C>(app), C::minimal("Nur das Nötigste")] {
            let record = app.admin().create(C::KIND, &record);
            let id = record["id"].as_str().unwrap();
            let document = check_formats(app, &format!("{}/{id}", C::collection()));
            let key = record["slug"].as_str().unwrap_or(id);
            assert_eq!(
                document["@id"],
                format!("{PUBLIC_URL}{}/{key}", C::collection()),
                "one address, by any key"
            );
            assert_eq!(document["identifier"], id);
            assert!(!document["@type"].is_null() && !document["name"].is_null());
            let whole = app.anonymous().get(&format!("{}/{id}.jsonld", C::collection())).expect(200);
            assert!(whole.etag().starts_with("\"1-"), "{}", whole.etag());
            assert!(!whole.header("last-modified").is_empty());
        }
    }
}

fn every_kind_is_linked_data(app: TestApp) {
    every_kind(&mut Linked(&app));
}

fn linked_data_is_as_visible_as_the_record(app: TestApp) {
    for kind in Kind::ALL {
        let address = |key: &str| format!("{}/{key}.jsonld", collection(kind));
        let draft = app.admin().create(kind, &with(&minimal(kind, "Eins"), &json!({ "status": "draft" })));
        let id = draft["id"].as_str().unwrap();
        app.anonymous().get(&address(id)).expect(404);
        assert_eq!(app.editor().get(&address(id)).expect(200).header("cache-control"), "private, no-store");
        app.admin().change(kind, id, &json!({ "status": "published" }));
        app.anonymous().get(&address(id)).expect(200);
        let then = app.clock.now();
        app.clock.advance(TimeDelta::hours(1));
        let name = if kind == Kind::Measure || kind == Kind::Event { "title" } else { "name" };
        let renamed = match &draft[name] {
            Value::String(_) => json!({ name: "Zwei" }),
            _ => json!({ name: { "de": "Zwei" } }),
        };
        app.admin().change(kind, id, &renamed);
        assert!(app.anonymous().get(&address(id)).expect(200).text().contains("Zwei"));
        let past = app.anonymous().get(&address(id)).query("as_of", &domain::time::rfc3339(then)).expect(200);
        assert!(past.text().contains("Eins") && !past.text().contains("Zwei"));
        if let Some(slug) = draft["slug"].as_str() {
            app.admin().change(kind, id, &json!({ "slug": format!("{slug}-neu") }));
            let moved = app.anonymous().get(&address(slug)).expect(308).header("location");
            assert_eq!(moved, format!("{PUBLIC_URL}{}", address(&format!("{slug}-neu"))));
        }
        app.admin().change(kind, id, &json!({ "status": "draft" }));
        app.anonymous().get(&address(id)).expect(410);
    }
}

struct Schemes<'a>(&'a TestApp);

impl VocabularyVisitor for Schemes<'_> {
    fn visit<E: Entry>(&mut self) {
        let app = self.0;
        let address = format!("/api/v1/{}", E::PATH);
        let scheme = check_formats(app, &address);
        assert_eq!(
            (&scheme["@id"], &scheme["@type"]),
            (&json!(format!("{PUBLIC_URL}{address}")), &json!("ConceptScheme"))
        );
        assert_eq!(scheme["concepts"].as_array().unwrap().len(), E::all().len());
        for entry in [&E::all()[0], &E::all()[E::all().len() - 1]] {
            let concept = check_formats(app, &format!("{address}/{}", entry.code()));
            assert_eq!(concept["@id"], format!("{PUBLIC_URL}{address}/{}", entry.code()));
            assert_eq!(concept["notation"], entry.code());
        }
        app.anonymous().get(&format!("{address}/nothing.jsonld")).expect(404);
        app.anonymous().get(&address).header("accept", "text/turtle").expect(406);
    }
}

fn every_vocabulary_is_linked_data(app: TestApp) {
    every_vocabulary(&mut Schemes(&app));
    let by_key = app.anonymous().get("/api/v1/regions/08111.jsonld").expect(200).json();
    assert_eq!(by_key["@id"], format!("{PUBLIC_URL}/api/v1/regions/DE111"), "any spelling, one address");
}

fn references_lead_to_records_of_either_kind(app: TestApp) {
    let admin = app.admin();
    for (kind, name) in [(Kind::Initiative, "Eins"), (Kind::Network, "Zwei")] {
        admin.create(kind, &minimal(kind, name));
        let event = with(&minimal(Kind::Event, name), &json!({ "organisers": [name.to_lowercase()] }));
        let event = admin.create(Kind::Event, &event);
        let affiliation = json!({ "organisation": name.to_lowercase(), "role": "Gründungsmitglied", "since": "2020-01-01" });
        let member = with(&minimal(Kind::Member, name), &json!({ "affiliations": [affiliation] }));
        let member = admin.create(Kind::Member, &member);
        let linked = |kind: Kind, record: &Value| {
            let address = format!("{}/{}.jsonld", collection(kind), record["id"].as_str().unwrap());
            app.anonymous().get(&address).expect(200).json()
        };
        let target = json!({
            "@id": format!("{PUBLIC_URL}{}/{}", collection(kind), name.to_lowercase()), "@type": "Organization", "name": name
        });
        assert_eq!(linked(Kind::Event, &event)["organizer"], target);
        let role = &linked(Kind::Member, &member)["memberOf"];
        assert_eq!(
            *role,
            json!({ "@type": "OrganizationRole", "roleName": "Gründungsmitglied", "startDate": "2020-01-01", "memberOf": target })
        );
        admin.change(kind, &name.to_lowercase(), &json!({ "status": "draft" }));
        assert_eq!(linked(Kind::Event, &event).get("organizer"), None, "what is hidden is not referred to");
    }
}

fn times_of_events_are_local(app: TestApp) {
    let dates = |fields: Value| {
        let event = app.admin().create(Kind::Event, &with(&minimal(Kind::Event, "Eins"), &fields));
        let address = format!("/api/v1/events/{}.jsonld", event["id"].as_str().unwrap());
        let document = app.anonymous().get(&address).expect(200).json();
        [&document["startDate"], &document["endDate"]].map(|date| date.as_str().unwrap().to_owned())
    };
    let timed = json!({ "starts_at": "2026-10-25T00:30:00Z", "ends_at": "2026-10-25T01:30:00.5Z" });
    assert_eq!(dates(timed), ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00.500+01:00"]);
    let elsewhere =
        json!({ "starts_at": "2026-06-01T09:00", "ends_at": "2026-06-01T10:00", "time_zone": "Asia/Tokyo" });
    assert_eq!(dates(elsewhere), ["2026-06-01T09:00:00+09:00", "2026-06-01T10:00:00+09:00"]);
    let whole_days = json!({ "starts_at": "2026-06-01", "ends_at": "2026-06-03", "all_day": true });
    assert_eq!(dates(whole_days), ["2026-06-01", "2026-06-02"]);
}

fn no_text_closes_a_script(app: TestApp) {
    let name = "a < b && b > c";
    app.admin().create(Kind::Network, &with(&minimal(Kind::Network, name), &json!({ "slug": "vergleich" })));
    let answer = app.anonymous().get("/api/v1/networks/vergleich.jsonld").expect(200);
    assert!(!answer.text().contains('<'));
    assert_eq!(answer.json()["name"], name);
}
