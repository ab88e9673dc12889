//! Example records for responses and requests.

use domain::{
    cluster::Cluster,
    content::{Content, Derived},
    id::Id,
    kind::Kind,
    measure::Measure,
    operation,
    record::{DerivedValues, Record, Status},
    reference::{Reference, ReferenceLabel},
    slug::{Key, Slug},
    time::Date,
};
use serde_json::{Value, json};

pub(crate) fn id(number: u128) -> Id {
    Id(uuid::Uuid::from_u128(0x019a_2b3c_0000_7000_8000_0000_0000_0000 + number))
}

/// A record of the demo landscape, for references to these kinds.
fn label(kinds: &[Kind]) -> ReferenceLabel {
    let kind = kinds.first().copied().unwrap_or(Kind::Initiative);
    let (slug, name) = match kind {
        Kind::Cluster => (Cluster::EXAMPLE_KEY, "Cluster Medizintechnik Tuttlingen"),
        Kind::Measure => (Measure::EXAMPLE_KEY, "Baden-Württembergisches Cluster-Forum"),
        _ => ("medical-mountains", "MedicalMountains GmbH"),
    };
    ReferenceLabel { kind, slug: Slug::try_from(slug.to_owned()).ok(), name: name.to_owned() }
}

/// A reference in responses.
pub(crate) fn reference() -> Value {
    let reference = Reference::Resolved { id: id(1), label: Some(label(&[Kind::Initiative])) };
    serde_json::to_value(reference).unwrap_or_default()
}

/// A record in responses, as JSON.
pub(crate) fn record<C: Content>() -> Value {
    serde_json::to_value(answered::<C>()).unwrap_or_default()
}

/// A record in responses.
pub(crate) fn answered<C: Content>() -> Record<C> {
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
            operation_count: C::DERIVED.contains(&Derived::OperationCount).then_some(24),
            next_update: C::DERIVED
                .contains(&Derived::NextUpdate)
                .then(|| Some(Date(operation::next_update(moment.date_naive())))),
            ..DerivedValues::of(&content)
        },
        content,
    }
}

/// The body of a POST or PUT. References are slugs. Members have no chamber, because only that chamber could send them.
pub(crate) fn input<C: Content>() -> Value {
    let mut example = answered::<C>();
    example.content.visit_links(&mut |link| {
        if let Reference::Resolved { label: Some(label), .. } = &*link.reference
            && let Some(slug) = &label.slug
        {
            *link.reference = Reference::Unresolved(Key::Slug(slug.clone()));
        }
        true
    });
    let mut input = serde_json::to_value(example).unwrap_or_default();
    if let Some(input) = input.as_object_mut() {
        // The server derives the slug from the name. A given one could be taken.
        for field in ["slug", "chamber", "external_id"] {
            input.shift_remove(field);
        }
        let derived = C::DERIVED.iter().map(|derived| derived.field());
        let by_server = domain::record::SERVER_OWNED.iter().chain(C::SERVER_OWNED).copied();
        by_server.chain(derived).for_each(|field| drop(input.shift_remove(field)));
    }
    input
}

/// The body of a PATCH: sets the name, removes one field.
pub(crate) fn patch<C: Content>() -> Value {
    let name = record::<C>()[C::NAME_FIELD].clone();
    json!({ C::NAME_FIELD: name, "location": null })
        .as_object()
        .map(|patch| patch.iter().filter(|(field, _)| record::<C>().get(*field).is_some()))
        .map(|patch| Value::Object(patch.map(|(field, value)| (field.clone(), value.clone())).collect()))
        .unwrap_or_default()
}

/// Copies the example of every required parameter to where Swagger UI prefills its form from. Optional parameters stay
/// empty, because all filters together would match nothing.
#[cfg(test)]
pub(crate) fn fill_in(part: &mut Value) {
    match part {
        Value::Object(object) => {
            let is_needed = object.contains_key("in") && object.get("required") == Some(&json!(true));
            let example = object.get("schema").map(|schema| schema["examples"][0].clone());
            if let Some(example) = example.filter(|example| is_needed && !example.is_null()) {
                object.insert("example".to_owned(), example);
            }
            object.values_mut().for_each(fill_in);
        }
        Value::Array(list) => list.iter_mut().for_each(fill_in),
        _ => {}
    }
}
