//! Operations: the funded projects under a measure, in the list that Regulation (EU) 2021/1060 Article 49(3) requires.
//!
//! The article names its columns by the letters (a) to (n). Each field says which letter it is.

mod beneficiary;
mod rules;

pub use beneficiary::Beneficiary;

use crate::{
    content::{Content, Derived, SearchText},
    dataset::{Dataset, Frequency, Theme, text},
    fault::Faults,
    kind::Kind,
    member::Address,
    place::Location,
    reference::{LinkVisitor, Reference, Role, visit_one},
    rules::{Bounds, check_location, check_sizes, drop_repeated},
    scalar::{Euro, FleetNumber, InterventionType, OperationCode, Percentage, SpecificObjective},
    terms::{Facet, Terms},
    text::{LocalName, LocalProse, Name},
    time::{Date, PartialDate, Span, check_period},
    vocabulary::RegionCode,
    words::{Fund, LocationType},
};
use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A funded project under a measure (Regulation (EU) 2021/1060, Article 2(4)).
///
/// The letters refer to Article 49(3). For operations of a Union fund, the fields of letters (d) to (l) and (n) are
/// required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Code of the operation. Unique: codes that differ only in case and separators count as equal, and a code that was
    /// once used is not available to another operation. In lower case and with hyphens, it leads to the operation like a
    /// former slug: `/api/v1/operations/demo-efre-0001`.
    #[schema(inline)]
    pub code: OperationCode,
    /// Measure under which the operation is funded. Null for callers who may not see the measure.
    pub measure: Option<Reference>,
    /// Beneficiary (a, b, m).
    pub beneficiary: Beneficiary,
    /// Contractors that are legal entities, in the case of public procurement (a).
    #[serde(default)]
    #[schema(inline, max_items = 50)]
    pub contractors: Vec<Name>,
    /// Number of the vessel in the Union fishing fleet register (c). Only for operations of the EMFAF that are linked
    /// to a fishing vessel, and only with `published_on`. Removed two years after that day.
    #[schema(inline)]
    pub fishing_vessel: Option<FleetNumber>,
    /// Name of the operation (d).
    pub name: LocalName,
    /// Purpose (e).
    pub purpose: LocalProse,
    /// Expected or actual achievements (e).
    pub achievements: Option<LocalProse>,
    /// First day (f). If only the month or year is known, that month or year.
    #[schema(inline)]
    pub starts_on: PartialDate,
    /// Expected or actual day of completion (g). If only the month or year is known, that month or year. Writes may also
    /// send `9999-12-31`, which is stored as null.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    #[schema(inline)]
    pub ends_on: Option<PartialDate>,
    /// Total cost (h).
    #[schema(inline)]
    pub total_cost: Euro,
    /// Fund (i).
    pub fund: Fund,
    /// Specific objective (j). Only for Union funds.
    #[schema(inline)]
    pub specific_objective: Option<SpecificObjective>,
    /// Union co-financing rate in per cent (k). Only for Union funds.
    #[schema(inline)]
    pub eu_cofinancing_rate: Option<Percentage>,
    /// Region of the operation, as location indicator (l).
    #[schema(inline)]
    pub region: Option<RegionCode>,
    /// Place of the operation and its country (l).
    pub address: Option<Address>,
    /// Geolocation of the operation (l).
    pub location: Option<Location>,
    /// Whether the operation has one location, covers several, or is mobile (m). If not `single`, the location of the
    /// beneficiary is required for Union funds, and counts as that of the operation.
    #[serde(default)]
    pub location_type: LocationType,
    /// Type of intervention (n). Only for Union funds.
    #[schema(inline)]
    pub intervention_type: Option<InterventionType>,
    /// Day on which the operation was first published in the list. Two years later, the name of a natural person and the
    /// number of a vessel are removed.
    #[schema(inline)]
    pub published_on: Option<Date>,
}

/// For how long the name of a natural person and the number of a vessel may be published (Article 49(3), second
/// subparagraph).
const PERSONAL: Months = Months::new(24);

/// After how many months the list must be updated at the latest (Article 49(3), first subparagraph).
const RENEWAL: Months = Months::new(4);

/// The day by which the list must be updated again, after an update on `day`.
pub fn next_update(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(RENEWAL).unwrap_or(NaiveDate::MAX)
}

impl Operation {
    /// The region that it counts for: its own, or that of the beneficiary if it has no single location.
    fn counted_region(&self) -> Option<RegionCode> {
        let of_beneficiary = self.beneficiary.region.filter(|_| self.location_type != LocationType::Single);
        self.region.or(of_beneficiary)
    }
}

