//! Measures of cluster policy.

use crate::{
    content::{Content, Derived, SearchText},
    dataset::{Dataset, Frequency, Theme, text},
    fault::Faults,
    kind::Kind,
    reference::{LinkVisitor, Reference, Role, visit_list},
    rules::check_sizes,
    scalar::{Euro, MediaType, WebUrl},
    terms::{Facet, Terms},
    text::{LocalBrief, LocalName, LocalProse, Name},
    time::{Date, PartialDate, Span, check_period},
    words::MeasureKind,
};
use chrono::Datelike;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A call for proposals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// First day to apply.
    #[schema(inline)]
    pub opens_on: Option<Date>,
    /// Last day to apply. Null if there is no deadline. Writes may also send `9999-12-31`, which is stored as null.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    #[schema(inline)]
    pub closes_on: Option<Date>,
    /// Web page of the call.
    #[schema(inline)]
    pub url: Option<WebUrl>,
}

/// A document that belongs to a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Title.
    pub title: LocalName,
    /// Address of the document.
    #[schema(inline)]
    pub url: WebUrl,
    /// Media type.
    #[schema(inline)]
    pub media_type: Option<MediaType>,
    /// Date of publication.
    #[schema(inline)]
    pub published_on: Option<Date>,
}

/// A measure of cluster policy, such as a funding programme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Type of measure.
    pub kind: MeasureKind,
    /// Title.
    pub title: LocalName,
    /// Summary in one or two sentences.
    pub summary: LocalBrief,
    /// Full description.
    pub description: Option<LocalProse>,
    /// Body in charge, such as a ministry.
    #[schema(inline)]
    pub responsible: Name,
    /// First day. If only the month or year is known, that month or year.
    #[schema(inline)]
    pub starts_on: Option<PartialDate>,
    /// Last day. If only the month or year is known, that month or year. Null if unknown or open-ended. Writes may
    /// also send `9999-12-31`, which is stored as null.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    #[schema(inline)]
    pub ends_on: Option<PartialDate>,
    /// Target groups.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub target_groups: Vec<LocalName>,
    /// Call for proposals.
    pub call: Option<Call>,
    /// Documents.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub documents: Vec<Document>,
    /// Whether the measure is co-financed by the European Union.
    #[serde(default)]
    pub eu_cofinanced: bool,
    /// Funding programme to which the measure belongs.
    #[schema(inline)]
    pub programme: Option<Name>,
    /// Budget.
    #[schema(inline)]
    pub budget: Option<Euro>,
    /// Initiatives and networks that benefit.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub beneficiaries: Vec<Reference>,
}

impl Content for Measure {
    const KIND: Kind = Kind::Measure;
    const EXAMPLE_KEY: &'static str = "cluster-forum";
    const ABOUT: &'static str = "Measures of cluster policy: funding, internationalisation, events, studies, \
        qualification, publications, transparency.";
    const DATASET: Dataset = Dataset {
        title: text(
            "Maßnahmen der Clusterpolitik in Baden-Württemberg",
            "Cluster policy measures in Baden-Württemberg",
        ),
        description: text(
            "Maßnahmen der Clusterpolitik: Förderung, Internationalisierung, Veranstaltungen, Studien, \
             Qualifizierung, Veröffentlichungen und Transparenz, mit Laufzeit, Aufruf und Dokumenten.",
            "Measures of cluster policy: funding, internationalisation, events, studies, qualification, publications \
             and transparency, with period, call and documents.",
        ),
        themes: &[Theme::Government, Theme::Economy],
        keywords: &[
            text("Clusterpolitik", "cluster policy"),
            text("Förderung", "funding"),
            text("Förderprogramm", "funding programme"),
            text("Wirtschaftsförderung", "business development"),
        ],
        frequency: Frequency::Irregular,
        legislation: &[],
    };
    const FACETS: &'static [Facet] = &[Facet::Kind, Facet::Initiative, Facet::Network];
    const DATED: Option<&'static str> = Some("starts_on");
    const DERIVED: &'static [Derived] = &[Derived::OperationCount];
    const NAME_FIELD: &'static str = "title";

    fn name(&self) -> &str {
        self.title.de.as_str()
    }

    fn text<'a>(&'a self, text: &mut SearchText<'a>) {
        text.title(&self.title);
        text.prose(&self.summary);
        ["Maßnahme", "Measure"].into_iter().for_each(|word| text.mention(word));
        self.description.iter().for_each(|description| text.prose(description));
        text.mention(self.responsible.as_str());
        self.programme.iter().for_each(|programme| text.mention(programme.as_str()));
        self.target_groups.iter().for_each(|group| text.prose(group));
        self.documents.iter().for_each(|document| text.prose(&document.title));
        text.websites(self.call.iter().filter_map(|call| call.url.as_ref()));
    }

    fn terms(&self, terms: &mut Terms) {
        terms.add(Facet::Kind, self.kind.as_str());
        terms.year(self.starts_on.map(|starts| starts.earliest().year()));
    }

    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>) {
        visit_list(&mut self.beneficiaries, "/beneficiaries", Role::Beneficiary, visit);
    }

    fn check(&self, faults: &mut Faults) {
        check_sizes(
            faults,
            &[
                ("/target_groups", self.target_groups.len(), 0..=50),
                ("/documents", self.documents.len(), 0..=200),
                ("/beneficiaries", self.beneficiaries.len(), 0..=500),
            ],
        );
        check_period(faults, "/starts_on", self.starts_on, "/ends_on", self.ends_on);
        if let Some(call) = &self.call {
            check_period(faults, "/call/opens_on", call.opens_on, "/call/closes_on", call.closes_on);
        }
    }

    fn span(&self) -> Span {
        Span::of_days(self.starts_on, self.ends_on)
    }

    fn example() -> Self {
        crate::parse::example(serde_json::json!({
            "kind": "funding",
            "title": { "de": "Förderung regionaler Cluster-Initiativen", "en": "Funding of regional cluster initiatives" },
            "summary": {
                "de": "Zuschüsse für das Management von Cluster-Initiativen.",
                "en": "Grants for the management of cluster initiatives."
            },
            "description": {
                "de": "Gefördert werden Personal und Sachmittel.\nVoraussetzung ist der Eintrag in der Cluster-Datenbank.",
                "en": "Staff and material are funded.\nBeing listed in the cluster database is a condition."
            },
            "responsible": "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg",
            "starts_on": "2021-03",
            "ends_on": "2027",
            "target_groups": [{ "de": "Cluster-Initiativen", "en": "Cluster initiatives" }],
            "call": { "opens_on": "2026-02-01", "closes_on": "2026-04-30", "url": "https://www.example.org/aufruf" },
            "documents": [{
                "title": { "de": "Förderaufruf", "en": "Call for proposals" },
                "url": "https://www.example.org/aufruf.pdf",
                "media_type": "application/pdf",
                "published_on": "2026-01-15"
            }],
            "eu_cofinanced": true,
            "programme": "EFRE 2021–2027",
            "budget": "7500000.00",
            "beneficiaries": ["019a2b3c-0000-7000-8000-000000000001"]
        }))
    }
}
