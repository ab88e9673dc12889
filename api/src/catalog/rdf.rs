//! RDF: descriptions of resources, and their serialisations.

use crate::request::negotiation::Offer;
use chrono::{DateTime, Utc};
use domain::{text::Local, time::rfc3339};
use oxjsonld::JsonLdSerializer;
use oxrdf::{GraphNameRef, Literal, NamedNode, Term, Triple, vocab};
use oxrdfxml::RdfXmlSerializer;
use oxttl::TurtleSerializer;
use std::io;

/// Prefixes and namespaces of classes and properties.
const NAMESPACES: [(&str, &str); 9] = [
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcatap", "http://data.europa.eu/r5r/"),
    ("dcatde", "http://dcat-ap.de/def/dcatde/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("eli", "http://data.europa.eu/eli/ontology#"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// A graph: triples in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(super) triples: Vec<Triple>,
}

impl Graph {
    /// Starts the description of a resource of a class. Classes and properties are given as `prefix:name`.
    pub(super) fn describe(&mut self, iri: &str, class: &str) -> Description<'_> {
        let description = Description { subject: NamedNode::new_unchecked(iri), graph: self };
        description.add("rdf:type", name(class))
    }
}

/// The description of a resource.
#[derive(Debug)]
pub(super) struct Description<'a> {
    subject: NamedNode,
    graph: &'a mut Graph,
}

impl Description<'_> {
    fn add(self, property: &str, object: impl Into<Term>) -> Self {
        self.graph.triples.push(Triple::new(self.subject.clone(), name(property), object));
        self
    }

    /// Adds a resource.
    pub(super) fn iri(self, property: &str, iri: &str) -> Self {
        self.add(property, NamedNode::new_unchecked(iri))
    }

    /// Adds resources.
    pub(super) fn iris(self, property: &str, iris: impl IntoIterator<Item = String>) -> Self {
        iris.into_iter().fold(self, |description, iri| description.iri(property, &iri))
    }

    /// Adds a text in each of its languages.
    pub(super) fn text<T: ToString>(self, property: &str, text: &Local<T>) -> Self {
        let tagged = |text: &T, language: &str| {
            Literal::new_language_tagged_literal_unchecked(text.to_string(), language)
        };
        let german = self.add(property, tagged(&text.de, "de"));
        text.en.iter().fold(german, |description, english| description.add(property, tagged(english, "en")))
    }

    /// Adds a text without a language, such as a name.
    pub(super) fn name(self, property: &str, name: &str) -> Self {
        self.add(property, Literal::new_simple_literal(name))
    }

    /// Adds a moment.
    pub(super) fn moment(self, property: &str, moment: DateTime<Utc>) -> Self {
        self.add(property, Literal::new_typed_literal(rfc3339(moment), vocab::xsd::DATE_TIME))
    }

    /// Adds a year.
    pub(super) fn year(self, property: &str, year: i32) -> Self {
        self.add(property, Literal::new_typed_literal(year.to_string(), vocab::xsd::G_YEAR))
    }
}

/// A class or property, given as `prefix:name`.
fn name(compact: &str) -> NamedNode {
    let (prefix, name) = compact.split_once(':').unwrap_or_default();
    let namespace =
        NAMESPACES.iter().find(|(known, _)| *known == prefix).map_or("", |(_, namespace)| namespace);
    NamedNode::new_unchecked(format!("{namespace}{name}"))
}

/// A serialisation of RDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serialisation {
    /// Turtle 1.1.
    Turtle,
    /// JSON-LD 1.1.
    JsonLd,
    /// RDF 1.1 XML.
    RdfXml,
}

impl Serialisation {
    /// Every serialisation, in order of preference.
    pub(crate) const ALL: [Self; 3] = [Self::Turtle, Self::JsonLd, Self::RdfXml];

    /// The extension of addresses, and value of the parameter `format`.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Turtle => "ttl",
            Self::JsonLd => "jsonld",
            Self::RdfXml => "rdf",
        }
    }

    /// Media type without parameters.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Turtle => "text/turtle",
            Self::JsonLd => "application/ld+json",
            Self::RdfXml => "application/rdf+xml",
        }
    }

    /// Value of the header Content-Type.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Turtle => "text/turtle; charset=utf-8",
            other => other.media_type(),
        }
    }

    /// Its name in texts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Turtle => "Turtle",
            Self::JsonLd => "JSON-LD",
            Self::RdfXml => "RDF/XML",
        }
    }

    /// The serialisation as an offer to choose from.
    pub(crate) const fn offer(self) -> Offer<Self> {
        Offer { format: self, word: self.extension(), media_type: self.media_type() }
    }

    /// Serialises a graph.
    ///
    /// # Errors
    /// Only after a programming error.
    pub(crate) fn write(self, graph: &Graph) -> io::Result<Vec<u8>> {
        match self {
            Self::Turtle => turtle(graph),
            Self::JsonLd => json_ld(graph),
            Self::RdfXml => rdf_xml(graph),
        }
    }
}

fn turtle(graph: &Graph) -> io::Result<Vec<u8>> {
    let serializer =
        NAMESPACES.iter().try_fold(TurtleSerializer::new(), |serializer, (prefix, namespace)| {
            serializer.with_prefix(*prefix, *namespace)
        });
    let mut writer = serializer.map_err(io::Error::other)?.for_writer(Vec::new());
    graph.triples.iter().try_for_each(|triple| writer.serialize_triple(triple))?;
    writer.finish()
}

fn rdf_xml(graph: &Graph) -> io::Result<Vec<u8>> {
    let serializer =
        NAMESPACES.iter().try_fold(RdfXmlSerializer::new(), |serializer, (prefix, namespace)| {
            serializer.with_prefix(*prefix, *namespace)
        });
    let mut writer = serializer.map_err(io::Error::other)?.for_writer(Vec::new());
    graph.triples.iter().try_for_each(|triple| writer.serialize_triple(triple))?;
    writer.finish()
}

/// The serializer writes the expanded form, without a context.
fn json_ld(graph: &Graph) -> io::Result<Vec<u8>> {
    let mut writer = JsonLdSerializer::new().for_writer(Vec::new());
    let quads = graph.triples.iter().map(|triple| triple.as_ref().in_graph(GraphNameRef::DefaultGraph));
    for quad in quads {
        writer.serialize_quad(quad)?;
    }
    writer.finish()
}
