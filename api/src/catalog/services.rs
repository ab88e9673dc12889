//! The interfaces through which the datasets are read.

use super::{Catalog, authority, rdf::Graph};
use domain::{
    content::Content,
    dataset::{Text, text},
    kinds::{KindVisitor, every_kind},
};

/// An interface to datasets.
#[derive(Debug)]
pub(super) struct Service {
    /// The name of its fragment in the catalogue. Unique, also among the plurals of the kinds.
    pub(super) id: &'static str,
    title: Text,
    about: Text,
    /// Path of its root.
    endpoint: &'static str,
    /// Path of its formal description.
    description: &'static str,
    /// The standard that it follows.
    standard: &'static str,
    /// Whether it serves only kinds with a location.
    only_located: bool,
}

/// Every interface.
pub(super) const SERVICES: [Service; 1] = [Service {
    id: "api",
    title: text("Clusterportal-API", "Clusterportal API"),
    about: text(
        "JSON über HTTP, mit Filtern, Suche, Änderungsfeed und Verlauf.",
        "JSON over HTTP, with filters, search, a change feed and history.",
    ),
    endpoint: "/api/v1",
    description: "/openapi.json",
    standard: "https://spec.openapis.org/oas/v3.1.0",
    only_located: false,
}];

impl Service {
    pub(super) fn describe(&self, catalog: &Catalog<'_>, graph: &mut Graph) {
        let mut served = Served { only_located: self.only_located, plurals: Vec::new() };
        every_kind(&mut served);
        let service = graph
            .describe(&catalog.part(self.id), "dcat:DataService")
            .text("dct:title", &self.title)
            .text("dct:description", &self.about)
            .iri("dcat:endpointURL", &catalog.url(self.endpoint))
            .iri("dcat:endpointDescription", &catalog.url(self.description))
            .iri("dcat:landingPage", &catalog.url("/docs/"))
            .iri("dct:conformsTo", self.standard)
            .iris("dcat:servesDataset", served.plurals.iter().map(|plural| catalog.part(plural)))
            .iri("dcat:contactPoint", &catalog.part("contact"))
            .iri("dct:license", catalog.publication.licence.as_str())
            .iri("dct:accessRights", &authority("access-right", "PUBLIC"));
        catalog.publish(service).iri("dcatap:availability", &authority("planned-availability", "STABLE"));
        graph.describe(self.standard, "dct:Standard");
    }
}

/// Collects the plurals of the kinds that a service serves.
struct Served {
    only_located: bool,
    plurals: Vec<&'static str>,
}

impl KindVisitor for Served {
    fn visit<C: Content>(&mut self) {
        if C::LOCATED || !self.only_located {
            self.plurals.push(C::KIND.plural());
        }
    }
}
