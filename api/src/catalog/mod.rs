//! The catalogue of the data: DCAT-AP 3.0 with the properties of DCAT-AP.de 3.0.
//!
//! Each collection is a dataset with one distribution per format. Everything has an address: the catalogue is
//! `/catalog`, and what it contains are fragments of it, such as `/catalog#clusters`.

mod datasets;
pub(crate) mod rdf;
mod services;

use crate::config::{Publication, mailto};
use datasets::Datasets;
use domain::{
    dataset::{Text, text},
    kind::Kind,
    kinds::every_kind,
};
use rdf::{Description, Graph};
use services::SERVICES;
use std::collections::BTreeMap;

pub(crate) use datasets::Coverage;

const TITLE: Text = text("Clusterlandschaft Baden-Württemberg", "Cluster landscape of Baden-Württemberg");
const ABOUT: Text = text(
    "Regionale Cluster, Cluster-Initiativen, landesweite Netzwerke, ihre Mitglieder und Veranstaltungen, und die \
     Maßnahmen der Clusterpolitik in Baden-Württemberg.",
    "Regional clusters, cluster initiatives, state-wide networks, their members and events, and the measures of \
     cluster policy in Baden-Württemberg.",
);
/// Replaces [`ABOUT`] on demo servers.
const ABOUT_DEMO: Text = text(
    "Vorführung der Clusterlandschaft Baden-Württemberg. Mitglieder und Veranstaltungen sind erfunden.",
    "Demonstration of the cluster landscape of Baden-Württemberg. Members and events are invented.",
);

/// The state, as named by Eurostat (NUTS 2024) and by GeoNames.
const STATE: [&str; 2] = ["http://data.europa.eu/nuts/code/DE1", "https://sws.geonames.org/2953481/"];
/// The state and its level in the lists of DCAT-AP.de.
const STATE_KEY: &str = "http://dcat-ap.de/def/politicalGeocoding/stateKey/08";
const STATE_LEVEL: &str = "http://dcat-ap.de/def/politicalGeocoding/Level/state";
/// A public authority of a region.
const PUBLISHER_TYPE: &str = "http://purl.org/adms/publishertype/RegionalAuthority";

/// What the catalogue is composed of.
#[derive(Debug)]
pub(crate) struct Catalog<'a> {
    /// Base of absolute links, without a trailing slash.
    pub(crate) base: &'a str,
    /// Publisher, contact and licence.
    pub(crate) publication: &'a Publication,
    /// Whether the data are those of the demo.
    pub(crate) is_demo: bool,
    /// Public changes and periods of the collections.
    pub(crate) coverage: BTreeMap<Kind, Coverage>,
}

impl Catalog<'_> {
    /// Describes the catalogue and everything in it.
    pub(crate) fn graph(&self) -> Graph {
        let mut graph = Graph::default();
        self.catalog(&mut graph);
        every_kind(&mut Datasets { catalog: self, graph: &mut graph });
        SERVICES.iter().for_each(|service| service.describe(self, &mut graph));
        self.parties(&mut graph);
        graph
    }

    /// The address of something in the catalogue.
    fn part(&self, name: &str) -> String {
        format!("{}#{name}", self.url("/catalog"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn catalog(&self, graph: &mut Graph) {
        let changes = || self.coverage.values().filter_map(|coverage| coverage.changes).flatten();
        let mut catalog = graph
            .describe(&self.url("/catalog"), "dcat:Catalog")
            .text("dct:title", &TITLE)
            .text("dct:description", if self.is_demo { &ABOUT_DEMO } else { &ABOUT });
        if let (Some(first), Some(last)) = (changes().min(), changes().max()) {
            catalog = catalog.moment("dct:issued", first).moment("dct:modified", last);
        }
        let catalog = self
            .publish(catalog)
            .iri("dct:license", self.publication.licence.as_str())
            .iri("foaf:homepage", self.publication.contact_url.as_str())
            .iri("dcat:themeTaxonomy", &authority("data-theme", ""))
            .iris("dct:language", LANGUAGES.map(|code| authority("language", code)))
            .iris("dct:spatial", STATE.map(str::to_owned))
            .iris("dcat:dataset", Kind::ALL.map(|kind| self.part(kind.plural())));
        catalog.iris("dcat:service", SERVICES.iter().map(|service| self.part(service.id)));
    }

    /// Adds the publisher.
    fn publish<'a>(&self, resource: Description<'a>) -> Description<'a> {
        resource.iri("dct:publisher", &self.part("publisher"))
    }

    fn parties(&self, graph: &mut Graph) {
        let Publication {
            publisher_name,
            publisher_url,
            contact_name,
            contact_url,
            contact_email,
            licence,
            ..
        } = self.publication;
        graph
            .describe(&self.part("publisher"), "foaf:Agent")
            .name("foaf:name", publisher_name.as_str())
            .iri("dct:type", PUBLISHER_TYPE)
            .iri("foaf:homepage", publisher_url.as_str());
        graph
            .describe(&self.part("contact"), "vcard:Kind")
            .name("vcard:fn", contact_name.as_str())
            .iri("vcard:hasEmail", &mailto(contact_email))
            .iri("vcard:hasURL", contact_url.as_str());
        graph.describe(licence.as_str(), "dct:LicenseDocument");
    }
}

/// The languages of the data, in the authority table `language`.
const LANGUAGES: [&str; 2] = ["DEU", "ENG"];

/// An entry of an authority table of the European Union, or the table if `code` is empty.
fn authority(table: &str, code: &str) -> String {
    let separator = if code.is_empty() { "" } else { "/" };
    format!("http://publications.europa.eu/resource/authority/{table}{separator}{code}")
}
