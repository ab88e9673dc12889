//! Parameters of operations.

use domain::{
    content::Content,
    moment::Moment,
    query::{FilterSpec, Query},
    search::SearchQuery,
};
use serde_json::{Value, json};

/// A reference to a shared parameter.
pub(crate) fn parameter(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// The path parameter that identifies a record.
pub(crate) fn key<C: Content>() -> Value {
    json!({
        "name": "key", "in": "path", "required": true,
        "description": "Slug or id of the record. A former slug redirects (308).",
        "schema": code_or_slug(C::EXAMPLE_KEY)
    })
}

/// Text without control characters. No code and no slug contains them.
pub(crate) const PRINTED: &str = "^[^\\x00-\\x1F\\x7F]*$";

/// The schema of a code or slug in a path.
pub(crate) fn code_or_slug(example: &str) -> Value {
    json!({ "type": "string", "pattern": PRINTED, "minLength": 1, "maxLength": 100, "examples": [example] })
}

/// An example of a feed cursor: the number of a change and the identity of the database.
pub(crate) const CURSOR: &str = "4711-9f3c1e7a5b2d4c68";

/// A parameter of the query string.
pub(crate) fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema })
}

/// A repeatable parameter of the query string.
pub(crate) fn repeated(name: &str, description: &str, item: Value) -> Value {
    json!({
        "name": name,
        "in": "query",
        "required": false,
        "description": format!("{description} Repeat it to match any of several values."),
        "style": "form",
        "explode": true,
        "schema": { "type": "array", "items": item, "maxItems": 200 }
    })
}

/// The filter by a facet.
pub(crate) fn facet(name: &str, description: &str, words: &[&str], example: &str) -> Value {
    let item =
        if words.is_empty() { code_or_slug(example) } else { json!({ "type": "string", "enum": words }) };
    repeated(name, description, item)
}

/// The sort order of a list.
pub(crate) fn sort(keys: &[&str], default: &str) -> Value {
    let both: Vec<String> = keys.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]).collect();
    let schema = json!({ "type": "string", "enum": both, "default": default });
    query(Query::SORT.name, Query::SORT.description, schema)
}

/// The pattern of a moment in a parameter: a year, a month, a date, or a time with its offset.
pub(crate) const PERIOD: &str = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2}([Tt]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?([Zz]|[+ -]([01][0-9]|2[0-3]):[0-5][0-9]))?)?)?$";

/// A filter by a moment.
pub(crate) fn moment(filter: FilterSpec) -> Value {
    let schema = json!({ "type": "string", "pattern": PERIOD, "maxLength": Moment::MAX_LENGTH, "examples": filter.examples });
    query(filter.name, filter.description, schema)
}

/// A search text.
pub(crate) fn text(filter: FilterSpec) -> Value {
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": SearchQuery::MAX_CHARACTERS, "examples": filter.examples });
    query(filter.name, filter.description, schema)
}
