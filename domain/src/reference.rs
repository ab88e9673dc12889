//! References from one record to another.

use crate::{
    id::Id,
    kind::Kind,
    slug::{Key, Slug},
    text::Name,
};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use std::collections::HashSet;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema,
        schema::{AdditionalProperties, SchemaType, Type},
    },
};

/// A reference to a record.
///
/// Written as an id, a slug, or an object that holds one; answered as `{"id", "slug", "name"}`; stored as the
/// id alone, so that renaming a record changes no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// As its writer gave it, not yet looked up.
    Unresolved(Key),
    /// To an existing record.
    Resolved {
        /// The record's identity.
        id: Id,
        /// How the record is called today; filled in for answers only.
        label: Option<ReferenceLabel>,
    },
}

/// How the target of a reference is called today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceLabel {
    /// Its slug; members have none.
    pub slug: Option<Slug>,
    /// Its name, German where bilingual.
    pub name: String,
}

impl Reference {
    /// A reference to a record, without a label.
    pub fn to(id: Id) -> Self {
        Self::Resolved { id, label: None }
    }

    /// The key of the record that is meant.
    pub fn key(&self) -> Key {
        match self {
            Self::Unresolved(key) => key.clone(),
            Self::Resolved { id, .. } => Key::Id(*id),
        }
    }

    /// The identity of the record that is meant, once it has been looked up.
    pub fn id(&self) -> Option<Id> {
        match self {
            Self::Unresolved(_) => None,
            Self::Resolved { id, .. } => Some(*id),
        }
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unresolved(key) => serializer.collect_str(key),
            Self::Resolved { id, label: None } => {
                let mut object = serializer.serialize_struct("Reference", 1)?;
                object.serialize_field("id", id)?;
                object.end()
            }
            Self::Resolved { id, label: Some(label) } => {
                let mut object = serializer.serialize_struct("Reference", 3)?;
                object.serialize_field("id", id)?;
                object.serialize_field("slug", &label.slug)?;
                object.serialize_field("name", &label.name)?;
                object.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferenceVisitor)
    }
}

struct ReferenceVisitor;

impl<'de> de::Visitor<'de> for ReferenceVisitor {
    type Value = Reference;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an id, a slug, or an object with one of them")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Reference, E> {
        match KeyText::try_from(text.to_owned()).map_err(E::custom)?.0 {
            Key::Id(id) => Ok(Reference::to(id)),
            key => Ok(Reference::Unresolved(key)),
        }
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Reference, A::Error> {
        /// The object form; a name that it carries is the answer's, and is not read.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Object {
            id: Option<KeyText>,
            slug: Option<KeyText>,
            #[expect(dead_code, reason = "accepted, since answers carry it")]
            name: Option<Name>,
        }
        let Object { id, slug, .. } = Object::deserialize(de::value::MapAccessDeserializer::new(map))?;
        match id.or(slug) {
            Some(KeyText(Key::Id(id))) => Ok(Reference::to(id)),
            Some(KeyText(key)) => Ok(Reference::Unresolved(key)),
            None => Err(de::Error::custom("needs an id or a slug")),
        }
    }
}

/// A key as text.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct KeyText(Key);

impl TryFrom<String> for KeyText {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Key::parse(&text).map(Self).ok_or("is neither an id nor a slug")
    }
}

impl PartialSchema for Reference {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some("A reference to a record."))
            .property("id", Id::schema())
            .property(
                "slug",
                ObjectBuilder::new()
                    .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
                    .description(Some("Its slug; null for members, which have none."))
                    .pattern(Some(Slug::PATTERN))
                    .min_length(Some(1))
                    .max_length(Some(Slug::MAX))
                    .examples(["microtec-suedwest"]),
            )
            .property(
                "name",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some("Its name, German where bilingual."))
                    .pattern(Some(Name::PATTERN))
                    .min_length(Some(1))
                    .max_length(Some(Name::MAX))
                    .examples(["microTEC Südwest e.V."]),
            )
            .required("id")
            .required("slug")
            .required("name")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .examples([serde_json::json!({
                "id": "019a2b3c-0000-7000-8000-000000000001",
                "slug": "microtec-suedwest",
                "name": "microTEC Südwest e.V."
            })])
            .into()
    }
}
impl ToSchema for Reference {}

/// What a reference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// An initiative works in a cluster.
    Cluster,
    /// An organisation goes on as another.
    Successor,
    /// An initiative takes part in a network.
    Participant,
    /// An organisation benefits from a measure.
    Beneficiary,
    /// An event is organised by someone.
    Organiser,
    /// An event belongs to a measure.
    Measure,
    /// A member is affiliated to an organisation.
    Affiliation,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Cluster,
        Self::Successor,
        Self::Participant,
        Self::Beneficiary,
        Self::Organiser,
        Self::Measure,
        Self::Affiliation,
    ];

    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Successor => "successor",
            Self::Participant => "participant",
            Self::Beneficiary => "beneficiary",
            Self::Organiser => "organiser",
            Self::Measure => "measure",
            Self::Affiliation => "affiliation",
        }
    }

    /// The kinds that such a reference may point to.
    pub fn targets(self) -> &'static [Kind] {
        match self {
            Self::Cluster => &[Kind::Cluster],
            Self::Participant => &[Kind::Initiative],
            Self::Measure => &[Kind::Measure],
            Self::Successor | Self::Beneficiary | Self::Affiliation => &[Kind::Initiative, Kind::Network],
            Self::Organiser => &[Kind::Initiative, Kind::Network, Kind::Member],
        }
    }
}

/// From which day until which, both inclusive; `None` is an open end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub since: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

impl Days {
    /// Whether a day is among them.
    pub fn cover(self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A reference where it stands in a record.
#[derive(Debug)]
pub struct Link<'a> {
    /// JSON Pointer to the reference.
    pub pointer: String,
    /// What it means.
    pub role: Role,
    /// The days for which it holds.
    pub days: Days,
    /// The reference itself.
    pub reference: &'a mut Reference,
}

/// Looks at a link and says whether it stays.
pub type LinkVisitor<'a> = dyn FnMut(Link<'_>) -> bool + 'a;

/// Visits a list of references; those that do not stay are removed, and so are those to a record that one before them
/// refers to.
pub fn visit_list(list: &mut Vec<Reference>, pointer: &str, role: Role, visit: &mut LinkVisitor<'_>) {
    let mut index = 0;
    let mut named = HashSet::new();
    list.retain_mut(|reference| {
        let link = Link { pointer: format!("{pointer}/{index}"), role, days: Days::default(), reference };
        index += 1;
        visit(link) && reference.id().is_none_or(|id| named.insert(id))
    });
}

/// Visits one optional reference; it becomes `None` when it does not stay.
pub fn visit_one(one: &mut Option<Reference>, pointer: &str, role: Role, visit: &mut LinkVisitor<'_>) {
    let stays = one.as_mut().is_none_or(|reference| {
        visit(Link { pointer: pointer.to_owned(), role, days: Days::default(), reference })
    });
    if !stays {
        *one = None;
    }
}
