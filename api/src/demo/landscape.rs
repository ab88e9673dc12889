//! The real part of the demo landscape: the organisations and measures of `data/`.
//!
//! Fields are taken over unchanged, and what is unknown in the files stays unknown. Only `source` and `confidence`
//! are not part of a record.

use super::line;
use chrono::{Datelike, NaiveDate};
use domain::{
    kind::Kind,
    organisation::Activity,
    place::Location,
    vocabulary::{LabelCode, RegionCode, TechnologyFieldCode},
    words::Visibility,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// The real organisations and measures, in the order of the files.
pub(super) struct Landscape {
    /// Clusters, initiatives and networks.
    pub(super) organisations: Vec<Organisation>,
    /// Measures of cluster policy.
    pub(super) measures: Vec<Measure>,
}

/// An entry of `data/organisations.json`.
#[derive(Deserialize)]
pub(super) struct Organisation {
    pub(super) kind: Kind,
    pub(super) slug: String,
    name: String,
    short_name: Option<String>,
    pub(super) city: String,
    postal_code: Option<String>,
    #[serde(rename = "nuts3")]
    pub(super) region: RegionCode,
    lat: f64,
    lon: f64,
    website: Option<String>,
    pub(super) founded_year: Option<i32>,
    legal_form: Option<String>,
    pub(super) fields: Vec<TechnologyFieldCode>,
    pub(super) visibility: Visibility,
    labels: Vec<Award>,
    member_count: Option<u32>,
    member_count_year: Option<i32>,
    #[serde(rename = "status")]
    activity: Activity,
    ended_year: Option<i32>,
    summary_de: String,
    summary_en: String,
}

#[derive(Deserialize)]
struct Award {
    label: LabelCode,
    awarded_year: Option<i32>,
}

/// An entry of `data/measures.json`.
#[derive(Deserialize)]
pub(super) struct Measure {
    pub(super) slug: String,
    pub(super) kind: String,
    title_de: String,
    title_en: String,
    summary_de: String,
    summary_en: String,
    start_year: Option<i32>,
    end_year: Option<i32>,
    eu_cofinanced: bool,
    budget_eur: Option<u64>,
    responsible: String,
}

/// Successors of merged organisations, which the file mentions only in prose.
const SUCCESSORS: [(&str, &str); 1] = [("packaging-excellence-center", "packaging-valley")];

/// Official names of the bodies that the file abbreviates.
const RESPONSIBLE: [(&str, &str); 6] = [
    ("ministry", "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg"),
    (
        "ministry with the ministries of science and of rural affairs",
        "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg mit den Ministerien für Wissenschaft \
         und für Ländlichen Raum",
    ),
    (
        "ministry with regional partners",
        "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg mit regionalen Partnern",
    ),
    (
        "ministry, BWIHK, BWHT",
        "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg, BWIHK und BWHT",
    ),
    (
        "ministry of rural affairs (ERDF managing authority)",
        "Ministerium für Ernährung, Ländlichen Raum und Verbraucherschutz Baden-Württemberg \
         (EFRE-Verwaltungsbehörde)",
    ),
    (
        "BWHT with the ministry",
        "BWHT mit dem Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg",
    ),
];

/// Reads one of the files in `data/`.
#[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
fn read<T: DeserializeOwned>(json: &str) -> Vec<T> {
    serde_json::from_str(json).expect("a file in data/ is well formed")
}

impl Landscape {
    /// Reads the files, which are part of the program.
    pub(super) fn read() -> Self {
        Self {
            organisations: read(include_str!("../../../data/organisations.json")),
            measures: read(include_str!("../../../data/measures.json")),
        }
    }

    /// The import lines. Each record comes after those that it refers to.
    pub(super) fn lines(&self) -> Vec<Value> {
        let clusters = self.of_kind(Kind::Cluster).map(|it| line(Kind::Cluster, it.cluster()));
        let (continued, plain): (Vec<&Organisation>, Vec<&Organisation>) =
            self.of_kind(Kind::Initiative).partition(|it| self.successor(it).is_some());
        let initiatives =
            plain.into_iter().chain(continued).map(|it| line(Kind::Initiative, self.initiative(it)));
        let networks = self.of_kind(Kind::Network).map(|it| line(Kind::Network, self.managed(it)));
        let measures = self.measures.iter().map(|it| line(Kind::Measure, it.record()));
        clusters.chain(initiatives).chain(networks).chain(measures).collect()
    }

    /// Active initiatives or networks, which can have members and hold events.
    pub(super) fn active(&self, kind: Kind) -> Vec<&Organisation> {
        self.of_kind(kind).filter(|it| it.activity == Activity::Active).collect()
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Organisation> {
        self.organisations.iter().filter(move |it| it.kind == kind)
    }

    fn successor(&self, of: &Organisation) -> Option<&str> {
        let (_, successor) = SUCCESSORS.iter().find(|(ended, _)| *ended == of.slug)?;
        self.organisations.iter().map(|it| it.slug.as_str()).find(|slug| slug == successor)
    }

    /// The clusters of an initiative: those in its planning region that share a technology field.
    fn initiative(&self, it: &Organisation) -> Value {
        let clusters: Vec<&str> = self
            .of_kind(Kind::Cluster)
            .filter(|cluster| cluster.region.planning_region == it.region.planning_region)
            .filter(|cluster| cluster.fields.iter().any(|field| it.fields.contains(field)))
            .map(|cluster| cluster.slug.as_str())
            .collect();
        let mut record = self.managed(it);
        record["clusters"] = json!(clusters);
        record
    }

    /// The fields that initiatives and networks have in common.
    ///
    /// Which initiatives take part in which network is not known, so no network names any.
    fn managed(&self, it: &Organisation) -> Value {
        // A network covers the whole state, wherever its seat is.
        let region = if it.kind == Kind::Network { "DE1" } else { &it.region.code };
        json!({
            "slug": it.slug,
            "status": "published",
            "name": it.name,
            "short_name": it.short_name,
            "summary": { "de": it.summary_de, "en": it.summary_en },
            "legal_form": it.legal_form,
            "founded_on": year(it.founded_year),
            "website": it.website,
            "contact": {
                "organisation": it.name,
                "postal_code": it.postal_code,
                "city": it.city,
                "country": "DE",
            },
            "location": it.location(),
            "regions": [region],
            "technology_fields": it.fields,
            "industries": it.industries(),
            "visibility": it.visibility,
            "labels": it.labels.iter().map(Award::record).collect::<Vec<Value>>(),
            "activity": it.activity,
            "ended_on": year(it.ended_year),
            "successor": self.successor(it),
            "reported_members":
                it.member_count.map(|count| json!({ "count": count, "as_of": year(it.member_count_year) })),
        })
    }
}

impl Organisation {
    /// The seat, with the accuracy of a town.
    pub(super) fn location(&self) -> Location {
        Location { lat: self.lat, lon: self.lon }
    }

    /// A cluster. Nobody runs it, so it has no legal form and no contact.
    fn cluster(&self) -> Value {
        json!({
            "slug": self.slug,
            "status": "published",
            "name": { "de": self.name, "en": null },
            "summary": { "de": self.summary_de, "en": self.summary_en },
            "technology_fields": self.fields,
            "industries": self.industries(),
            "regions": [self.region],
            "location": self.location(),
            "visibility": self.visibility,
            "website": self.website,
        })
    }

    /// The industries of its technology fields, without duplicates.
    fn industries(&self) -> Vec<&str> {
        let mut industries: Vec<&str> = Vec::new();
        for code in self.fields.iter().flat_map(|field| &field.entry().industries) {
            if !industries.contains(&code.as_str()) {
                industries.push(code);
            }
        }
        industries
    }
}

impl Award {
    fn record(&self) -> Value {
        let last_year = self.awarded_year.zip(self.label.validity_years).map(|(awarded, years)| {
            let years = i32::try_from(years).unwrap_or(i32::MAX);
            awarded.saturating_add(years)
        });
        json!({
            "label": self.label,
            "awarded_on": year(self.awarded_year),
            // Only the year of the award is known, so assume its end.
            "valid_until": last_year.map(|year| format!("{year:04}-12-31")),
        })
    }
}

impl Measure {
    /// Whether it is known to have started by `day`, and not known to have ended.
    pub(super) fn runs_on(&self, day: NaiveDate) -> bool {
        self.start_year.is_some_and(|start| start <= day.year())
            && self.end_year.is_none_or(|end| day.year() <= end)
    }

    fn record(&self) -> Value {
        json!({
            "slug": self.slug,
            "status": "published",
            "kind": self.kind,
            "title": { "de": self.title_de, "en": self.title_en },
            "summary": { "de": self.summary_de, "en": self.summary_en },
            "responsible": responsible(&self.responsible),
            "starts_on": year(self.start_year),
            "ends_on": year(self.end_year),
            "eu_cofinanced": self.eu_cofinanced,
            "budget": self.budget_eur.map(|euro| format!("{euro}.00")),
        })
    }
}

/// A year, as in records.
fn year(year: Option<i32>) -> Option<String> {
    year.map(|year| format!("{year:04}"))
}

/// The official name of a responsible body. Names without an abbreviation are returned unchanged.
fn responsible(short: &str) -> &str {
    RESPONSIBLE.iter().find(|(known, _)| *known == short).map_or(short, |(_, name)| name)
}
