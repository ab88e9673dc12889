//! Schemas of each kind: in responses, in writes and in patches.

use super::{
    examples,
    tidy::{PREFIX, schema_of, tidy},
    twins::Twin,
};
use domain::{
    content::{Content, Derived},
    id::Id,
    query::Page,
    record::SERVER_OWNED,
    slug::Slug,
    vocabulary::Entry,
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Named schemas. The first schema of a name is kept.
#[derive(Debug, Default)]
pub(crate) struct Schemas(pub(crate) Map<String, Value>);

impl Schemas {
    /// Adds a schema.
    pub(crate) fn add(&mut self, name: &str, schema: Value) {
        self.0.entry(name).or_insert(schema);
    }

    /// Adds all schemas of another set.
    #[cfg(test)]
    pub(crate) fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|(name, schema)| self.add(&name, schema));
    }
}

/// A reference to a named schema.
pub(crate) fn named(name: &str) -> Value {
    json!({ "$ref": format!("{PREFIX}{name}") })
}

/// The name of a schema of a kind: `Initiative`, `InitiativeInput`, `InitiativePatch`, `InitiativeList`.
pub(crate) fn name_of<C: Content>(suffix: &str) -> String {
    format!("{}{suffix}", <C as ToSchema>::name())
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

/// Adds all schemas that the operations of a kind refer to.
pub(crate) fn add_kind<C: Content>(schemas: &mut Schemas) {
    let content = schema_of::<C>();
    let parts = parts_of::<C>();
    for (name, schema) in &parts {
        schemas.add(name, answered(schema.clone()));
        for twin in [Twin::Input, Twin::Patch] {
            if twin.differs(schema) {
                schemas.add(&twin.name(name), twin.of(schema, &parts));
            }
        }
    }
    schemas.add(&name_of::<C>(""), record::<C>(&content));
    schemas.add(&name_of::<C>("Input"), written::<C>(&content, &parts, Twin::Input));
    schemas.add(&name_of::<C>("Patch"), written::<C>(&content, &parts, Twin::Patch));
    schemas.add(
        &name_of::<C>("List"),
        counted(&name_of::<C>(""), "A page of the list.", &examples::record::<C>()),
    );
    let feature = name_of::<C>("Feature");
    schemas.add(&feature, self::feature(&name_of::<C>("")));
    schemas.add(&name_of::<C>("FeatureCollection"), feature_collection(&feature));
}

/// Adds the schemas of a vocabulary.
pub(crate) fn add_vocabulary<E: Entry>(schemas: &mut Schemas) {
    let example = E::all().first().and_then(|entry| serde_json::to_value(entry).ok()).unwrap_or_default();
    add_answer::<E>(schemas, &example);
    let name = <E as ToSchema>::name();
    if let Some(schema) = schemas.0.get_mut(name.as_ref()) {
        bound_vocabulary(schema);
    }
    schemas.add(&format!("{name}List"), counted(&name, "A page of the list.", &example));
}

/// Bounds the texts and lists of vocabulary entries. Their content comes from data files, so the types do not bound it.
fn bound_vocabulary(entry: &mut Value) {
    let Some(fields) = entry["properties"].as_object_mut() else { return };
    for field in fields.values_mut().filter_map(Value::as_object_mut) {
        let schema = if field.contains_key("items") {
            field.insert("maxItems".to_owned(), json!(5_000));
            field.get_mut("items").and_then(Value::as_object_mut)
        } else {
            Some(field)
        };
        if let Some(text) = schema.filter(|it| is_of_type(it, "string") && !it.contains_key("format")) {
            text.entry("maxLength").or_insert(json!(500));
        }
    }
}

/// Whether a schema allows this type.
pub(crate) fn is_of_type(schema: &Map<String, Value>, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(word)) => word == name,
        Some(Value::Array(words)) => words.iter().any(|word| word == name),
        _ => false,
    }
}

/// Adds the schema of a response struct, and all schemas that it refers to.
pub(crate) fn add_answer<T: ToSchema>(schemas: &mut Schemas, example: &Value) {
    add_answers::<T>(schemas, json!([example]));
}

/// Like [`add_answer`], with several examples.
pub(crate) fn add_answers<T: ToSchema>(schemas: &mut Schemas, examples: Value) {
    for (name, schema) in parts_of::<T>() {
        schemas.add(&name, answered(schema));
    }
    let mut schema = answered(schema_of::<T>());
    schema["examples"] = examples;
    schemas.add(&<T as ToSchema>::name(), schema);
}

/// The schema of a struct in responses: all fields are required, and unknown fields are allowed.
pub(crate) fn answered(mut schema: Value) -> Value {
    if let Some(object) = schema.as_object_mut()
        && let Some(Value::Object(properties)) = object.get("properties")
    {
        let all: Vec<String> = properties.keys().cloned().collect();
        object.insert("required".to_owned(), json!(all));
        object.shift_remove("additionalProperties");
    }
    schema
}

