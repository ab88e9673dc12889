//! Clusters, initiatives and networks: `Organization`.

use super::{
    Node, SchemaOrg,
    parts::{address, areas, plain, point, references, subjects, texts},
};
use domain::{
    cluster::Cluster,
    initiative::Initiative,
    network::Network,
    organisation::{Contact, LabelAward},
    record::Record,
    text::LocalProse,
};
use serde_json::Value;

impl SchemaOrg for Cluster {
    fn describe(record: &Record<Self>, base: &str) -> Node {
        let cluster = &record.content;
        Node::new()
            .with("@type", "Organization")
            .with("name", texts(&cluster.name))
            .with("description", cluster.description.as_ref().map_or_else(|| texts(&cluster.summary), texts))
            .with("url", plain(cluster.website.as_ref()))
            .with("location", Node::new().with("geo", point(cluster.location)).of_type("Place"))
            .with("areaServed", areas(&cluster.regions, base))
            .with("knowsAbout", subjects(&cluster.technology_fields, &cluster.industries, base))
            .with("member", references(record.derived.initiatives.iter().flatten(), base))
    }
}

/// The mapping of the fields that initiatives and networks share.
macro_rules! organisation {
    ($record:expr, $base:expr) => {{
        let it = &$record.content;
        Node::new()
            .with("@type", "Organization")
            .with("name", it.name.as_str())
            .with("alternateName", plain(it.short_name.as_ref()))
            .with("description", it.description.as_ref().map_or_else(|| texts(&it.summary), texts))
            .with("url", plain(it.website.as_ref()))
            .with("foundingDate", plain(it.founded_on.as_ref()))
            .with("dissolutionDate", plain(it.ended_on.as_ref()))
            .with("address", it.contact.as_ref().map(postal_address))
            .with("contactPoint", it.contact.as_ref().map(contact_point))
            .with("location", Node::new().with("geo", point(it.location)).of_type("Place"))
            .with("areaServed", areas(&it.regions, $base))
            .with("knowsAbout", subjects(&it.technology_fields, &it.industries, $base))
            .with("makesOffer", offers(&it.services))
            .with("award", awards(&it.labels))
    }};
}

impl SchemaOrg for Initiative {
    fn describe(record: &Record<Self>, base: &str) -> Node {
        organisation!(record, base).with("memberOf", references(&record.content.clusters, base))
    }
}

impl SchemaOrg for Network {
    fn describe(record: &Record<Self>, base: &str) -> Node {
        organisation!(record, base).with("member", references(&record.content.initiatives, base))
    }
}

fn postal_address(contact: &Contact) -> Value {
    let Contact { street, postal_code, city, country, .. } = contact;
    address(street.as_ref(), postal_code.as_ref(), city.as_ref(), country.as_ref())
}

fn contact_point(contact: &Contact) -> Value {
    let Contact { organisation, email, phone, .. } = contact;
    Node::new()
        .with("name", plain(organisation.as_ref()))
        .with("email", plain(email.as_ref()))
        .with("telephone", plain(phone.as_ref()))
        .of_type("ContactPoint")
}

/// Services, as what the organisation offers.
fn offers(services: &[LocalProse]) -> Vec<Value> {
    let service = |text| Node::new().with("name", texts(text)).of_type("Service");
    services.iter().map(|text| Node::new().with("itemOffered", service(text)).of_type("Offer")).collect()
}

/// The names of the labels awarded, each once.
fn awards(labels: &[LabelAward]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for award in labels {
        let name = award.label.entry().name.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
