//! Operations: `Project`, with the fund as its funder. Natural persons are not named.

use super::{
    Node, SchemaOrg,
    member::postal_address,
    parts::{areas, plain, point, reference, texts},
};
use domain::{
    kind::Kind,
    operation::{Beneficiary, Operation},
    record::Record,
    terms::Facet,
    vocabulary::EntryName,
    words::BeneficiaryKind,
};
use serde_json::{Value, json};

impl SchemaOrg for Operation {
    fn describe(record: &Record<Self>, base: &str) -> Node {
        let operation = &record.content;
        let place = Node::new()
            .with("address", operation.address.as_ref().map(postal_address))
            .with("geo", point(operation.location))
            .with("containedInPlace", areas(operation.region.as_slice(), base));
        let funder = match Facet::Fund.name_of(Kind::Operation, operation.fund.as_str()) {
            EntryName::Proper(name) => json!({ "@type": "Organization", "name": name }),
            EntryName::Local(name) => json!({ "@type": "Organization", "name": texts(&name) }),
        };
        Node::new()
            .with("@type", "Project")
            .with("name", texts(&operation.name))
            .with("alternateName", operation.code.as_str())
            .with("description", texts(&operation.purpose))
            .with("foundingDate", plain(Some(&operation.starts_on)))
            .with("dissolutionDate", plain(operation.ends_on.as_ref()))
            .with("location", place.of_type("Place"))
            .with("funder", funder)
            .with("member", beneficiary(&operation.beneficiary, base))
    }
}

/// The beneficiary: the initiative or network, or another legal entity.
fn beneficiary(beneficiary: &Beneficiary, base: &str) -> Value {
    let known = beneficiary.organisation.as_ref().map(|organisation| reference(organisation, base));
    match (known.filter(|known| !known.is_null()), beneficiary.kind, &beneficiary.name) {
        (Some(known), ..) => known,
        (None, BeneficiaryKind::LegalEntity, Some(name)) => {
            json!({ "@type": "Organization", "name": name.as_str() })
        }
        _ => Value::Null,
    }
}
