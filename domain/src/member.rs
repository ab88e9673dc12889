//! Members: companies, institutes, universities and other bodies.

use crate::{
    content::{Content, SearchText},
    dataset::{Dataset, Frequency, Theme, text},
    fault::Faults,
    kind::Kind,
    place::Location,
    reference::{Days, Link, LinkVisitor, Reference, Role},
    rules::{Bounds, check_location, check_sizes, drop_repeated},
    scalar::{Country, ExternalId, PostalCode, WebUrl},
    terms::{Facet, Terms},
    text::Name,
    time::{Date, check_period},
    vocabulary::{ChamberCode, ChamberKind, IndustryCode, RegionCode},
    words::{MemberKind, SizeClass},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A postal address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
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
}

/// A member's affiliation to an initiative or network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Affiliation {
    /// The initiative or network.
    pub organisation: Reference,
    /// Role of the member in it.
    #[schema(inline)]
    pub role: Option<Name>,
    /// First day. Null for an open start.
    #[schema(inline)]
    pub since: Option<Date>,
    /// Last day. Null for an open end. Writes may also send `9999-12-31`, which is stored as null.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    #[schema(inline)]
    pub until: Option<Date>,
}

/// A company, research institution, university or other body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Name.
    #[schema(inline)]
    pub name: Name,
    /// Type of body.
    pub kind: MemberKind,
    /// Size of the enterprise.
    pub size_class: Option<SizeClass>,
    /// Industries.
    #[serde(default)]
    #[schema(inline, max_items = 40)]
    pub industries: Vec<IndustryCode>,
    /// Postal address.
    pub address: Option<Address>,
    /// Region of the registered seat.
    #[schema(inline)]
    pub region: RegionCode,
    /// Location on the map.
    pub location: Option<Location>,
    /// Website.
    #[schema(inline)]
    pub website: Option<WebUrl>,
    /// Chamber that maintains the member. Null if editors maintain it.
    #[schema(inline)]
    pub chamber: Option<ChamberCode>,
    /// The chamber's own id for the member.
    #[schema(inline)]
    pub external_id: Option<ExternalId>,
    /// Whether the member may be shown to the public. Defaults to false, for privacy.
    #[serde(default)]
    pub public: bool,
    /// Current and former affiliations to initiatives and networks.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub affiliations: Vec<Affiliation>,
}

impl Content for Member {
    const KIND: Kind = Kind::Member;
    const EXAMPLE_KEY: &'static str = "019a2b3c-0000-7000-8000-000000000010";
    const ABOUT: &'static str = "Members: companies, research institutions, universities and other bodies, with their \
        affiliations to initiatives and networks. Anonymous callers see those that are published and `public`.";
    const DATASET: Dataset = Dataset {
        title: text(
            "Mitglieder von Cluster-Initiativen und Netzwerken",
            "Members of cluster initiatives and networks",
        ),
        description: text(
            "Unternehmen, Forschungseinrichtungen, Hochschulen und weitere Einrichtungen, soweit sie zur \
             Veröffentlichung freigegeben sind, mit Region, Wirtschaftszweigen und Mitgliedschaften. Die meisten \
             pflegen die Kammern.",
            "Companies, research institutes, universities and other bodies that are released for publication, with \
             region, industries and affiliations. Most are maintained by the chambers.",
        ),
        themes: &[Theme::Economy, Theme::Regions],
        keywords: &[
            text("Unternehmen", "company"),
            text("Forschungseinrichtung", "research institute"),
            text("Mitgliedschaft", "membership"),
            text("Kammer", "chamber"),
        ],
        frequency: Frequency::Daily,
        legislation: &[],
    };
    const FACETS: &'static [Facet] = &[
        Facet::Region,
        Facet::PlanningRegion,
        Facet::Industry,
        Facet::Initiative,
        Facet::Network,
        Facet::Kind,
        Facet::SizeClass,
        Facet::Chamber,
    ];
    const LOCATED: bool = true;

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn text<'a>(&'a self, text: &mut SearchText<'a>) {
        text.name(self.name.as_str());
        if let Some(address) = &self.address {
            text.place(address.postal_code.as_ref(), address.city.as_ref());
        }
        text.websites(&self.website);
    }

    fn terms(&self, terms: &mut Terms) {
        terms.regions(&[self.region]);
        terms.industries(&self.industries);
        terms.add(Facet::Kind, self.kind.as_str());
        if let Some(size) = self.size_class {
            terms.add(Facet::SizeClass, size.as_str());
        }
        if let Some(chamber) = self.chamber {
            terms.add(Facet::Chamber, &chamber.entry().slug);
        }
    }

    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>) {
        let mut index = 0;
        self.affiliations.retain_mut(|affiliation| {
            let link = Link {
                pointer: format!("/affiliations/{index}/organisation"),
                role: Role::Affiliation,
                days: Days {
                    since: affiliation.since.map(|Date(day)| day),
                    until: affiliation.until.map(|Date(day)| day),
                },
                reference: &mut affiliation.organisation,
            };
            index += 1;
            visit(link)
        });
    }

    fn normalise(&mut self, _faults: &mut Faults) {
        drop_repeated(&mut self.industries, 40);
    }

    fn check(&self, faults: &mut Faults) {
        check_sizes(
            faults,
            &[
                ("/industries", self.industries.len(), 0..=40),
                ("/affiliations", self.affiliations.len(), 0..=200),
            ],
        );
        for (i, affiliation) in self.affiliations.iter().enumerate() {
            check_period(
                faults,
                &format!("/affiliations/{i}/since"),
                affiliation.since,
                &format!("/affiliations/{i}/until"),
                affiliation.until,
            );
        }
        let country = self.address.as_ref().and_then(|address| address.country.as_ref());
        check_location(faults, "/location", self.location, "/region", &[self.region], Bounds::of(country));
        match (self.chamber, &self.external_id) {
            (None, Some(_)) => faults.broken("/external_id", "must not be set without chamber"),
            (Some(chamber), _) if chamber.entry().kind == ChamberKind::Umbrella => {
                faults.broken("/chamber", "must not be an umbrella body: it has no members of its own");
            }
            _ => {}
        }
    }

    fn location(&self) -> Option<Location> {
        self.location
    }

    fn is_public(&self) -> bool {
        self.public
    }

    fn chamber_key(&self) -> Option<(ChamberCode, Option<&ExternalId>)> {
        self.chamber.map(|chamber| (chamber, self.external_id.as_ref()))
    }

    fn example() -> Self {
        crate::parse::example(serde_json::json!({
            "name": "Muster Sensorik GmbH",
            "kind": "company",
            "size_class": "small",
            "industries": ["26"],
            "address": {
                "street": "Musterstraße 1",
                "postal_code": "79110",
                "city": "Freiburg im Breisgau",
                "country": "DE"
            },
            "region": "DE131",
            "location": { "lat": 48.0, "lon": 7.8 },
            "website": "https://www.example.org",
            "chamber": "ihk-suedlicher-oberrhein",
            "external_id": "S-4711",
            "public": true,
            "affiliations": [{
                "organisation": "019a2b3c-0000-7000-8000-000000000001",
                "role": "Mitglied",
                "since": "2015-01-01",
                "until": "2030-12-31"
            }]
        }))
    }
}
