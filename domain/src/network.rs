//! State-wide networks.

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
    /// A state-wide alliance that spans regions.
    Network {
        /// Initiatives that take part in the network.
        #[serde(default)]
        #[schema(max_items = 500)]
        initiatives: Vec<Reference>,
    }
);

impl Content for Network {
    const KIND: Kind = Kind::Network;
    const EXAMPLE_KEY: &'static str = "microtec-suedwest";
    const ABOUT: &'static str =
        "State-wide networks: alliances that span regions and may include initiatives.";
    const DATASET: Dataset = Dataset {
        title: text("Landesweite Netzwerke in Baden-Württemberg", "State-wide networks in Baden-Württemberg"),
        description: text(
            "Landesweite Netzwerke: Zusammenschlüsse über Regionen hinweg, mit Management, Kontakt, \
             Technologiefeldern, Leistungen, Auszeichnungen und beteiligten Initiativen.",
            "State-wide networks: alliances across regions, with management, contact, technology fields, services, \
             labels and the initiatives that take part.",
        ),
        themes: &[Theme::Economy, Theme::Technology],
        keywords: &[
            text("Netzwerk", "network"),
            text("Landesnetzwerk", "state-wide network"),
            text("Innovation", "innovation"),
            text("Technologietransfer", "technology transfer"),
        ],
        frequency: Frequency::Irregular,
        legislation: &[],
    };
    const FACETS: &'static [Facet] = &{
        let [a, b, c, d, e, f, g] = Profile::FACETS;
        [a, b, c, d, e, f, g, Facet::Initiative]
    };
    const LOCATED: bool = true;
    const DERIVED: &'static [Derived] = &[Derived::MemberCount];

    fn name(&self) -> &str {
        self.name.as_str()
    }

    fn text<'a>(&'a self, text: &mut SearchText<'a>) {
        self.profile_text(text);
        ["Netzwerk", "Network"].into_iter().for_each(|word| text.mention(word));
    }

    fn terms(&self, terms: &mut Terms) {
        self.profile().terms(terms);
    }

    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>) {
        visit_list(&mut self.initiatives, "/initiatives", Role::Participant, visit);
        visit_one(&mut self.successor, "/successor", Role::Successor, visit);
    }

    fn normalise(&mut self, _faults: &mut Faults) {
        self.normalise_profile();
    }

    fn check(&self, faults: &mut Faults) {
        self.profile().check(faults);
        check_sizes(faults, &[("/initiatives", self.initiatives.len(), 0..=500)]);
    }

    fn location(&self) -> Option<Location> {
        self.location
    }

    fn example() -> Self {
        crate::parse::example(serde_json::json!({
            "name": "Allianz Faserbasierte Werkstoffe Baden-Württemberg e.V.",
            "short_name": "AFBW",
            "summary": {
                "de": "Landesweites Netzwerk rund um Fasern und textile Werkstoffe.",
                "en": "State-wide network around fibres and textile materials."
            },
            "description": {
                "de": "Firmen und Forschung arbeiten über Branchen hinweg zusammen.",
                "en": "Firms and research work together across industries."
            },
            "goals": { "de": "Fasern in neuen Anwendungen.", "en": "Fibres in new uses." },
            "services": [{ "de": "Arbeitsgruppen", "en": "Working groups" }],
            "legal_form": "e.V.",
            "founded_on": "2009-10-01",
            "website": "https://www.afbw.eu",
            "management": { "organisation": "AFBW e.V.", "staff": 5, "full_time_equivalents": 4.0 },
            "contact": {
                "organisation": "AFBW e.V.",
                "street": "Türlenstraße 6",
                "postal_code": "70191",
                "city": "Stuttgart",
                "country": "DE",
                "email": "info@example.org",
                "phone": "+49 711 123-0"
            },
            "location": { "lat": 48.7758, "lon": 9.1829 },
            "regions": ["DE1"],
            "technology_fields": ["textil-faser"],
            "industries": ["13"],
            "visibility": "national",
            "labels": [{ "label": "cluster-exzellenz-bw", "awarded_on": "2025", "valid_until": "2027-12-31" }],
            "listing": { "state": "listed", "since": "2010-11-02" },
            "activity": "merged",
            "ended_on": "2030-12-31",
            "successor": "019a2b3c-0000-7000-8000-000000000002",
            "reported_members": { "count": 80, "as_of": "2022-12-31" },
            "initiatives": ["019a2b3c-0000-7000-8000-000000000001"]
        }))
    }
}