impl Content for Operation {
    const KIND: Kind = Kind::Operation;
    const EXAMPLE_KEY: &'static str = "demo-efre-0001";
    const ABOUT: &'static str = "Operations: the funded projects under a measure, in the list that Regulation (EU) \
        2021/1060 Article 49(3) requires. Each has a unique `code`. `next_update` is the day by which the list is updated \
        again at the latest.";
    const DATASET: Dataset = Dataset {
        title: text(
            "Liste der Vorhaben der Clusterpolitik in Baden-Württemberg",
            "List of operations of cluster policy in Baden-Württemberg",
        ),
        description: text(
            "Geförderte Vorhaben mit Begünstigten, Zweck, Laufzeit, Gesamtkosten, Fonds, spezifischem Ziel, \
             Kofinanzierungssatz, Ort und Art der Intervention nach Artikel 49 Absatz 3 der Verordnung (EU) 2021/1060.",
            "Funded operations with beneficiaries, purpose, period, total cost, fund, specific objective, co-financing \
             rate, location and type of intervention, according to Article 49(3) of Regulation (EU) 2021/1060.",
        ),
        themes: &[Theme::Government, Theme::Economy, Theme::Regions],
        keywords: &[
            text("Vorhaben", "operations"),
            text("Begünstigte", "beneficiaries"),
            text("EFRE", "ERDF"),
            text("Förderung", "funding"),
            text("Transparenz", "transparency"),
        ],
        frequency: Frequency::ThreeTimesAYear,
        legislation: &["http://data.europa.eu/eli/reg/2021/1060/oj"],
    };
    const FACETS: &'static [Facet] = &[
        Facet::Region,
        Facet::PlanningRegion,
        Facet::Measure,
        Facet::Fund,
        Facet::Year,
        Facet::Initiative,
        Facet::Network,
    ];
    const LOCATED: bool = true;
    const DATED: Option<&'static str> = Some("starts_on");
    const DERIVED: &'static [Derived] = &[Derived::NextUpdate];
    const SUMMED: bool = true;

    fn name(&self) -> &str {
        self.name.de.as_str()
    }

    fn code(&self) -> Option<&OperationCode> {
        Some(&self.code)
    }

    /// The name of a natural person is never indexed.
    fn text<'a>(&'a self, text: &mut SearchText<'a>) {
        text.title(&self.name);
        text.prose(&self.purpose);
        self.achievements.iter().for_each(|achievements| text.prose(achievements));
        ["Vorhaben", "Operation"].into_iter().for_each(|word| text.mention(word));
        text.mention(self.code.as_str());
        let names = self.beneficiary.name.iter().filter(|_| !self.beneficiary.is_person());
        names.chain(&self.contractors).for_each(|name| text.mention(name.as_str()));
        text.fields_and_regions(&[], self.counted_region().as_slice());
        if let Some(address) = &self.address {
            text.place(address.postal_code.as_ref(), address.city.as_ref());
        }
    }

    fn terms(&self, terms: &mut Terms) {
        terms.regions(self.counted_region().as_slice());
        terms.add(Facet::Fund, self.fund.as_str());
        terms.year(Some(self.starts_on.earliest().year()));
        terms.amount(self.total_cost);
    }

    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>) {
        visit_one(&mut self.measure, "/measure", Role::Measure, visit);
        let pointer = "/beneficiary/organisation";
        visit_one(&mut self.beneficiary.organisation, pointer, Role::Beneficiary, visit);
    }

    fn normalise(&mut self, _faults: &mut Faults) {
        drop_repeated(&mut self.contractors, 50);
    }

    fn check(&self, faults: &mut Faults) {
        if self.measure.is_none() {
            faults.broken("/measure", "is required");
        }
        check_sizes(faults, &[("/contractors", self.contractors.len(), 0..=50)]);
        check_period(faults, "/starts_on", Some(self.starts_on), "/ends_on", self.ends_on);
        self.beneficiary.check(self.published_on, faults);
        if self.fishing_vessel.is_some() && self.published_on.is_none() {
            faults.broken("/fishing_vessel", "must be set together with published_on");
        }
        if self.fund.is_of_the_union() {
            self.check_required(faults);
        }
        self.check_fund(faults);
        let country = self.address.as_ref().and_then(|address| address.country.as_ref());
        let regions = self.region.as_slice();
        check_location(faults, "/location", self.location, "/region", regions, Bounds::of(country));
    }

    fn check_on(&self, today: NaiveDate, faults: &mut Faults) {
        if self.published_on.is_some_and(|Date(day)| day > today) {
            faults.broken("/published_on", "must not be in the future");
        }
    }

    /// Removes the name of a natural person and the number of a vessel, two years after their initial publication.
    fn withhold(&mut self, today: NaiveDate) {
        let last = self.published_on.map(|Date(day)| day.checked_add_months(PERSONAL).unwrap_or(day));
        if last.is_none_or(|last| last <= today) {
            self.fishing_vessel = None;
            if self.beneficiary.is_person() {
                self.beneficiary.name = None;
            }
        }
    }

    fn location(&self) -> Option<Location> {
        self.location
    }

    fn span(&self) -> Span {
        Span::of_days(Some(self.starts_on), self.ends_on)
    }

    fn example() -> Self {
        crate::parse::example(serde_json::json!({
            "code": "BEISPIEL-EMFAF-0001",
            "measure": "019a2b3c-0000-7000-8000-000000000004",
            "beneficiary": {
                "kind": "legal_entity",
                "name": "Muster Aquakultur GmbH",
                "organisation": "019a2b3c-0000-7000-8000-000000000001",
                "address": {
                    "street": "Musterweg 1",
                    "postal_code": "78462",
                    "city": "Konstanz",
                    "country": "DE"
                },
                "region": "DE138"
            },
            "contractors": ["Muster Messtechnik GmbH"],
            "fishing_vessel": "DEU500350102",
            "name": { "de": "Beispielvorhaben Sensoren für Fischzucht", "en": "Example operation: sensors for fish farms" },
            "purpose": {
                "de": "Sensoren überwachen die Wasserqualität.",
                "en": "Sensors monitor the quality of the water."
            },
            "achievements": {
                "de": "Zehn Betriebe nutzen die Sensoren.",
                "en": "Ten farms use the sensors."
            },
            "starts_on": "2023-04-01",
            "ends_on": "2026-03",
            "total_cost": "850000.00",
            "fund": "emfaf",
            "specific_objective": "2.1",
            "eu_cofinancing_rate": "70.00",
            "region": "DE138",
            "address": {
                "street": "Hafenstraße 2",
                "postal_code": "78462",
                "city": "Konstanz",
                "country": "DE"
            },
            "location": { "lat": 47.6603, "lon": 9.1758 },
            "location_type": "single",
            "intervention_type": "028",
            "published_on": "2026-05-01"
        }))
    }
}
