//! Records: content with id, slug, status and version.

use crate::{
    content::{self, Content},
    fault::Faults,
    id::Id,
    moment::Moment,
    parse,
    reference::Reference,
    slug::Slug,
    time::Date,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Publication status of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not published. Hidden from the public.
    Draft,
    /// Published.
    Published,
    /// Withdrawn.
    Archived,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Published, Self::Archived];

    /// The JSON name of the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// Parses the JSON name of a status.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A record as returned by the API.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record<C> {
    /// Id. Never changes.
    pub id: Id,
    /// Slug. Members have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// Publication status.
    pub status: Status,
    /// Version number. Starts at 1 and rises with each change of the record.
    pub version: i64,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// The fields of the kind.
    #[serde(flatten)]
    pub content: C,
    /// Fields that the server computes.
    #[serde(flatten)]
    pub derived: DerivedValues,
}

/// Values of the fields that the server computes. `None` if the kind does not have the field.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DerivedValues {
    /// Number of public, published members with a current affiliation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_count: Option<i64>,
    /// Initiatives that work in the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiatives: Option<Vec<Reference>>,
    /// First day of the event, in its time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_day: Option<Date>,
    /// Last day of the event, in its time zone. Inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
    /// Number of public operations under the measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_count: Option<i64>,
    /// Day by which the list of operations is updated again at the latest. Null if none is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Option<Date>>,
}

impl DerivedValues {
    /// The values that depend on the content alone.
    pub fn of<C: Content>(content: &C) -> Self {
        let (first_day, last_day) = content.days().unzip();
        Self { first_day, last_day, ..Self::default() }
    }
}

