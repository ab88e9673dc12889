//! Invented operations of the state's ERDF programme 2021–2027, under real measures, and two that the state funds alone.
//!
//! Beneficiaries are invented too. One is a natural person, whose name is left out.

use super::{
    invented::{Chance, INVENTED_DE, INVENTED_EN},
    line,
};
use domain::{
    fold,
    kind::Kind,
    vocabulary::{Entry as _, Region},
};
use serde_json::{Value, json};

/// An operation of the list.
struct Project {
    /// What it is about, in German and English.
    topic: (&'static str, &'static str),
    /// Slug of the measure.
    measure: &'static str,
    /// NUTS code of the district, or of the whole area that it covers.
    region: &'static str,
    /// Type of intervention. Empty for operations that the state funds alone.
    intervention_type: &'static str,
    beneficiary: Recipient,
}

#[derive(Clone, Copy, PartialEq)]
enum Recipient {
    Company,
    Institute,
    Association,
    Person,
}

use Recipient::{Association, Company, Institute, Person};

/// Types of intervention of Regulation (EU) 2021/1060 Annex I, table 1.
const RESEARCH_IN_SMES: &str = "010";
const PUBLIC_RESEARCH: &str = "012";
const CLUSTERS: &str = "026";
const TRANSFER: &str = "028";

const fn project(
    topic: (&'static str, &'static str),
    measure: &'static str,
    region: &'static str,
    intervention_type: &'static str,
    beneficiary: Recipient,
) -> Project {
    Project { topic, measure, region, intervention_type, beneficiary }
}

#[rustfmt::skip] // a table, one line per operation
const PROJECTS: [Project; 16] = [
    project(("Transferzentrum Mikrosensorik", "Microsensor transfer centre"), "regiowin-2030", "DE131", TRANSFER, Institute),
    project(("Labor für Wasserstoffantriebe", "Hydrogen drive laboratory"), "regiowin-2030", "DE144", PUBLIC_RESEARCH, Institute),
    project(("Innovationspark Gesundheitsdaten", "Health data innovation park"), "regiowin-2030", "DE125", TRANSFER, Institute),
    project(("Testfeld Quantensensoren", "Quantum sensor test field"), "regiowin-2030", "DE111", PUBLIC_RESEARCH, Institute),
    project(("Werkstatt für leichte Werkstoffe", "Lightweight materials workshop"), "regiowin-2030", "DE11D", TRANSFER, Institute),
    project(("Reallabor Kreislaufwirtschaft", "Circular economy living lab"), "regiowin-2030", "DE129", TRANSFER, Association),
    project(("Clustermanagement Medizintechnik", "Medical technology cluster management"), "ris-bewilligungen-2025", "DE137", CLUSTERS, Association),
    project(("Clustermanagement Photonik", "Photonics cluster management"), "ris-bewilligungen-2025", "DE11D", CLUSTERS, Association),
    project(("Clustermanagement Verpackung", "Packaging cluster management"), "ris-bewilligungen-2025", "DE11A", CLUSTERS, Association),
    project(("Clustermanagement Umwelttechnik", "Environmental technology cluster management"), "ris-bewilligungen-2025", "DE138", CLUSTERS, Association),
    project(("Innovationsnetz Smarte Fabrik", "Smart factory innovation network"), "ris-aufruf-2025", "DE142", CLUSTERS, Association),
    project(("Prüfstand für Batteriezellen", "Battery cell test bench"), "ris-aufruf-2025", "DE113", RESEARCH_IN_SMES, Company),
    project(("Werkzeuge für die additive Fertigung", "Tools for additive manufacturing"), "ris-aufruf-2025", "DE14", RESEARCH_IN_SMES, Person),
    project(("Mobile Beratung zur Digitalisierung", "Mobile advice on digitisation"), "regioclusteragentur-bw", "DE1", CLUSTERS, Association),
    project(("Workshopreihe Clusterstrategie", "Cluster strategy workshops"), "clusteragentur-coaching", "DE115", "", Association),
    project(("Leitfaden Internationalisierung", "Internationalisation guide"), "clusteragentur-coaching", "DE122", "", Company),
];

/// The import lines of all operations.
pub(super) fn lines() -> Vec<Value> {
    let operations = PROJECTS.iter().enumerate().map(|(index, project)| project.record(index + 1));
    operations.map(|operation| line(Kind::Operation, operation)).collect()
}

impl Project {
    fn record(&self, number: usize) -> Value {
        let is_union = !self.intervention_type.is_empty();
        let code = format!("DEMO-{}-{number:04}", if is_union { "EFRE" } else { "LAND" });
        let mut chance = Chance::of(&format!("operation/{code}"));
        let (de, en) = self.topic;
        let Some(region) = Region::find(self.region) else { return Value::Null };
        let is_single = region.level == 3;
        let companies = chance.between(4, 40);
        let start = chance.between(2022, 2025);
        let starts_on = format!("{start}-{:02}-01", chance.between(1, 12));
        let location = is_single.then(|| chance.near(region.location));
        let address = if is_single {
            json!({ "city": region.seat, "country": "DE" })
        } else {
            json!({ "country": "DE" })
        };
        json!({
            "slug": fold::for_slug(&code),
            "status": "published",
            "code": code,
            "measure": self.measure,
            "beneficiary": self.beneficiary(region),
            "contractors": if number.is_multiple_of(7) { json!(["Demo-Dienstleistungen GmbH (Demo)"]) } else { json!([]) },
            "name": { "de": format!("Demo: Beispielvorhaben {de}"), "en": format!("Demo: example operation {en}") },
            "purpose": {
                "de": format!("Aufbau und Betrieb: {de}. {INVENTED_DE}"),
                "en": format!("Setting up and running: {en}. {INVENTED_EN}"),
            },
            "achievements": {
                "de": format!("{companies} Unternehmen arbeiten mit. {INVENTED_DE}"),
                "en": format!("{companies} companies take part. {INVENTED_EN}"),
            },
            "starts_on": starts_on,
            "ends_on": format!("{}", start + chance.between(1, 3)),
            "total_cost": format!("{}.{:02}", chance.between(40, 3_000) * 1_000 + chance.between(0, 999), chance.between(0, 99)),
            "fund": if is_union { "erdf" } else { "state" },
            "specific_objective": is_union.then_some("RSO1.1"),
            "eu_cofinancing_rate": is_union.then_some("40.00"),
            "region": region.code,
            "address": address,
            "location": location,
            "location_type": if is_single { "single" } else { "several" },
            "intervention_type": is_union.then_some(self.intervention_type),
            "published_on": "2026-01-15",
        })
    }

    /// The beneficiary, with its location where the operation has no single one.
    fn beneficiary(&self, region: &Region) -> Value {
        let topic = self.topic.0;
        let name = match self.beneficiary {
            Company => format!("Muster {topic} GmbH (Demo)"),
            Institute => format!("Musterinstitut {topic} (Demo)"),
            Association => format!("Verein {topic} e.V. (Demo)"),
            Person => return json!({ "kind": "natural_person", "region": region.code }),
        };
        let seat = if region.level == 3 { region.code.as_str() } else { "DE111" };
        json!({ "kind": "legal_entity", "name": name, "region": seat })
    }
}
