//! Records as rows of a table, for CSV and spreadsheets.
//!
//! Nested fields have their own columns (`contact.city`). Lists are joined by `; `, references are written as slugs.

use domain::{
    content::{Content, Derived},
    id::Id,
    record::{DerivedValues, Record, Status},
};
use serde_json::Value;

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// The fields that lead to its value.
    fields: Vec<String>,
    /// Its type, which follows from the example of the kind.
    pub(super) column_type: Type,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Text, codes and lists.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// An amount of money, with two decimals.
    Money,
    /// A day, or the month or year if only that is known.
    Date,
    /// A moment in UTC.
    Moment,
}

impl Column {
    /// A column whose values are like an example.
    pub(super) fn of(fields: Vec<String>, example: &Value) -> Self {
        Self { fields, column_type: Type::of(example) }
    }

    /// Its name: the fields, joined by dots.
    pub(super) fn name(&self) -> String {
        self.fields.join(".")
    }

    /// Its value in a record, or null.
    pub(super) fn value<'a>(&self, record: &'a Value) -> &'a Value {
        const NULL: &Value = &Value::Null;
        self.fields.iter().try_fold(record, |value, field| value.get(field)).unwrap_or(NULL)
    }
}

impl Type {
    /// The type of values like an example.
    fn of(example: &Value) -> Self {
        let text = match example {
            Value::Bool(_) => return Self::Boolean,
            Value::Number(_) => return Self::Number,
            Value::String(text) => text,
            _ => return Self::Text,
        };
        let is_money = |(euros, cents): (&str, &str)| euros.parse::<u64>().is_ok() && has_form(cents, "##");
        if has_form(text, "####-##-##T##:##:##Z") {
            Self::Moment
        } else if ["####-##-##", "####-##", "####"].iter().any(|form| has_form(text, form)) {
            Self::Date
        } else if text.split_once('.').is_some_and(is_money) {
            Self::Money
        } else {
            Self::Text
        }
    }

    /// Whether its values are numbers.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Money)
    }
}

/// The columns of a kind. They follow from its example, which has all fields filled.
pub(super) fn columns<C: Content>() -> Vec<Column> {
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
            operation_count: C::DERIVED.contains(&Derived::OperationCount).then_some(0),
            next_update: C::DERIVED
                .contains(&Derived::NextUpdate)
                .then_some(Some(domain::time::Date(chrono::DateTime::UNIX_EPOCH.date_naive()))),
            ..DerivedValues::of(&content)
        },
        content,
    };
    let mut columns = Vec::new();
    collect_columns(&serde_json::to_value(record).unwrap_or_default(), &[], &mut columns);
    columns
}

fn collect_columns(value: &Value, fields: &[String], columns: &mut Vec<Column>) {
    match value {
        Value::Object(object) if !is_reference(object) => {
            for (field, value) in object {
                collect_columns(value, &[fields, std::slice::from_ref(field)].concat(), columns);
            }
        }
        example => columns.push(Column::of(fields.to_vec(), example)),
    }
}

/// Whether an object is a reference, with or without its label.
fn is_reference(object: &serde_json::Map<String, Value>) -> bool {
    object.contains_key("id") && object.keys().all(|key| matches!(key.as_str(), "id" | "slug" | "name"))
}

/// Whether a text has a form, in which `#` stands for a digit.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(letter, form): (u8, u8)| if form == b'#' { letter.is_ascii_digit() } else { letter == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

/// A value as the text of a cell.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("; "),
        other => plain(other),
    }
}

/// An entry of a list: the slug of a reference, the values of other objects.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Object(object) if is_reference(object) => object
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_text() {
        assert_eq!(text(&json!(["-a", "b"])), "-a; b");
        assert_eq!(text(&json!({"id": "x", "slug": "afbw", "name": "AFBW"})), "afbw");
        assert_eq!(text(&json!([{"label": "x", "until": null, "since": "2020"}])), "x | 2020");
    }
}
