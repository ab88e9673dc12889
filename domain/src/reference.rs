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
/// Clients write an id, a slug, or an object with either. Responses contain `{"id", "slug", "name"}`. Only the id
/// is stored, so that renaming a record does not change others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// As sent by the client, not yet looked up.
    Unresolved(Key),
    /// A reference to an existing record.
    Resolved {
        /// The id of the record.
        id: Id,
        /// The current slug and name. Set in responses only.
        label: Option<ReferenceLabel>,
    },
}

/// The kind, current slug and current name of a referenced record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceLabel {
    /// The kind. Not part of responses.
    pub kind: Kind,
    /// The slug. Members have none.
    pub slug: Option<Slug>,
    /// The name, in German if it is bilingual.
    pub name: String,
}

impl Reference {
    /// Creates a reference by id, without a label.
    pub fn to(id: Id) -> Self {
        Self::Resolved { id, label: None }
    }

    /// The key of the referenced record.
    pub fn key(&self) -> Key {
        match self {
            Self::Unresolved(key) => key.clone(),
            Self::Resolved { id, .. } => Key::Id(*id),
        }
    }

    /// The id of the referenced record, or `None` if it was not looked up yet.
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
        /// The object form. `name` is accepted because responses contain it, and ignored.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Object {
            id: Option<KeyText>,
            slug: Option<KeyText>,
            #[expect(dead_code, reason = "accepted because responses contain it")]
            name: Option<Name>,
        }
        let Object { id, slug, .. } = Object::deserialize(de::value::MapAccessDeserializer::new(map))?;
        match id.or(slug) {
            Some(KeyText(Key::Id(id))) => Ok(Reference::to(id)),
            Some(KeyText(key)) => Ok(Reference::Unresolved(key)),
            None => Err(de::Error::custom("must have an id or a slug")),
        }
    }
}

/// A key as a string.
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
                    .description(Some("Slug of the record. Null for members, which have none."))
                    .pattern(Some(Slug::PATTERN))
                    .min_length(Some(1))
                    .max_length(Some(Slug::MAX))
                    .examples(["microtec-suedwest"]),
            )
            .property(
                "name",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some("Name of the record, in German if it is bilingual."))
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

/// The meaning of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// An initiative works in a cluster.
    Cluster,
    /// An organisation is continued by another.
    Successor,
    /// An initiative takes part in a network.
    Participant,
    /// An organisation benefits from a measure.
    Beneficiary,
    /// An event is organised by someone.
    Organiser,
    /// An event or an operation belongs to a measure.
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

    /// The name in the database.
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

    /// The kinds that the reference may point to.
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

/// A period of days, both inclusive. `None` is an open end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub since: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

impl Days {
    /// Whether the period contains a day.
    pub fn cover(self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A reference and its position in a record.
#[derive(Debug)]
pub struct Link<'a> {
    /// JSON Pointer (RFC 6901) to the reference.
    pub pointer: String,
    /// The meaning of the reference.
    pub role: Role,
    /// The days on which it is valid.
    pub days: Days,
    /// The reference.
    pub reference: &'a mut Reference,
}

/// Called for each link. Returns whether to keep it.
pub type LinkVisitor<'a> = dyn FnMut(Link<'_>) -> bool + 'a;

/// Visits a list of references.
///
/// Removes those for which the visitor returns `false`, and duplicates of an earlier reference to the same record.
pub fn visit_list(list: &mut Vec<Reference>, pointer: &str, role: Role, visit: &mut LinkVisitor<'_>) {
    let mut index = 0;
    let mut named = HashSet::new();
    list.retain_mut(|reference| {
        let link = Link { pointer: format!("{pointer}/{index}"), role, days: Days::default(), reference };
        index += 1;
        visit(link) && reference.id().is_none_or(|id| named.insert(id))
    });
}

/// Visits an optional reference. Sets it to `None` if the visitor returns `false`.
pub fn visit_one(one: &mut Option<Reference>, pointer: &str, role: Role, visit: &mut LinkVisitor<'_>) {
    let stays = one.as_mut().is_none_or(|reference| {
        visit(Link { pointer: pointer.to_owned(), role, days: Days::default(), reference })
    });
    if !stays {
        *one = None;
    }
}
