//! Examples of records, as the server would answer and take them.

use domain::{
    content::{Content, Derived},
    id::Id,
    kind::Kind,
    record::{DerivedValues, Record, Status},
    reference::{Reference, ReferenceLabel},
    slug::Slug,
};
use serde_json::{Value, json};

pub(super) fn id(number: u128) -> Id {
    Id(uuid::Uuid::from_u128(0x019a_2b3c_0000_7000_8000_0000_0000_0000 + number))
}

fn label(kinds: &[Kind]) -> ReferenceLabel {
    let (slug, name) = match kinds.first() {
        Some(Kind::Cluster) => ("mikrosystemtechnik-freiburg", "Mikrosystemtechnik Freiburg"),
        Some(Kind::Measure) => ("cluster-foerderung", "Förderung regionaler Cluster-Initiativen"),
        _ => ("microtec-suedwest", "microTEC Südwest e.V."),
    };
    ReferenceLabel { slug: Slug::try_from(slug.to_owned()).ok(), name: name.to_owned() }
}

/// A reference as it is answered.
pub(super) fn reference() -> Value {
    let reference = Reference::Resolved { id: id(1), label: Some(label(&[Kind::Initiative])) };
    serde_json::to_value(reference).unwrap_or_default()
}

/// A record as it is answered, as JSON.
pub(super) fn record<C: Content>() -> Value {
    serde_json::to_value(answered::<C>()).unwrap_or_default()
}

/// A record as it is answered.
pub(super) fn answered<C: Content>() -> Record<C> {
    let mut content = C::example();
    content.visit_links(&mut |link| {
        if let Reference::Resolved { label: found, .. } = link.reference {
            *found = Some(label(link.role.targets()));
        }
        true
    });
    let moment = chrono::DateTime::from_timestamp(1_777_620_600, 0).unwrap_or_default();
    let initiative = || Reference::Resolved { id: id(1), label: Some(label(&[Kind::Initiative])) };
    Record {
        id: id(10),
        slug: C::KIND.slug_space().and_then(|_| Slug::of_name(content.name())),
        status: Status::Published,
        version: 1,
        created_at: moment,
        updated_at: moment,
        derived: DerivedValues {
            member_count: C::DERIVED.contains(&Derived::MemberCount).then_some(12),
            initiatives: C::DERIVED.contains(&Derived::Initiatives).then(|| vec![initiative()]),
            ..DerivedValues::of(&content)
        },
        content,
    }
}

/// The body of a POST or PUT.
pub(super) fn input<C: Content>() -> Value {
    let mut input = record::<C>();
    if let Some(input) = input.as_object_mut() {
        let derived = C::DERIVED.iter().map(|derived| derived.field());
        let by_server = domain::record::SERVER_OWNED.iter().chain(C::SERVER_OWNED).copied();
        by_server.chain(derived).for_each(|field| drop(input.shift_remove(field)));
    }
    input
}

/// The body of a PATCH: another name, and one field removed.
pub(super) fn patch<C: Content>() -> Value {
    let name = record::<C>()[C::NAME_FIELD].clone();
    json!({ C::NAME_FIELD: name, "location": null })
        .as_object()
        .map(|patch| patch.iter().filter(|(field, _)| record::<C>().get(*field).is_some()))
        .map(|patch| Value::Object(patch.map(|(field, value)| (field.clone(), value.clone())).collect()))
        .unwrap_or_default()
}
