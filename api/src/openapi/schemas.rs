//! Schemas: each kind as it is answered, as it is written, and as it is patched.

use super::{Document, examples, tidy::tidy};
use domain::{
    content::{Content, Derived},
    id::Id,
    record::{SERVER_OWNED, Status},
    reference::Reference,
    slug::Slug,
    vocabulary::Entry,
};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

const PREFIX: &str = "#/components/schemas/";

/// A reference to a named schema.
pub(super) fn named(name: &str) -> Value {
    json!({ "$ref": format!("{PREFIX}{name}") })
}

/// What schemas of a kind are called: `Initiative`, `InitiativeInput`, `InitiativePatch`, `InitiativeList`.
pub(super) fn name_of<C: Content>(suffix: &str) -> String {
    format!("{}{suffix}", <C as ToSchema>::name())
}

fn schema_of<T: PartialSchema>() -> Value {
    tidy(serde_json::to_value(T::schema()).unwrap_or_default())
}

/// The named schemas that a type refers to.
fn parts_of<T: ToSchema>() -> Vec<(String, Value)> {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    parts
        .into_iter()
        .map(|(name, schema)| (name, tidy(serde_json::to_value(schema).unwrap_or_default())))
        .collect()
}

/// Adds everything that the operations of a kind refer to.
pub(super) fn add_kind<C: Content>(document: &mut Document) {
    let content = schema_of::<C>();
    let parts = parts_of::<C>();
    for (name, schema) in &parts {
        document.add_schema(name, answered(schema.clone()));
        for twin in [Twin::Input, Twin::Patch] {
            if twin.differs(schema) {
                document.add_schema(&twin.name(name), twin.of(schema, &parts));
            }
        }
    }
    document.add_schema(&name_of::<C>(""), record::<C>(&content));
    document.add_schema(&name_of::<C>("Input"), written::<C>(&content, &parts, Twin::Input));
    document.add_schema(&name_of::<C>("Patch"), written::<C>(&content, &parts, Twin::Patch));
    document.add_schema(&name_of::<C>("List"), list(&name_of::<C>(""), &examples::record::<C>()));
    let feature = name_of::<C>("Feature");
    document.add_schema(&feature, self::feature(&name_of::<C>("")));
    document.add_schema(&name_of::<C>("FeatureCollection"), feature_collection(&feature));
}

/// Adds the schemas of a vocabulary.
pub(super) fn add_vocabulary<E: Entry>(document: &mut Document) {
    for (name, schema) in parts_of::<E>() {
        document.add_schema(&name, answered(schema));
    }
    let mut entry = answered(schema_of::<E>());
    let example = E::all().first().and_then(|entry| serde_json::to_value(entry).ok()).unwrap_or_default();
    entry["examples"] = json!([example]);
    let name = <E as ToSchema>::name();
    document.add_schema(&name, entry);
    document.add_schema(&format!("{name}List"), list(&name, &example));
}

/// A struct as it is answered: every field is there, and more may come.
fn answered(mut schema: Value) -> Value {
    if let Some(object) = schema.as_object_mut()
        && let Some(Value::Object(properties)) = object.get("properties")
    {
        let all: Vec<String> = properties.keys().cloned().collect();
        object.insert("required".to_owned(), json!(all));
        object.shift_remove("additionalProperties");
    }
    schema
}

/// The fields of every record, and those that the server computes.
fn heading<C: Content>() -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), schema_of::<Id>());
    if C::KIND.slug_space().is_some() {
        fields.insert("slug".to_owned(), schema_of::<Slug>());
    }
    let mut status = schema_of::<Status>();
    status["description"] = json!("Where the record is in its life; the public sees what is published.");
    fields.insert("status".to_owned(), status);
    fields.insert(
        "version".to_owned(),
        json!({ "type": "integer", "format": "int64", "minimum": 1, "description": "Counts the record's own changes.", "examples": [1] }),
    );
    for (field, description) in
        [("created_at", "When it came into being."), ("updated_at", "When it last changed.")]
    {
        fields.insert(
            field.to_owned(),
            json!({ "type": "string", "format": "date-time", "description": description, "examples": ["2026-05-01T07:30:00Z"] }),
        );
    }
    fields
}

