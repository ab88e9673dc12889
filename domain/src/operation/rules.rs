//! What Regulation (EU) 2021/1060 Article 49(3) requires of an operation, by its fund.

use super::{Beneficiary, Operation};
use crate::{
    fault::Faults,
    member::Address,
    scalar::SpecificObjective,
    words::{Fund, LocationType},
};

impl Operation {
    /// Records a fault for each field that Article 49(3) requires and that is missing.
    pub(super) fn check_required(&self, faults: &mut Faults) {
        let country = self.address.as_ref().and_then(|address| address.country.as_ref());
        let is_placed =
            self.region.is_some() || self.location.is_some() || names_place(self.address.as_ref());
        let is_single = self.location_type == LocationType::Single;
        let Beneficiary { region, address, .. } = &self.beneficiary;
        let required = [
            ("/achievements", self.achievements.is_some()),
            ("/ends_on", self.ends_on.is_some()),
            ("/specific_objective", self.specific_objective.is_some()),
            ("/eu_cofinancing_rate", self.eu_cofinancing_rate.is_some()),
            ("/address/country", country.is_some()),
            ("/intervention_type", self.intervention_type.is_some()),
        ];
        for (pointer, _) in required.into_iter().filter(|(_, is_set)| !is_set) {
            faults.broken_with("/fund", pointer, "is required for an operation of a Union fund");
        }
        if is_single && !is_placed {
            faults.broken_with(
                "/fund",
                "/location",
                "is required for an operation of a Union fund, unless region or a place in address is set",
            );
        }
        if !is_single && region.is_none() && !names_place(address.as_ref()) {
            faults.broken_with(
                "/fund",
                "/beneficiary/region",
                "is required for an operation of a Union fund without a single location, unless the address of the \
                 beneficiary names a place",
            );
        }
    }

    /// Records a fault for each field that is set and has no meaning for the fund.
    pub(super) fn check_fund(&self, faults: &mut Faults) {
        let is_union = self.fund.is_of_the_union();
        let of_the_union = [
            ("/specific_objective", self.specific_objective.is_some()),
            ("/eu_cofinancing_rate", self.eu_cofinancing_rate.is_some()),
            ("/intervention_type", self.intervention_type.is_some()),
        ];
        for (pointer, _) in of_the_union.into_iter().filter(|(_, is_set)| *is_set && !is_union) {
            faults.broken_with("/fund", pointer, "must not be set, because the fund is not a Union fund");
        }
        let letters = self.fund.objectives();
        if let Some(objective) = self.specific_objective.as_ref().filter(|_| is_union)
            && !letters.contains(&objective.letters())
        {
            let hint = match letters {
                [""] => "must be a number, without letters, for this fund".to_owned(),
                _ => format!("must begin with {} for this fund", letters.join(" or ")),
            };
            faults.broken_with("/fund", "/specific_objective", hint);
        }
        if self.eu_cofinancing_rate.is_some_and(|rate| rate.0.is_zero()) {
            faults.broken("/eu_cofinancing_rate", "must be more than 0");
        }
        if self.fishing_vessel.is_some() && self.fund != Fund::Emfaf {
            faults.broken_with("/fund", "/fishing_vessel", "must be set for the fund emfaf only");
        }
    }
}

impl Fund {
    /// Whether it is a Union fund of Regulation (EU) 2021/1060 Article 1(1).
    pub fn is_of_the_union(self) -> bool {
        !matches!(self, Self::Federal | Self::State)
    }

    /// The letters of its specific objectives in SFC2021. Empty if they have none.
    fn objectives(self) -> &'static [&'static str] {
        match self {
            Self::Erdf => &["RSO", "ISO"],
            Self::CohesionFund => &["RSO"],
            Self::EsfPlus => &["ESO"],
            Self::Jtf => &["JSO"],
            _ => &[""],
        }
    }
}

impl SpecificObjective {
    /// The letters before the number.
    fn letters(&self) -> &str {
        self.as_str().trim_end_matches(|c: char| !c.is_ascii_uppercase())
    }
}

/// Whether an address says where something is.
fn names_place(address: Option<&Address>) -> bool {
    address.is_some_and(|address| address.city.is_some() || address.postal_code.is_some())
}
