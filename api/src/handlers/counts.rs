//! Counts per facet value.

use crate::openapi::{Schemas, add_answers};
use domain::{scalar::Euro, text::LocalName, vocabulary::EntryName};
use persistence::query::facets::FacetCount;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::{
    ToSchema,
    openapi::{
        Object, Ref, Schema,
        schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Type},
    },
};

/// Counts by facet name.
pub(super) type Counts = BTreeMap<&'static str, Vec<Count>>;

/// Number of records with a value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetCount)]
pub(super) struct Count {
    /// Code, word or slug, as accepted by the filter of the same name.
    value: String,
    #[schema(schema_with = name_of_value)]
    name: EntryName,
    /// Number of records.
    #[schema(minimum = 1)]
    count: i64,
    /// Sum of the total cost of these records in euros, as a decimal string. For operations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false, nullable = false, pattern = "^[0-9]{1,27}\\.[0-9]{2}$", example = "1500000.00")]
    total_cost: Option<Euro>,
}

/// The schema of a name in one or two languages.
fn name_of_value() -> Schema {
    let either = OneOfBuilder::new()
        .description(Some("Name of the value, in German and English if the vocabulary of the facet is bilingual. Otherwise a proper name or a German word."))
        .item(Object::with_type(Type::String))
        .item(Ref::from_schema_name(LocalName::name()))
        .build();
    Schema::OneOf(either)
}

impl From<FacetCount> for Count {
    fn from(FacetCount { value, name, count, amount }: FacetCount) -> Self {
        Self { value, name, count, total_cost: amount }
    }
}

/// The schema of counts by facet.
pub(super) fn counts() -> Object {
    let counts = ArrayBuilder::new()
        .description(Some("Values, most frequent first."))
        .items(Ref::from_schema_name(Count::name()));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Counts by facet name."))
        .additional_properties(Some(counts))
        .build()
}

/// Adds the schema of a count.
pub(super) fn add_count(schemas: &mut Schemas) {
    let examples = json!([
        { "value": "DE1", "name": { "de": "Baden-Württemberg", "en": "Baden-Württemberg" }, "count": 56 },
        { "value": "microtec-suedwest", "name": "microTEC Südwest e.V.", "count": 12 },
        { "value": "2023", "name": "2023", "count": 7, "total_cost": "8250000.00" }
    ]);
    add_answers::<Count>(schemas, examples);
    // Only counts of operations have a sum.
    if let Some(schema) = schemas.0.get_mut(Count::name().as_ref()) {
        schema["required"] = json!(["value", "name", "count"]);
    }
}
