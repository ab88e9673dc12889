//! Regional clusters.

use crate::{
    content::{Content, Derived, SearchText},
    dataset::{Dataset, Frequency, Theme, text},
    fault::Faults,
    kind::Kind,
    place::Location,
    reference::LinkVisitor,
    rules::{Bounds, check_location, check_sizes, drop_repeated},
    scalar::WebUrl,
    terms::{Facet, Terms},
    text::{LocalBrief, LocalName, LocalProse},
    vocabulary::{IndustryCode, RegionCode, TechnologyFieldCode},
    words::Visibility,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A regional concentration of companies and institutes in one field, whether managed or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Name.
    pub name: LocalName,
    /// Summary in one or two sentences.
    pub summary: LocalBrief,
    /// Full description.
    pub description: Option<LocalProse>,
    /// Technology fields. At least one.
    #[schema(inline, min_items = 1, max_items = 40)]
    pub technology_fields: Vec<TechnologyFieldCode>,
    /// Industries.
    #[serde(default)]
    #[schema(inline, max_items = 40)]
    pub industries: Vec<IndustryCode>,
    /// Regions. At least one.
    #[schema(inline, min_items = 1, max_items = 60)]
    pub regions: Vec<RegionCode>,
    /// Centre of the cluster.
    pub location: Option<Location>,
    /// Geographic reach of its reputation.
    pub visibility: Visibility,
    /// Website.
    #[schema(inline)]
    pub website: Option<WebUrl>,
}

impl Content for Cluster {
    const KIND: Kind = Kind::Cluster;
    const EXAMPLE_KEY: &'static str = "cluster-medizintechnik-tuttlingen";
    const ABOUT: &'static str = "Regional clusters: concentrations of companies and institutes in one field, \
        whether managed or not.";
    const DATASET: Dataset = Dataset {
        title: text("Regionale Cluster in Baden-Württemberg", "Regional clusters in Baden-Württemberg"),
        description: text(
            "Regionale Cluster: räumliche Konzentrationen von Unternehmen und Forschungseinrichtungen eines Feldes, \
             mit Regionen, Technologiefeldern, Wirtschaftszweigen und den Initiativen, die sie betreuen.",
            "Regional clusters: concentrations of companies and research institutes in one field, with their regions, \
             technology fields, industries, and the initiatives that manage them.",
        ),
        themes: &[Theme::Economy, Theme::Regions, Theme::Technology],
        keywords: &[
            text("Cluster", "cluster"),
            text("Clusterpolitik", "cluster policy"),
            text("Regionalentwicklung", "regional development"),
            text("Innovation", "innovation"),
        ],
        frequency: Frequency::Irregular,
        legislation: &[],
    };
    const FACETS: &'static [Facet] =
        &[Facet::Region, Facet::PlanningRegion, Facet::TechnologyField, Facet::Industry, Facet::Visibility];
    const LOCATED: bool = true;
    const DERIVED: &'static [Derived] = &[Derived::Initiatives];

    fn name(&self) -> &str {
        self.name.de.as_str()
    }

    fn text<'a>(&'a self, text: &mut SearchText<'a>) {
        text.title(&self.name);
        text.prose(&self.summary);
        text.mention("Cluster");
        self.description.iter().for_each(|description| text.prose(description));
        text.fields_and_regions(&self.technology_fields, &self.regions);
        text.websites(&self.website);
    }

    fn terms(&self, terms: &mut Terms) {
        terms.regions(&self.regions);
        terms.coverage(&self.regions);
        terms.technology_fields(&self.technology_fields);
        terms.industries(&self.industries);
        terms.add(Facet::Visibility, self.visibility.as_str());
    }

    fn visit_links(&mut self, _visit: &mut LinkVisitor<'_>) {}

    fn normalise(&mut self, _faults: &mut Faults) {
        drop_repeated(&mut self.technology_fields, 40);
        drop_repeated(&mut self.industries, 40);
        drop_repeated(&mut self.regions, 60);
    }

    fn check(&self, faults: &mut Faults) {
        check_sizes(
            faults,
            &[
                ("/technology_fields", self.technology_fields.len(), 1..=40),
                ("/industries", self.industries.len(), 0..=40),
                ("/regions", self.regions.len(), 1..=60),
            ],
        );
        check_location(faults, "/location", self.location, "/regions", &self.regions, Bounds::Neighbourhood);
    }

    fn location(&self) -> Option<Location> {
        self.location
    }

    fn example() -> Self {
        crate::parse::example(serde_json::json!({
            "name": { "de": "Mikrosystemtechnik Freiburg", "en": "Microsystems Freiburg" },
            "summary": {
                "de": "Firmen und Institute der Mikrosystemtechnik rund um Freiburg.",
                "en": "Firms and institutes of microsystems technology around Freiburg."
            },
            "description": {
                "de": "Der Schwerpunkt liegt auf Sensoren.\nDie Universität bildet dafür aus.",
                "en": "The focus is on sensors.\nThe university trains for it."
            },
            "technology_fields": ["mikrosystemtechnik"],
            "industries": ["26"],
            "regions": ["DE131"],
            "location": { "lat": 48.0, "lon": 7.85 },
            "visibility": "international",
            "website": "https://www.example.org/mikrosystemtechnik"
        }))
    }
}