fn derived<C: Content>() -> Map<String, Value> {
    let schema = |derived: &Derived| match derived {
        Derived::MemberCount => json!({
            "type": "integer", "format": "int64", "minimum": 0, "examples": [12],
            "description": "How many public, published members are affiliated today."
        }),
        Derived::Initiatives => json!({
            "type": "array", "items": named("Reference"), "description": "The initiatives that work in the cluster."
        }),
    };
    C::DERIVED.iter().map(|field| (field.field().to_owned(), schema(field))).collect()
}

/// A record as it is answered.
fn record<C: Content>(content: &Value) -> Value {
    let mut properties = heading::<C>();
    properties.extend(content["properties"].as_object().cloned().unwrap_or_default());
    properties.extend(derived::<C>());
    let mut schema = answered(json!({ "type": "object", "properties": properties }));
    schema["description"] = content["description"].clone();
    schema["examples"] = json!([examples::record::<C>()]);
    schema
}

/// A record as it is written: the fields that the server sets may stand in it, when they are as they are.
fn written<C: Content>(content: &Value, parts: &[(String, Value)], twin: Twin) -> Value {
    let Value::Object(mut schema) = twin.of(content, parts) else { return Value::Null };
    let mut properties = heading::<C>();
    properties.extend(schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
    properties.extend(derived::<C>());
    let by_server = SERVER_OWNED.iter().chain(C::SERVER_OWNED).copied();
    for field in by_server.chain(C::DERIVED.iter().map(|derived| derived.field())) {
        if let Some(property) = properties.get_mut(field) {
            let description = property["description"].as_str().unwrap_or_default();
            property["description"] =
                json!(format!("{description} Set by the server: leave it out, or send it back as it is."));
        }
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    let example = match twin {
        Twin::Input => examples::input::<C>(),
        Twin::Patch => examples::patch::<C>(),
    };
    schema.insert("examples".to_owned(), json!([example]));
    Value::Object(schema)
}

/// What a schema becomes in writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twin {
    /// In bodies of POST and PUT: references in all their forms.
    Input,
    /// In bodies of PATCH (RFC 7396): nothing is required, and null removes.
    Patch,
}

impl Twin {
    fn name(self, name: &str) -> String {
        match self {
            Self::Input => format!("{name}Input"),
            Self::Patch => format!("{name}Patch"),
        }
    }

    /// Whether a named schema differs from its twin: answers have every field, writes may leave some out.
    fn differs(self, schema: &Value) -> bool {
        let fields = schema.get("properties").and_then(Value::as_object).map_or(0, Map::len);
        let required = schema.get("required").and_then(Value::as_array).map_or(0, Vec::len);
        let has_fields = fields > 0 && !is_reference(schema);
        match self {
            Self::Input => has_fields && required < fields,
            Self::Patch => has_fields,
        }
    }

    fn of(self, schema: &Value, parts: &[(String, Value)]) -> Value {
        let Value::Object(mut object) = self.rename(schema.clone(), parts) else { return Value::Null };
        if self == Self::Patch {
            object.shift_remove("required");
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                properties.values_mut().for_each(allow_null);
            }
        }
        Value::Object(object)
    }

    /// Replaces the names of schemas by those of their twins, and moments by what may be written for them.
    fn rename(self, value: Value, parts: &[(String, Value)]) -> Value {
        match value {
            Value::Object(object) => {
                let in_list = object.get("type") == Some(&json!("array"));
                // The entries of a list are replaced as a whole, so they are inputs even in a patch.
                let twin = if in_list { Self::Input } else { self };
                Value::Object(
                    object.into_iter().map(|(key, value)| (key, twin.rename(value, parts))).collect(),
                )
            }
            Value::Array(list) => {
                Value::Array(list.into_iter().map(|value| self.rename(value, parts)).collect())
            }
            Value::String(text) => Value::String(self.renamed(text, parts)),
            other => other,
        }
    }

    fn renamed(self, text: String, parts: &[(String, Value)]) -> String {
        let Some(name) = text.strip_prefix(PREFIX) else { return text };
        match (name, parts.iter().find(|(part, _)| part == name)) {
            ("Reference" | "Moment", _) => format!("{PREFIX}{name}Input"),
            (_, Some((_, schema))) if self.differs(schema) => format!("{PREFIX}{}", self.name(name)),
            _ => text,
        }
    }
}

fn is_reference(schema: &Value) -> bool {
    *schema == schema_of::<Reference>()
}

