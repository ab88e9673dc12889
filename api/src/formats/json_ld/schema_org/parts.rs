//! What the mappings of several kinds are composed of.

use super::Node;
use domain::{
    content::AsText,
    kind::Kind,
    place::Location,
    reference::{Reference, ReferenceLabel},
    scalar::{Country, PostalCode},
    text::{Local, Name},
    vocabulary::{Entry, EntryName, IndustryCode, RegionCode, Relation, TechnologyFieldCode},
};
use serde_json::{Value, json};

/// A text in each of its languages.
pub(super) fn texts<T: AsText>(text: &Local<T>) -> Value {
    let tagged = |text: &T, language: &str| json!({ "@language": language, "@value": text.text() });
    let english = text.en.iter().map(|text| tagged(text, "en"));
    std::iter::once(tagged(&text.de, "de")).chain(english).collect()
}

/// A string, or nothing.
pub(super) fn plain<T: Clone + Into<String>>(text: Option<&T>) -> Value {
    text.cloned().map(Into::<String>::into).into()
}

/// Another record. Its address is that of its kind.
pub(super) fn reference(reference: &Reference, base: &str) -> Value {
    let Reference::Resolved { id, label: Some(ReferenceLabel { kind, slug, name }) } = reference else {
        return Value::Null;
    };
    let key = slug.as_ref().map_or_else(|| id.to_string(), ToString::to_string);
    let node = Node::new().with("@id", format!("{base}/api/v1/{}/{key}", kind.plural()));
    node.with("@type", type_of(*kind)).with("name", name.as_str()).into()
}

/// Other records.
pub(super) fn references<'a>(list: impl IntoIterator<Item = &'a Reference>, base: &str) -> Vec<Value> {
    list.into_iter().map(|one| reference(one, base)).filter(|node| !node.is_null()).collect()
}

/// The type of a kind, where nothing else is known of the record.
fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Cluster | Kind::Initiative | Kind::Network | Kind::Member => "Organization",
        Kind::Measure => "GovernmentService",
        Kind::Event => "Event",
        Kind::Operation => "Project",
    }
}

/// Regions, as areas.
pub(super) fn areas(regions: &[RegionCode], base: &str) -> Vec<Value> {
    regions.iter().map(|region| entry(region.entry(), "AdministrativeArea", base).into()).collect()
}

/// Technology fields and industries, as terms of their vocabularies.
pub(super) fn subjects(
    fields: &[TechnologyFieldCode],
    industries: &[IndustryCode],
    base: &str,
) -> Vec<Value> {
    let fields = fields.iter().map(|field| term(field.entry(), base));
    fields.chain(industries.iter().map(|industry| term(industry.entry(), base))).collect()
}

fn term<E: Entry>(found: &E, base: &str) -> Value {
    entry(found, "DefinedTerm", base)
        .with("termCode", found.code())
        .with("inDefinedTermSet", format!("{base}/api/v1/{}", E::PATH))
        .into()
}

/// An entry of a vocabulary. The same concept of a public vocabulary is named beside it.
fn entry<E: Entry>(entry: &E, class: &str, base: &str) -> Node {
    let same = entry.relations().into_iter().filter_map(|relation| match relation {
        Relation::ExactMatch(uri) => Some(uri),
        _ => None,
    });
    let name = match entry.name() {
        EntryName::Proper(name) => name.into(),
        EntryName::Local(name) => texts(&name),
    };
    Node::new()
        .with("@id", format!("{base}/api/v1/{}/{}", E::PATH, entry.code()))
        .with("@type", class)
        .with("name", name)
        .with("sameAs", same.collect::<Vec<_>>())
}

/// A postal address, if any part of it is known.
pub(super) fn address(
    street: Option<&Name>,
    postal_code: Option<&PostalCode>,
    city: Option<&Name>,
    country: Option<&Country>,
) -> Value {
    Node::new()
        .with("streetAddress", plain(street))
        .with("postalCode", plain(postal_code))
        .with("addressLocality", plain(city))
        .with("addressCountry", plain(country))
        .of_type("PostalAddress")
}

/// A point on the map.
pub(super) fn point(location: Option<Location>) -> Value {
    let Some(Location { lat, lon }) = location else { return Value::Null };
    json!({ "@type": "GeoCoordinates", "latitude": lat, "longitude": lon })
}

impl Node {
    /// The node with a type, or null if it has no members.
    pub(super) fn of_type(self, class: &str) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let mut typed = Self::new().with("@type", class);
        typed.extend(self);
        typed.into()
    }
}
