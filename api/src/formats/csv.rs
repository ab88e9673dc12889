//! CSV (RFC 4180): a header row, then one row per record, in UTF-8 with a byte-order mark, which Excel needs.
//!
//! Nested fields have their own columns (`contact.city`). Lists are joined by `; `, references are written as slugs.

use super::Writer;
use crate::problem::Problem;
use domain::{
    content::{Content, Derived},
    id::Id,
    record::{DerivedValues, Record, Status},
};
use serde_json::Value;

/// Writes records as rows.
pub(super) struct Csv {
    columns: Vec<String>,
}

/// The columns of a kind. They follow from its example, which has all fields filled.
fn columns<C: Content>() -> Vec<String> {
    let content = C::example();
    let record = Record {
        id: Id(uuid::Uuid::nil()),
        slug: C::KIND.slug_space().and_then(|_| domain::slug::Slug::of_name("example")),
        status: Status::Draft,
        version: 1,
        created_at: chrono::DateTime::UNIX_EPOCH,
        updated_at: chrono::DateTime::UNIX_EPOCH,
        derived: DerivedValues {
            member_count: C::DERIVED.contains(&Derived::MemberCount).then_some(0),
            initiatives: C::DERIVED.contains(&Derived::Initiatives).then(Vec::new),
            ..DerivedValues::of(&content)
        },
        content,
    };
    let mut columns = Vec::new();
    collect_columns(&serde_json::to_value(record).unwrap_or_default(), "", &mut columns);
    columns
}

fn collect_columns(value: &Value, path: &str, columns: &mut Vec<String>) {
    match value {
        Value::Object(object) if !is_reference(value) => {
            for (key, value) in object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect_columns(value, &path, columns);
            }
        }
        _ => columns.push(path.to_owned()),
    }
}

/// Whether a value is a reference, with or without its label.
fn is_reference(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        object.contains_key("id") && object.keys().all(|key| matches!(key.as_str(), "id" | "slug" | "name"))
    })
}

impl Csv {
    pub(super) fn new<C: Content>() -> Self {
        Self { columns: columns::<C>() }
    }

    fn row(&self, record: &Value) -> Vec<String> {
        let cell = |column: &String| {
            let value = column.split('.').try_fold(record, |value, key| value.get(key));
            value.map(cell).unwrap_or_default()
        };
        self.columns.iter().map(cell).collect()
    }
}

/// A value as the text of a cell. Text that a spreadsheet would read as a formula is prefixed with `'`.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        Value::Array(list) => disarm(list.iter().map(plain).collect::<Vec<_>>().join("; ")),
        Value::Object(_) => disarm(plain(value)),
        other => other.to_string(),
    }
}

fn disarm(text: String) -> String {
    cell(&Value::String(text))
}

/// An entry of a list: the slug of a reference, the values of other objects.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Object(object) if is_reference(value) => object
            .get("slug")
            .filter(|slug| slug.is_string())
            .or(object.get("id"))
            .map(plain)
            .unwrap_or_default(),
        Value::Object(object) => {
            object.values().map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" | ")
        }
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Writes rows with CRLF line ends (RFC 4180).
fn rows(rows: &[Vec<String>]) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(Problem::internal)
}

impl<C: Content> Writer<C> for Csv {
    fn begin(&mut self) -> Result<Vec<u8>, Problem> {
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        bytes.extend(rows(std::slice::from_ref(&self.columns))?);
        Ok(bytes)
    }

    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        let values = records
            .iter()
            .map(|record| serde_json::to_value(record).map(|record| self.row(&record)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Problem::internal)?;
        rows(&values)
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_no_formulas() {
        assert_eq!(cell(&json!("=1+1")), "'=1+1");
        assert_eq!(cell(&json!(["-a", "b"])), "'-a; b");
        assert_eq!(cell(&json!(-1.5)), "-1.5");
        assert_eq!(cell(&json!({"id": "x", "slug": "afbw", "name": "AFBW"})), "afbw");
    }
}