/// Lets a field of a patch be null.
fn allow_null(schema: &mut Value) {
    match schema.get("type").cloned() {
        Some(Value::String(plain)) => schema["type"] = json!([plain, "null"]),
        Some(_) => {}
        None if schema.get("oneOf").is_some() => {}
        None => *schema = json!({ "oneOf": [schema.clone(), { "type": "null" }] }),
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum")
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
}

/// A page of a list.
fn list(item: &str, example: &Value) -> Value {
    json!({
        "type": "object",
        "description": "A page of a list.",
        "required": ["items", "next"],
        "properties": {
            "items": { "type": "array", "items": named(item), "description": "The records of the page." },
            "next": {
                "type": ["string", "null"], "format": "uri",
                "description": "Address of the next page; null on the last.",
                "examples": [format!("{}/api/v1/initiatives?cursor=c2VlIG5leHQ", super::EXAMPLE_URL)]
            },
            "total": {
                "type": "integer", "format": "int64", "minimum": 0, "examples": [56],
                "description": "How many records there are on all pages; only with `with_total=true`."
            }
        },
        "examples": [{ "items": [example], "next": null }]
    })
}

/// A record as a GeoJSON feature (RFC 7946 section 3.2).
fn feature(record: &str) -> Value {
    json!({
        "type": "object",
        "description": "A record as a feature (RFC 7946 section 3.2).",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": schema_of::<Id>(),
            "geometry": { "oneOf": [named("Point"), { "type": "null" }] },
            "properties": named(record)
        }
    })
}

/// All features of an export (RFC 7946 section 3.3).
fn feature_collection(feature: &str) -> Value {
    json!({
        "type": "object",
        "description": "A collection of features (RFC 7946 section 3.3).",
        "required": ["type", "features"],
        "properties": {
            "type": { "type": "string", "enum": ["FeatureCollection"] },
            "features": { "type": "array", "items": named(feature) }
        }
    })
}

/// Adds the schemas that are no kind's own.
pub(super) fn add_shared(document: &mut Document) {
    let id = "019a2b3c-0000-7000-8000-000000000001";
    document.add_schema(
        "ReferenceInput",
        json!({
            "description": "A reference as it is written: an id, a slug, or an object that holds one, such as answers hold.",
            "anyOf": [
                { "type": "string", "minLength": 1, "maxLength": 100, "description": "An id or a slug." },
                {
                    "type": "object",
                    "properties": {
                        "id": { "type": "string", "format": "uuid" },
                        "slug": { "type": ["string", "null"] },
                        "name": { "type": "string" }
                    },
                    "additionalProperties": false
                }
            ],
            "examples": ["microtec-suedwest", id, { "id": id }]
        }),
    );
    document.add_schema(
        "MomentInput",
        json!({
            "type": "string",
            "description": "A moment: RFC 3339 with an offset, or a local time or date that is read in `time_zone`.",
            "minLength": 10,
            "maxLength": 40,
            "examples": ["2026-05-01T09:30:00+02:00", "2026-05-01T09:30", "2026-05-01"]
        }),
    );
    document.add_schema(
        "Point",
        json!({
            "type": "object",
            "description": "A point, longitude first (RFC 7946 section 3.1.2).",
            "required": ["type", "coordinates"],
            "properties": {
                "type": { "type": "string", "enum": ["Point"] },
                "coordinates": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 }
            },
            "examples": [{ "type": "Point", "coordinates": [9.1829, 48.7758] }]
        }),
    );
    document.add_schema("Problem", problem());
    document.add_schema("ProblemError", problem_error());
    document.add_schema("Facets", facets());
    document.add_schema("FacetCount", facet_count());
    document.add_schema("Landing", landing());
    document.add_schema("Link", link());
    document.add_schema("ProblemType", problem_type());
    document.add_schema(
        "Health",
        json!({
            "type": "object",
            "description": "Whether the server is alive or ready.",
            "required": ["status"],
            "properties": { "status": { "type": "string", "enum": ["live", "ready"] } },
            "examples": [{ "status": "ready" }]
        }),
    );
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a request was not answered as it wished (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "What kind of problem; the address explains it." },
            "title": { "type": "string", "description": "The kind in a few words." },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "The status of the answer." },
            "detail": { "type": "string", "description": "What is the matter in this case, and what to do." },
            "instance": { "type": "string", "description": "The path that was asked for." },
            "errors": {
                "type": "array",
                "description": "Every fault of the request.",
                "items": named("ProblemError")
            }
        },
        "examples": [{
            "type": format!("{}/problems/invalid", super::EXAMPLE_URL),
            "title": "The content breaks rules",
            "status": 422,
            "detail": "/ends_at: the event must end after it starts.",
            "instance": "/api/v1/events",
            "errors": [{ "pointer": "/ends_at", "detail": "the event must end after it starts" }]
        }]
    })
}

