//! Beneficiaries of operations.

use crate::{
    fault::Faults, member::Address, reference::Reference, text::Name, time::Date, vocabulary::RegionCode,
    words::BeneficiaryKind,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who receives the support for an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Beneficiary {
    /// Legal entity or natural person.
    pub kind: BeneficiaryKind,
    /// Name of the legal entity (a), or first name and surname of the natural person (b). The name of a natural
    /// person may be given only with `published_on`, and is removed two years after that day. Leave it out unless it
    /// is published lawfully.
    #[schema(inline)]
    pub name: Option<Name>,
    /// The initiative or network, if the beneficiary is one.
    pub organisation: Option<Reference>,
    /// Address of a legal entity (m). Must not be set for natural persons.
    pub address: Option<Address>,
    /// Region of the beneficiary (m). For natural persons, at NUTS level 2 or above.
    #[schema(inline)]
    pub region: Option<RegionCode>,
}

impl Beneficiary {
    pub(super) fn is_person(&self) -> bool {
        self.kind == BeneficiaryKind::NaturalPerson
    }

    /// Records a fault for each rule that the beneficiary breaks.
    pub(super) fn check(&self, published_on: Option<Date>, faults: &mut Faults) {
        let mut broken = |pointer: &str, fault: &str| {
            faults.broken_with("/beneficiary/kind", format!("/beneficiary/{pointer}"), fault);
        };
        if !self.is_person() {
            if self.name.is_none() {
                broken("name", "is required for a legal entity");
            }
            return;
        }
        if self.name.is_some() && published_on.is_none() {
            broken(
                "name",
                "must be left out for a natural person, unless it is published lawfully: then set published_on",
            );
        }
        if self.organisation.is_some() {
            broken("organisation", "must not be set for a natural person");
        }
        if self.address.is_some() {
            broken("address", "must not be set for a natural person: use region");
        }
        if self.region.is_some_and(|region| region.entry().level > 2) {
            broken("region", "must be at NUTS level 2 or above for a natural person");
        }
    }
}
