//! What rules and terms need of an organisation.

use super::{LabelAward, Management};
use crate::{
    fault::Faults,
    place::Location,
    rules::{Bounds, check_location, check_sizes},
    scalar::Country,
    terms::{Facet, Terms},
    time::PartialDate,
    vocabulary::{IndustryCode, RegionCode, TechnologyFieldCode},
    words::Visibility,
};
use chrono::Datelike;

/// The fields of an organisation that rules and terms need.
pub(crate) struct Profile<'a> {
    pub(crate) services: usize,
    pub(crate) founded_on: Option<PartialDate>,
    pub(crate) management: Option<&'a Management>,
    pub(crate) location: Option<Location>,
    pub(crate) regions: &'a [RegionCode],
    pub(crate) technology_fields: &'a [TechnologyFieldCode],
    pub(crate) industries: &'a [IndustryCode],
    pub(crate) visibility: Visibility,
    pub(crate) labels: &'a [LabelAward],
    pub(crate) ended_on: Option<PartialDate>,
    /// From the contact address.
    pub(crate) country: Option<&'a Country>,
}

impl Profile<'_> {
    /// The facets of every organisation.
    pub(crate) const FACETS: [Facet; 7] = [
        Facet::Region,
        Facet::PlanningRegion,
        Facet::TechnologyField,
        Facet::Industry,
        Facet::Visibility,
        Facet::Label,
        Facet::LabelValid,
    ];

    pub(crate) fn terms(&self, terms: &mut Terms) {
        terms.regions(self.regions);
        terms.coverage(self.regions);
        terms.seat(self.location, self.regions);
        terms.year(self.founded_on.map(|founded| founded.earliest().year()));
        terms.technology_fields(self.technology_fields);
        terms.industries(self.industries);
        terms.add(Facet::Visibility, self.visibility.as_str());
        for award in self.labels {
            terms.add(Facet::Label, &award.label.entry().slug);
            if let Some(days) = award.days() {
                terms.add_for(Facet::LabelValid, &award.label.entry().slug, days);
            }
        }
    }

    pub(crate) fn check(&self, faults: &mut Faults) {
        check_sizes(
            faults,
            &[
                ("/services", self.services, 0..=100),
                ("/regions", self.regions.len(), 1..=60),
                ("/technology_fields", self.technology_fields.len(), 1..=40),
                ("/industries", self.industries.len(), 0..=40),
                ("/labels", self.labels.len(), 0..=100),
            ],
        );
        check_location(
            faults,
            "/location",
            self.location,
            "/regions",
            self.regions,
            Bounds::of(self.country),
        );
        for (i, award) in self.labels.iter().enumerate() {
            award.check(faults, &format!("/labels/{i}"));
        }
        if let (Some(founded), Some(ended)) = (self.founded_on, self.ended_on)
            && ended.latest() < founded.earliest()
        {
            faults.broken_with("/founded_on", "/ended_on", "must not be before founded_on");
        }
        if let Some(Management { full_time_equivalents: Some(positions), .. }) = self.management
            && !(0.0..=1_000_000.0).contains(positions)
        {
            faults.broken("/management/full_time_equivalents", "must be between 0 and 1000000");
        }
    }
}