fn problem_error() -> Value {
    json!({
        "type": "object",
        "description": "One fault of a request.",
        "required": ["detail"],
        "properties": {
            "pointer": { "type": "string", "description": "JSON Pointer (RFC 6901) into the body." },
            "parameter": { "type": "string", "description": "Name of the parameter." },
            "detail": { "type": "string", "description": "What is wrong, and what would be right." }
        },
        "examples": [{ "pointer": "/ends_at", "detail": "the event must end after it starts" }]
    })
}

fn facet_count() -> Value {
    json!({
        "type": "object",
        "description": "How many records have a value.",
        "required": ["value", "name", "count"],
        "properties": {
            "value": { "type": "string", "description": "A code, a word, or a slug: what the filter of this name takes." },
            "name": { "type": "string", "description": "What it is called, in German." },
            "count": { "type": "integer", "format": "int64", "minimum": 1, "description": "How many records." }
        },
        "examples": [{ "value": "DE1", "name": "Baden-Württemberg", "count": 56 }]
    })
}

fn link() -> Value {
    json!({
        "type": "object",
        "description": "A link (RFC 8288).",
        "required": ["rel", "href", "title"],
        "properties": {
            "rel": { "type": "string", "description": "Relation type." },
            "href": { "type": "string", "format": "uri", "description": "Where it leads." },
            "title": { "type": "string", "description": "What is there." }
        },
        "examples": [{ "rel": "service-doc", "href": format!("{}/docs", super::EXAMPLE_URL), "title": "Documentation" }]
    })
}

fn facets() -> Value {
    let counts = json!({
        "type": "array",
        "description": "Values, the most frequent first.",
        "items": named("FacetCount")
    });
    json!({
        "type": "object",
        "description": "How many records have each value, facet by facet. A value counts for everything below it.",
        "required": ["facets"],
        "properties": {
            "facets": { "type": "object", "additionalProperties": counts, "description": "Counts by the facet's name." }
        },
        "examples": [{ "facets": { "region": [{ "value": "DE1", "name": "Baden-Württemberg", "count": 56 }] } }]
    })
}

fn landing() -> Value {
    let links =
        |description: &str| json!({ "type": "array", "items": named("Link"), "description": description });
    let party = json!({
        "type": "object",
        "required": ["name", "url"],
        "properties": { "name": { "type": "string" }, "url": { "type": "string", "format": "uri" } }
    });
    let limits = ["page_size", "body_bytes", "json_depth", "parameters", "uri_bytes", "header_bytes"];
    let limit_properties: Map<String, Value> = limits
        .iter()
        .map(|limit| ((*limit).to_owned(), json!({ "type": "integer", "format": "int64" })))
        .collect();
    json!({
        "type": "object",
        "description": "What this is, whose it is, where everything is, and how large requests may be.",
        "required": ["title", "description", "version", "publisher", "contact", "links", "collections", "vocabularies", "limits"],
        "properties": {
            "title": { "type": "string" },
            "description": { "type": "string" },
            "version": { "type": "string" },
            "publisher": party,
            "contact": party,
            "links": links("This document, the API's description, its documentation."),
            "collections": links("The collections of records."),
            "vocabularies": links("The controlled vocabularies."),
            "limits": { "type": "object", "required": limits, "properties": limit_properties, "description": "How large requests may be." }
        },
        "examples": [crate::handlers::landing::document(super::EXAMPLE_URL)]
    })
}

fn problem_type() -> Value {
    json!({
        "type": "object",
        "description": "What a type of problem means.",
        "required": ["type", "title", "status", "explanation"],
        "properties": {
            "type": { "type": "string", "format": "uri" },
            "title": { "type": "string" },
            "status": { "type": "integer", "format": "int32" },
            "explanation": { "type": "string" }
        }
    })
}
