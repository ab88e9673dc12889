//! Fields and rules that initiatives and networks share.

mod award;
mod profile;

pub use award::LabelAward;
pub(crate) use profile::Profile;

use crate::{
    scalar::{Count, Country, Email, Phone, PostalCode},
    text::Name,
    time::{Date, PartialDate},
    words::words,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words!(
    #[derive(Default)]
    Activity, "Whether an organisation is still active." {
        /// Active.
        #[default]
        Active = "active",
        /// Merged into another organisation.
        Merged = "merged",
        /// Dissolved.
        Dissolved = "dissolved",
    }
);

words!(
    ListingState, "Status of an organisation in the state's cluster database." {
        /// Listed.
        Listed = "listed",
        /// Listing applied for.
        Applied = "applied",
        /// Listing suspended.
        Suspended = "suspended",
        /// No longer listed.
        Delisted = "delisted",
    }
);

/// Management of an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Management {
    /// Body that manages the organisation.
    #[schema(inline)]
    pub organisation: Name,
    /// Number of staff.
    #[schema(inline)]
    pub staff: Option<Count<1_000_000>>,
    /// Staff in full-time equivalents.
    #[schema(minimum = 0, maximum = 1000000, example = 2.5)]
    pub full_time_equivalents: Option<f64>,
}

/// Contact details of an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name of the addressee.
    #[schema(inline)]
    pub organisation: Option<Name>,
    /// Street and number.
    #[schema(inline)]
    pub street: Option<Name>,
    /// Postal code.
    #[schema(inline)]
    pub postal_code: Option<PostalCode>,
    /// Town or city.
    #[schema(inline)]
    pub city: Option<Name>,
    /// Country.
    #[schema(inline)]
    pub country: Option<Country>,
    /// Email address.
    #[schema(inline)]
    pub email: Option<Email>,
    /// Telephone number.
    #[schema(inline)]
    pub phone: Option<Phone>,
}

/// Entry in the state's cluster database, a condition of funding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Status.
    pub state: ListingState,
    /// Date since which the status applies.
    #[schema(inline)]
    pub since: Option<Date>,
}

/// Number of members as reported by the organisation itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedMembers {
    /// Number of members.
    #[schema(inline)]
    pub count: Count<10_000_000>,
    /// Date to which the number refers. If only the month or year is known, that month or year.
    #[schema(inline)]
    pub as_of: Option<PartialDate>,
}

/// Declares an organisation: the shared fields, followed by its own.
macro_rules! organisation {
    ($(#[$doc:meta])* $name:ident { $($(#[$own_doc:meta])* $own:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Official name.
            #[schema(inline)]
            pub name: $crate::text::Name,
            /// Short name.
            #[schema(inline)]
            pub short_name: Option<$crate::text::Name>,
            /// Summary in one or two sentences.
            pub summary: $crate::text::LocalBrief,
            /// Full description.
            pub description: Option<$crate::text::LocalProse>,
            /// Goals.
            pub goals: Option<$crate::text::LocalProse>,
            /// Services offered.
            #[serde(default)]
            #[schema(max_items = 100)]
            pub services: Vec<$crate::text::LocalProse>,
            /// Legal form.
            #[schema(inline)]
            pub legal_form: Option<$crate::text::Name>,
            /// Date of foundation. If only the month or year is known, that month or year.
            #[schema(inline)]
            pub founded_on: Option<$crate::time::PartialDate>,
            /// Website.
            #[schema(inline)]
            pub website: Option<$crate::scalar::WebUrl>,
            /// Management.
            pub management: Option<$crate::organisation::Management>,
            /// Contact details.
            pub contact: Option<$crate::organisation::Contact>,
            /// Location of the seat.
            pub location: Option<$crate::place::Location>,
            /// Regions in which the organisation works. At least one.
            #[schema(inline, min_items = 1, max_items = 60)]
            pub regions: Vec<$crate::vocabulary::RegionCode>,
            /// Technology fields. At least one.
            #[schema(inline, min_items = 1, max_items = 40)]
            pub technology_fields: Vec<$crate::vocabulary::TechnologyFieldCode>,
            /// Industries.
            #[serde(default)]
            #[schema(inline, max_items = 40)]
            pub industries: Vec<$crate::vocabulary::IndustryCode>,
            /// Geographic reach of its reputation.
            pub visibility: $crate::words::Visibility,
            /// Labels awarded, including expired ones.
            #[serde(default)]
            #[schema(max_items = 100)]
            pub labels: Vec<$crate::organisation::LabelAward>,
            /// Entry in the state's cluster database.
            pub listing: Option<$crate::organisation::Listing>,
            /// Whether the organisation is still active.
            #[serde(default)]
            pub activity: $crate::organisation::Activity,
            /// Date on which the organisation ended. If only the month or year is known, that month or year. Null
            /// if it has not ended. Writes may also send `9999-12-31`, which is stored as null.
            #[serde(default, deserialize_with = "crate::time::open_end")]
            #[schema(inline)]
            pub ended_on: Option<$crate::time::PartialDate>,
            /// Organisation that continues its work.
            pub successor: Option<$crate::reference::Reference>,
            /// Number of members as reported by the organisation itself.
            pub reported_members: Option<$crate::organisation::ReportedMembers>,
            $($(#[$own_doc])* pub $own: $type),+
        }

        impl $name {
            /// Removes duplicates from the lists of codes.
            fn normalise_profile(&mut self) {
                $crate::rules::drop_repeated(&mut self.regions, 60);
                $crate::rules::drop_repeated(&mut self.technology_fields, 40);
                $crate::rules::drop_repeated(&mut self.industries, 40);
            }

            /// The fields that rules and terms need.
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

            /// Collects the texts to index for search.
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