/// The schema of an id.
pub(crate) fn schema_of_id() -> Value {
    schema_of::<Id>()
}

/// A whole number.
pub(crate) fn number(description: &str, minimum: i64, example: i64) -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": minimum, "description": description, "examples": [example] })
}

/// A slug in responses, or null for kinds without slugs.
pub(crate) fn slug_or_null(description: &str) -> Value {
    let mut schema = schema_of::<Slug>();
    schema["type"] = json!(["string", "null"]);
    schema["description"] = description.into();
    schema
}

/// A moment in responses.
pub(crate) fn moment(description: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": description, "examples": ["2026-05-01T07:30:00Z"] })
}

/// The fields that every record has.
fn heading<C: Content>() -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), schema_of::<Id>());
    if C::KIND.slug_space().is_some() {
        fields.insert("slug".to_owned(), schema_of::<Slug>());
    }
    fields.insert("status".to_owned(), named("Status"));
    fields.insert(
        "version".to_owned(),
        number("Version number, incremented with each change of the record itself.", 1, 1),
    );
    fields.insert("created_at".to_owned(), moment("Time of creation."));
    fields.insert("updated_at".to_owned(), moment("Time of the last change."));
    fields
}

fn derived<C: Content>() -> Map<String, Value> {
    let day = |description: &str| json!({ "type": "string", "format": "date", "description": description, "examples": ["2026-10-01"] });
    let schema = |derived: &Derived| match derived {
        Derived::MemberCount => number("Number of public, published members affiliated today.", 0, 12),
        Derived::Initiatives => json!({
            "type": "array", "items": named("Reference"), "description": "Initiatives that work in the cluster."
        }),
        Derived::OperationCount => number("Number of public operations under the measure.", 0, 24),
        Derived::NextUpdate => {
            let mut day = day(
                "Day by which the list of operations is updated again at the latest: four months after the last change of a public operation (Regulation (EU) 2021/1060 Article 49(3)). The same for all operations. A day in the past means that the update is overdue. Null while no operation is public.",
            );
            day["type"] = json!(["string", "null"]);
            day
        }
        Derived::FirstDay => day("First day of the event on a calendar in `time_zone`."),
        Derived::LastDay => day(
            "Last day of the event on a calendar in `time_zone`, inclusive. An event that ends at midnight does not include the day that begins then.",
        ),
    };
    C::DERIVED.iter().map(|field| (field.field().to_owned(), schema(field))).collect()
}

/// A record in responses.
fn record<C: Content>(content: &Value) -> Value {
    let mut properties = heading::<C>();
    properties.extend(content["properties"].as_object().cloned().unwrap_or_default());
    properties.extend(derived::<C>());
    let mut schema = answered(json!({ "type": "object", "properties": properties }));
    schema["description"] = content["description"].clone();
    schema["examples"] = json!([examples::record::<C>()]);
    schema
}

/// A record in writes. It may contain the fields that the server sets, with their current values.
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
                json!(format!("{description} Set by the server: omit it, or send the current value."));
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

/// A page of items.
pub(crate) fn page(item: &str, description: &str, example: &Value) -> Value {
    json!({
        "type": "object",
        "description": description,
        "required": ["items", "next"],
        "properties": {
            "items": { "type": "array", "items": named(item), "maxItems": Page::MAX_LIMIT, "description": "Items on this page." },
            "next": {
                "type": ["string", "null"], "format": "uri",
                "description": "URL of the next page, or null on the last page.",
                "examples": [format!("{}/api/v1/initiatives?cursor=c2VlIG5leHQ", super::EXAMPLE_URL)]
            }
        },
        "examples": [{ "items": [example], "next": null }]
    })
}

/// A page of a list that supports `with_total`.
pub(crate) fn counted(item: &str, description: &str, example: &Value) -> Value {
    let mut list = page(item, description, example);
    list["properties"]["total"] =
        number("Number of records on all pages. Only with `with_total=true`.", 0, 56);
    list
}

/// A record as a GeoJSON feature (RFC 7946 section 3.2).
fn feature(record: &str) -> Value {
    json!({
        "type": "object",
        "description": "A record as a GeoJSON feature (RFC 7946 section 3.2).",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": schema_of::<Id>(),
            "geometry": { "oneOf": [named("Point"), { "type": "null" }] },
            "properties": named(record)
        }
    })
}

/// An export as a GeoJSON feature collection (RFC 7946 section 3.3).
fn feature_collection(feature: &str) -> Value {
    json!({
        "type": "object",
        "description": "A GeoJSON feature collection (RFC 7946 section 3.3).",
        "required": ["type", "features"],
        "properties": {
            "type": { "type": "string", "enum": ["FeatureCollection"] },
            "features": { "type": "array", "items": named(feature), "maxItems": Page::MAX_EXPORT_LIMIT }
        }
    })
}
