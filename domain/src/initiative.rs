//! Cluster initiatives.

use crate::{
    content::{Content, Derived, SearchText},
    dataset::{Dataset, Frequency, Theme, text},
    fault::Faults,
    kind::Kind,
    organisation::{Profile, organisation},
    place::Location,
    reference::{LinkVisitor, Reference, Role, visit_list, visit_one},
    rules::check_sizes,
    terms::{Facet, Terms},
};

organisation!(
    /// An organised, managed alliance of actors, usually within one cluster.
    Initiative {
        /// Clusters in which the initiative works.
        #[serde(default)]
        #[schema(max_items = 50)]
        clusters: Vec<Reference>,
    }
);

impl Content for Initiative {
    const KIND: Kind = Kind::Initiative;
    const EXAMPLE_KEY: &'static str = "cyberforum";
    const ABOUT: &'static str =
        "Cluster initiatives: organised, managed alliances of actors, usually within one cluster.";
    const DATASET: Dataset = Dataset {
        title: text("Cluster-Initiativen in Baden-Württemberg", "Cluster initiatives in Baden-Württemberg"),
        description: text(
            "Cluster-Initiativen: organisierte Zusammenschlüsse von Akteuren, mit Management, Kontakt, Regionen, \
             Technologiefeldern, Leistungen und Auszeichnungen.",
            "Cluster initiatives: organised alliances of actors, with management, contact, regions, technology \
             fields, services and labels.",
        ),
        themes: &[Theme::Economy, Theme::Technology],
        keywords: &[
            text("Cluster-Initiative", "cluster initiative"),
            text("Clustermanagement", "cluster management"),
            text("Netzwerk", "network"),
            text("Innovation", "innovation"),
            text("Technologietransfer", "technology transfer"),
        ],
        frequency: Frequency::Irregular,
        legislation: &[],
    };
    const FACETS: &'static [Facet] = &{
        let [a, b, c, d, e, f, g] = Profile::FACETS;
        [a, b, c, d, e, f, g, Facet::Cluster]
    };
    const LOCATED: bool = true;
    const DERIVED: &'static [Derived] = &[Derived::MemberCount];

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn text<'a>(&'a self, text: &mut SearchText<'a>) {
        self.profile_text(text);
        text.mention("Cluster-Initiative");
    }

    fn terms(&self, terms: &mut Terms) {
        self.profile().terms(terms);
    }

    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>) {
        visit_list(&mut self.clusters, "/clusters", Role::Cluster, visit);
        visit_one(&mut self.successor, "/successor", Role::Successor, visit);
    }

    fn normalise(&mut self, _faults: &mut Faults) {
        self.normalise_profile();
    }

    fn check(&self, faults: &mut Faults) {
        self.profile().check(faults);
        check_sizes(faults, &[("/clusters", self.clusters.len(), 0..=50)]);
    }

    fn location(&self) -> Option<Location> {
        self.location
    }

    fn example() -> Self {
        crate::parse::example(serde_json::json!({
            "name": "microTEC Südwest e.V.",
            "short_name": "microTEC Südwest",
            "summary": {
                "de": "Spitzencluster für Mikrosystemtechnik in Südwestdeutschland.",
                "en": "Leading-edge cluster for microsystems technology in south-west Germany."
            },
            "description": {
                "de": "Firmen und Institute entwickeln gemeinsam intelligente Systeme.\nDie Geschäftsstelle liegt in Freiburg.",
                "en": "Firms and institutes develop smart systems together.\nThe office is in Freiburg."
            },
            "goals": { "de": "Neue Anwendungen der Mikrosystemtechnik.", "en": "New uses of microsystems technology." },
            "services": [{ "de": "Vermittlung von Projektpartnern", "en": "Finding partners for projects" }],
            "legal_form": "e.V.",
            "founded_on": "2009",
            "website": "https://www.microtec-suedwest.de",
            "management": { "organisation": "microTEC Südwest e.V.", "staff": 4, "full_time_equivalents": 3.5 },
            "contact": {
                "organisation": "microTEC Südwest e.V.",
                "street": "Emmy-Noether-Straße 2",
                "postal_code": "79110",
                "city": "Freiburg im Breisgau",
                "country": "DE",
                "email": "info@example.org",
                "phone": "+49 761 123-0"
            },
            "location": { "lat": 47.999, "lon": 7.8421 },
            "regions": ["DE131"],
            "technology_fields": ["mikrosystemtechnik"],
            "industries": ["26"],
            "visibility": "international",
            "labels": [{ "label": "esca-gold", "awarded_on": "2023-06-01", "valid_until": "2026-05-31" }],
            "listing": { "state": "listed", "since": "2010-11-02" },
            "activity": "merged",
            "ended_on": "2030",
            "successor": "019a2b3c-0000-7000-8000-000000000002",
            "reported_members": { "count": 390, "as_of": "2019" },
            "clusters": ["019a2b3c-0000-7000-8000-000000000003"]
        }))
    }
}
