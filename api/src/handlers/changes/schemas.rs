//! Schemas of changes: one per kind, with `kind` as the discriminator.

use crate::openapi::{
    CURSOR, Schemas, answered, moment, name_of, named, number, one, page, schema_of_id, slug_or_null,
};
use domain::{
    content::Content,
    kinds::{KindVisitor, every_kind},
};
use serde_json::{Value, json};

/// Adds the schemas of the feed.
pub(super) fn add_changes(schemas: &mut Schemas) {
    let mut variants = Variants { schemas, names: Vec::new() };
    every_kind(&mut variants);
    let names = variants.names;
    schemas.add("Change", change(&names));
    schemas.add("ChangeAction", action());
    schemas.add("ChangeList", feed());
}

fn action() -> Value {
    json!({
        "type": "string", "enum": ["upserted", "removed"],
        "description": "`upserted`: the record became public, or changed while public. `removed`: it is no longer public."
    })
}

/// Adds the schema of a change for each kind.
struct Variants<'a> {
    schemas: &'a mut Schemas,
    names: Vec<(&'static str, String)>,
}

impl KindVisitor for Variants<'_> {
    fn visit<C: Content>(&mut self) {
        let name = name_of::<C>("Change");
        self.schemas.add(&name, change_of::<C>());
        self.names.push((C::KIND.as_str(), name));
    }
}

fn change_of<C: Content>() -> Value {
    let kind = C::KIND.as_str();
    let has_slug = C::KIND.slug_space().is_some();
    let mut change = answered(json!({
        "type": "object",
        "description": format!("A change of {}.", one::<C>()),
        "properties": {
            "seq": number("Number of the change. Increases in commit order, with gaps.", 1, 4712),
            "at": moment("Time of the change."),
            "kind": { "type": "string", "enum": [kind], "description": "Kind of the record." },
            "id": schema_of_id(),
            "slug": slug_or_null("Current or last public slug of the record. Null for kinds without slugs."),
            "action": named("ChangeAction"),
            "version": number("Version of the record after the change.", 1, 7)
        }
    }));
    change["properties"]["record"] = json!({
        "oneOf": [named(&name_of::<C>("")), { "type": "null" }],
        "description": "The record in its current state, or null if it is no longer public. Only with `include=record`."
    });
    change["examples"] = json!([{
        "seq": 4712, "at": "2026-05-01T07:30:00Z", "kind": kind, "id": "019a2b3c-0000-7000-8000-000000000001",
        "slug": has_slug.then_some("microtec-suedwest"), "action": "removed", "version": 7, "record": null
    }]);
    change
}

fn change(names: &[(&str, String)]) -> Value {
    let mapping: serde_json::Map<String, Value> =
        names.iter().map(|(kind, name)| ((*kind).to_owned(), named(name)["$ref"].clone())).collect();
    json!({
        "description": "A change. `kind` determines the type of `record`.",
        "oneOf": names.iter().map(|(_, name)| named(name)).collect::<Vec<_>>(),
        "discriminator": { "propertyName": "kind", "mapping": mapping }
    })
}

fn feed() -> Value {
    let example = json!({
        "seq": 4711, "at": "2026-05-01T07:30:00Z", "kind": "initiative", "id": "019a2b3c-0000-7000-8000-000000000001",
        "slug": "microtec-suedwest", "action": "upserted", "version": 7
    });
    let mut feed = page("Change", "A page of the feed, oldest first.", &example);
    feed["required"] = json!(["items", "next", "cursor"]);
    feed["properties"]["next"]["description"] =
        json!("URL of the next page, or null if there are no more changes yet.");
    feed["properties"]["cursor"] = json!({
        "type": "string", "maxLength": 100, "examples": [CURSOR],
        "description": "Position after this page. Pass it as `since` to continue. Never expires."
    });
    feed["examples"] = json!([{ "items": [example], "next": null, "cursor": CURSOR }]);
    feed
}
