//! How many records have each value, facet by facet.

use crate::openapi::{Schemas, add_answers};
use domain::{text::LocalName, vocabulary::EntryName};
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

/// Counts by the facet's name.
pub(super) type Counts = BTreeMap<&'static str, Vec<Count>>;

/// How many records have a value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetCount)]
pub(super) struct Count {
    /// A code, a word, or a slug: what the filter of this name takes.
    value: String,
    #[schema(schema_with = name_of_value)]
    name: EntryName,
    /// How many records.
    #[schema(minimum = 1)]
    count: i64,
}

/// A name in one language, or in both.
fn name_of_value() -> Schema {
    let either = OneOfBuilder::new()
        .description(Some("What it is called: in German and English where the facet's vocabulary is bilingual; else a proper name, or a word in German."))
        .item(Object::with_type(Type::String))
        .item(Ref::from_schema_name(LocalName::name()))
        .build();
    Schema::OneOf(either)
}

impl From<FacetCount> for Count {
    fn from(FacetCount { value, name, count }: FacetCount) -> Self {
        Self { value, name, count }
    }
}

/// Counts, facet by facet.
pub(super) fn counts() -> Object {
    let counts = ArrayBuilder::new()
        .description(Some("Values, the most frequent first."))
        .items(Ref::from_schema_name(Count::name()));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Counts by the facet's name."))
        .additional_properties(Some(counts))
        .build()
}

/// Adds the count of a value.
pub(super) fn add_count(schemas: &mut Schemas) {
    let examples = json!([
        { "value": "DE1", "name": { "de": "Baden-Württemberg", "en": "Baden-Württemberg" }, "count": 56 },
        { "value": "microtec-suedwest", "name": "microTEC Südwest e.V.", "count": 12 }
    ]);
    add_answers::<Count>(schemas, examples);
}