/// Fields that only the server sets, for every kind.
pub const SERVER_OWNED: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// Server-set fields that a client sent. They are accepted if they are unchanged.
#[derive(Clone, Debug, Default)]
pub struct ServerOwned(Vec<(&'static str, Value)>);

impl ServerOwned {
    /// Removes the fields common to all kinds from a body. Records a fault for each that has the wrong type.
    pub fn take(body: &mut Map<String, Value>, faults: &mut Faults) -> Self {
        let mut owned = Self::default();
        for field in SERVER_OWNED {
            owned.take_one(body, field, faults, |sent, pointer, faults| match field {
                "version" => parse::value::<i64>(sent, pointer, faults).is_some(),
                _ => parse::value::<String>(sent, pointer, faults).is_some(),
            });
        }
        owned
    }

    /// Like [`ServerOwned::take`], including the fields of the kind.
    fn take_all<C: Content>(body: &mut Map<String, Value>, faults: &mut Faults) -> Self {
        let mut owned = Self::take(body, faults);
        for derived in C::DERIVED {
            owned.take_one(body, derived.field(), faults, |sent, pointer, faults| {
                derived.has_type(sent, pointer, faults)
            });
        }
        for field in C::SERVER_OWNED {
            owned.take_one(body, field, faults, |sent, pointer, faults| {
                let mut whole = serde_json::to_value(C::example()).unwrap_or_default();
                whole[*field] = sent.clone();
                parse::value::<C>(&whole, pointer.trim_end_matches(&format!("/{field}")), faults).is_some()
            });
        }
        owned
    }

    fn take_one(
        &mut self,
        body: &mut Map<String, Value>,
        field: &'static str,
        faults: &mut Faults,
        has_type: impl FnOnce(&Value, &str, &mut Faults) -> bool,
    ) {
        let sent = body.shift_remove(field).filter(|sent| !sent.is_null());
        if let Some(sent) = sent.filter(|sent| has_type(sent, &format!("/{field}"), faults)) {
            self.0.push((field, sent));
        }
    }

    /// Whether the body contained none of these fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Records a fault for each value that differs from the current one.
    pub fn check(&self, current: Option<&Map<String, Value>>, faults: &mut Faults) {
        self.check_among(&[current], faults);
    }

    /// Records a fault for each value that appears in none of `states`.
    fn check_among(&self, states: &[Option<&Map<String, Value>>], faults: &mut Faults) {
        for (field, sent) in &self.0 {
            let mut values = states.iter().flatten().filter_map(|state| state.get(*field));
            if !values.any(|value| is_same(value, sent)) {
                faults
                    .broken(format!("/{field}"), "is set by the server: omit it, or send it back unchanged");
            }
        }
    }
}

/// The body of a write.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft<C> {
    /// The slug. If `None`, the current slug is kept, or a new one is derived from the name.
    pub slug: Option<Slug>,
    /// The status. If `None`, the current status is kept. New records are `draft`.
    pub status: Option<Status>,
    /// The fields of the kind.
    pub content: C,
}

impl<C: Content> Draft<C> {
    /// Parses the body of a write. `current` is the record as its writer sees it, if it exists.
    ///
    /// Fields that only the server sets are accepted if they equal the current values. Records all faults, and
    /// returns the draft whenever it can be parsed.
    pub fn read(body: Value, current: Option<&Map<String, Value>>, faults: &mut Faults) -> Option<Self> {
        let Value::Object(mut body) = body else {
            faults.malformed("", "must be a JSON object");
            return None;
        };
        let sent = ServerOwned::take_all::<C>(&mut body, faults);
        let slug = match C::KIND.slug_space() {
            Some(_) => parse::field(&mut body, "slug", faults),
            None => None, // if sent, `content::read` reports an unknown field
        };
        let status = parse::field(&mut body, "status", faults);
        let content: Option<C> = content::read(Value::Object(body), faults);
        // The client may already send the derived values that follow from its changes.
        let implied = content
            .as_ref()
            .filter(|_| !sent.is_empty())
            .and_then(|content| serde_json::to_value(DerivedValues::of(content)).ok());
        // A new record may contain the values that it would get by default.
        let fresh = content
            .as_ref()
            .filter(|_| current.is_none() && !sent.is_empty())
            .and_then(|content| serde_json::to_value(content).ok());
        let [implied, fresh] = [&implied, &fresh].map(|state| state.as_ref().and_then(Value::as_object));
        sent.check_among(&[current, implied, fresh], faults);
        content.map(|content| Self { slug, status, content })
    }
}

/// Whether two values are equal. Moments are compared in UTC, because clients rewrite their offset.
fn is_same(present: &Value, sent: &Value) -> bool {
    let moment = |value: &Value| match Moment::of_any_year(value.as_str()?) {
        Some(Moment::Utc(moment)) => Some(moment),
        _ => None,
    };
    present == sent || moment(present).is_some_and(|present| Some(present) == moment(sent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use serde_json::json;

    fn faults_of(sent: Value, current: Option<Value>) -> Vec<String> {
        let mut body = serde_json::to_value(Event::example()).unwrap();
        body.as_object_mut().unwrap().extend(sent.as_object().cloned().unwrap());
        let current = current.map(|current| current.as_object().cloned().unwrap());
        let mut faults = Faults::new();
        Draft::<Event>::read(body, current.as_ref(), &mut faults);
        faults.iter().map(|fault| fault.pointer.clone()).collect()
    }

    #[test]
    fn what_only_the_server_sets_may_come_back_as_it_is() {
        let current = json!({"version": 7, "created_at": "2026-05-01T07:30:00.5Z", "sequence": 3});
        let same =
            json!({"version": 7, "created_at": "2026-05-01T09:30:00.500+02:00", "sequence": 3, "id": null});
        assert_eq!(faults_of(same, Some(current.clone())), [""; 0]);
        let other = json!({"version": 8, "created_at": "2026-05-01T07:30:00Z", "sequence": 2});
        assert_eq!(faults_of(other, Some(current)), ["/version", "/created_at", "/sequence"]);
    }

    #[test]
    fn what_there_is_not_yet_may_be_sent_as_it_will_be() {
        assert_eq!(faults_of(json!({"sequence": 0}), None), [""; 0]);
        assert_eq!(faults_of(json!({"sequence": 1, "version": 1}), None), ["/version", "/sequence"]);
    }
}
