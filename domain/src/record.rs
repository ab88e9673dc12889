//! A record: content with identity, address, status and version.

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

/// Where a record is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Being written; the public does not know of it.
    Draft,
    /// For everyone.
    Published,
    /// Withdrawn.
    Archived,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Published, Self::Archived];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// The status with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A record as it is answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record<C> {
    /// Identity; never changes.
    pub id: Id,
    /// Readable address; members have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// Where it is in its life.
    pub status: Status,
    /// Counts its own changes, from 1.
    pub version: i64,
    /// When it came into being.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The fields of its kind.
    #[serde(flatten)]
    pub content: C,
    /// The fields that the server computes.
    #[serde(flatten)]
    pub derived: DerivedValues,
}

/// Values of the fields that the server computes; `None` where the kind has no such field.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DerivedValues {
    /// How many public, published, current members an organisation has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_count: Option<i64>,
    /// The initiatives that work in a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiatives: Option<Vec<Reference>>,
    /// The first local day that an event touches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_day: Option<Date>,
    /// The last local day that an event touches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
}

impl DerivedValues {
    /// Those that follow from the content alone.
    pub fn of<C: Content>(content: &C) -> Self {
        let (first_day, last_day) = content.days().unzip();
        Self { first_day, last_day, ..Self::default() }
    }
}

/// The fields of every record that only the server sets.
pub const SERVER_OWNED: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// What a body says of fields that only the server sets: taken when it is as it is now.
#[derive(Clone, Debug, Default)]
pub struct ServerOwned(Vec<(&'static str, Value)>);

impl ServerOwned {
    /// Takes those that every record has out of a body, and notes those that are of another type.
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

    /// Takes those of a kind, too.
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

    /// Whether nothing is said of them.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes those that are not as they are now.
    pub fn check(&self, current: Option<&Map<String, Value>>, faults: &mut Faults) {
        self.check_among(&[current], faults);
    }

    /// Notes those that are in none of these states.
    fn check_among(&self, states: &[Option<&Map<String, Value>>], faults: &mut Faults) {
        for (field, sent) in &self.0 {
            let mut values = states.iter().flatten().filter_map(|state| state.get(*field));
            if !values.any(|value| is_same(value, sent)) {
                faults.broken(
                    format!("/{field}"),
                    "is set by the server: leave it out, or send it back as it is now",
                );
            }
        }
    }
}

/// What a write asks for: content, and how it is to be addressed and shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft<C> {
    /// The slug; `None`: as it is, or made from the name.
    pub slug: Option<Slug>,
    /// The status; `None`: as it is, or `draft`.
    pub status: Option<Status>,
    /// The fields of its kind.
    pub content: C,
}

impl<C: Content> Draft<C> {
    /// Reads the body of a write. `current` is the record as its writer sees it, when there is one.
    ///
    /// Fields that only the server sets are accepted when they equal the current ones.
    /// Notes all faults; gives the draft whenever it can be made out.
    pub fn read(body: Value, current: Option<&Map<String, Value>>, faults: &mut Faults) -> Option<Self> {
        let Value::Object(mut body) = body else {
            faults.malformed("", "must be a JSON object");
            return None;
        };
        let sent = ServerOwned::take_all::<C>(&mut body, faults);
        let slug = match C::KIND.slug_space() {
            Some(_) => parse::field(&mut body, "slug", faults),
            None => None, // an unknown field of the content, if it is there
        };
        let status = parse::field(&mut body, "status", faults);
        let content: Option<C> = content::read(Value::Object(body), faults);
        // What follows from the new content may stand there already.
        let implied = content
            .as_ref()
            .filter(|_| !sent.is_empty())
            .and_then(|content| serde_json::to_value(DerivedValues::of(content)).ok());
        // What there is not yet will be what it is when nothing is said of it.
        let fresh = content
            .as_ref()
            .filter(|_| current.is_none() && !sent.is_empty())
            .and_then(|content| serde_json::to_value(content).ok());
        let [implied, fresh] = [&implied, &fresh].map(|state| state.as_ref().and_then(Value::as_object));
        sent.check_among(&[current, implied, fresh], faults);
        content.map(|content| Self { slug, status, content })
    }
}

/// Whether two values are the same, however they are spelled: clients rewrite the offset of moments.
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
