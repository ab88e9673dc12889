//! What initiatives and networks have in common.

mod award;

pub use award::LabelAward;

use crate::{
    fault::Faults,
    place::Location,
    rules::{Bounds, check_location, check_sizes},
    scalar::{Count, Country, Email, Phone, PostalCode},
    terms::{Facet, Terms},
    text::Name,
    time::{Date, PartialDate},
    vocabulary::{IndustryCode, RegionCode, TechnologyFieldCode},
    words::{Visibility, words},
};
use chrono::Datelike;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words!(
    #[derive(Default)]
    Activity, "Whether an organisation is still at work." {
        /// It is at work.
        #[default]
        Active = "active",
        /// It went on as part of another.
        Merged = "merged",
        /// It ended.
        Dissolved = "dissolved",
    }
);

words!(
    ListingState, "Where an organisation stands with the state's cluster database." {
        /// It is listed.
        Listed = "listed",
        /// It has applied.
        Applied = "applied",
        /// Its listing rests.
        Suspended = "suspended",
        /// It is no longer listed.
        Delisted = "delisted",
    }
);

/// Who manages an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Management {
    /// The body that manages it.
    #[schema(inline)]
    pub organisation: Name,
    /// How many people work there.
    #[schema(inline)]
    pub staff: Option<Count<1_000_000>>,
    /// How many full-time positions that makes.
    #[schema(minimum = 0, maximum = 1000000, example = 2.5)]
    pub full_time_equivalents: Option<f64>,
}

/// How to reach an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name of the body to write to.
    #[schema(inline)]
    pub organisation: Option<Name>,
    /// Street and number.
    #[schema(inline)]
    pub street: Option<Name>,
    /// Postal code.
    #[schema(inline)]
    pub postal_code: Option<PostalCode>,
    /// Town.
    #[schema(inline)]
    pub city: Option<Name>,
    /// Country.
    #[schema(inline)]
    pub country: Option<Country>,
    /// E-mail address.
    #[schema(inline)]
    pub email: Option<Email>,
    /// Telephone number.
    #[schema(inline)]
    pub phone: Option<Phone>,
}

/// Being listed in the state's cluster database, a condition of funding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Where it stands.
    pub state: ListingState,
    /// Since when.
    #[schema(inline)]
    pub since: Option<Date>,
}

/// How many members an organisation says that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedMembers {
    /// How many.
    #[schema(inline)]
    pub count: Count<10_000_000>,
    /// For when it was reported.
    #[schema(inline)]
    pub as_of: Option<PartialDate>,
}

/// Declares an organisation: the fields that all have, and its own.
macro_rules! organisation {
    ($(#[$doc:meta])* $name:ident { $($(#[$own_doc:meta])* $own:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Its proper name.
            #[schema(inline)]
            pub name: $crate::text::Name,
            /// Its usual short name.
            #[schema(inline)]
            pub short_name: Option<$crate::text::Name>,
            /// What it is, in a sentence or two.
            pub summary: $crate::text::LocalBrief,
            /// What it is, at length.
            pub description: Option<$crate::text::LocalProse>,
            /// What it wants to reach.
            pub goals: Option<$crate::text::LocalProse>,
            /// What it offers.
            #[serde(default)]
            #[schema(max_items = 100)]
            pub services: Vec<$crate::text::LocalProse>,
            /// Its legal form.
            #[schema(inline)]
            pub legal_form: Option<$crate::text::Name>,
            /// Since when it exists.
            #[schema(inline)]
            pub founded_on: Option<$crate::time::PartialDate>,
            /// Web address.
            #[schema(inline)]
            pub website: Option<$crate::scalar::WebUrl>,
            /// Who manages it.
            pub management: Option<$crate::organisation::Management>,
            /// How to reach it.
            pub contact: Option<$crate::organisation::Contact>,
            /// Its seat.
            pub location: Option<$crate::place::Location>,
            /// Regions in which it works, at least one.
            #[schema(inline, min_items = 1, max_items = 60)]
            pub regions: Vec<$crate::vocabulary::RegionCode>,
            /// Technology fields, at least one.
            #[schema(inline, min_items = 1, max_items = 40)]
            pub technology_fields: Vec<$crate::vocabulary::TechnologyFieldCode>,
            /// Industries.
            #[serde(default)]
            #[schema(inline, max_items = 40)]
            pub industries: Vec<$crate::vocabulary::IndustryCode>,
            /// How far it is seen.
            pub visibility: $crate::words::Visibility,
            /// Labels that it was awarded, including expired ones.
            #[serde(default)]
            #[schema(max_items = 100)]
            pub labels: Vec<$crate::organisation::LabelAward>,
            /// Where it stands with the state's cluster database.
            pub listing: Option<$crate::organisation::Listing>,
            /// Whether it is still at work.
            #[serde(default)]
            pub activity: $crate::organisation::Activity,
            /// When it ended. In writes 9999-12-31 means that it has not, as null does.
            #[serde(default, deserialize_with = "crate::time::open_end")]
            #[schema(inline)]
            pub ended_on: Option<$crate::time::PartialDate>,
            /// The organisation that goes on with its work.
            pub successor: Option<$crate::reference::Reference>,
            /// How many members it says that it has.
            pub reported_members: Option<$crate::organisation::ReportedMembers>,
            $($(#[$own_doc])* pub $own: $type),+
        }

        impl $name {
            /// Drops what stands twice in its lists of codes.
            fn normalise_profile(&mut self) {
                $crate::rules::drop_repeated(&mut self.regions, 60);
                $crate::rules::drop_repeated(&mut self.technology_fields, 40);
                $crate::rules::drop_repeated(&mut self.industries, 40);
            }

            /// What it has in common with every organisation, as far as rules and terms look at it.
            fn profile(&self) -> $crate::organisation::Profile<'_> {
                $crate::organisation::Profile {
                    services: self.services.len(),
                    founded_on: self.founded_on,
                    management: self.management.as_ref(),
                    location: self.location,
                    regions: &self.regions,
                    technology_fields: &self.technology_fields,
                    industries: &self.industries,
                    visibility: self.visibility,
                    labels: &self.labels,
                    ended_on: self.ended_on,
                    country: self.contact.as_ref().and_then(|contact| contact.country.as_ref()),
                }
            }

            /// What a search finds it by.
            fn profile_text<'a>(&'a self, text: &mut $crate::content::SearchText<'a>) {
                text.name(self.name.as_str());
                self.short_name.iter().for_each(|name| text.name(name.as_str()));
                text.prose(&self.summary);
                self.description.iter().chain(&self.goals).chain(&self.services).for_each(|prose| text.prose(prose));
                if let Some(contact) = &self.contact {
                    contact.organisation.iter().for_each(|name| text.mention(name.as_str()));
                    text.place(contact.postal_code.as_ref(), contact.city.as_ref());
                }
                self.management.iter().for_each(|management| text.mention(management.organisation.as_str()));
                text.websites(&self.website);
                text.fields_and_regions(&self.technology_fields, &self.regions);
            }
        }
    };
}
pub(crate) use organisation;

/// The common part of an organisation, as far as rules and terms look at it.
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
    /// Of its address.
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
            faults.broken_with("/founded_on", "/ended_on", "the organisation ended before it was founded");
        }
        if let Some(Management { full_time_equivalents: Some(positions), .. }) = self.management
            && !(0.0..=1_000_000.0).contains(positions)
        {
            faults.broken("/management/full_time_equivalents", "must lie between 0 and 1000000");
        }
    }
}
