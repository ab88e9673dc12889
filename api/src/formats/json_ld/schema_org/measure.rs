//! Measures: `GovernmentService`; funding is also a `MonetaryGrant`.

use super::{
    Node, SchemaOrg,
    parts::{plain, references, texts},
};
use domain::{
    measure::{Call, Document, Measure},
    record::Record,
    words::MeasureKind,
};
use serde_json::{Value, json};

impl SchemaOrg for Measure {
    fn describe(record: &Record<Self>, base: &str) -> Node {
        let measure = &record.content;
        let responsible = json!({ "@type": "Organization", "name": measure.responsible.as_str() });
        let audience = measure.target_groups.iter();
        let audience = audience.map(|group| Node::new().with("name", texts(group)).of_type("Audience"));
        let types: &[&str] = match measure.kind {
            MeasureKind::Funding => &["GovernmentService", "MonetaryGrant"],
            _ => &["GovernmentService"],
        };
        let node = Node::new()
            .with("@type", types)
            .with("name", texts(&measure.title))
            .with("description", measure.description.as_ref().map_or_else(|| texts(&measure.summary), texts))
            .with("serviceType", measure.kind.as_str())
            .with("category", plain(measure.programme.as_ref()))
            .with("provider", responsible.clone())
            .with("offers", availability(measure))
            .with("audience", audience.collect::<Vec<_>>())
            .with("potentialAction", measure.call.as_ref().map(application))
            .with("subjectOf", measure.documents.iter().map(document).collect::<Vec<_>>());
        if measure.kind != MeasureKind::Funding {
            return node;
        }
        let amount = measure.budget.as_ref().map(
            |budget| json!({ "@type": "MonetaryAmount", "currency": "EUR", "value": plain(Some(budget)) }),
        );
        node.with("funder", responsible)
            .with("amount", amount)
            .with("fundedItem", references(&measure.beneficiaries, base))
    }
}

/// When the measure runs.
fn availability(measure: &Measure) -> Value {
    Node::new()
        .with("availabilityStarts", plain(measure.starts_on.as_ref()))
        .with("availabilityEnds", plain(measure.ends_on.as_ref()))
        .of_type("Offer")
}

/// A call, as the action to apply.
fn application(call: &Call) -> Value {
    Node::new()
        .with("target", plain(call.url.as_ref()))
        .with("startTime", plain(call.opens_on.as_ref()))
        .with("endTime", plain(call.closes_on.as_ref()))
        .of_type("ApplyAction")
}

fn document(document: &Document) -> Value {
    Node::new()
        .with("name", texts(&document.title))
        .with("url", plain(Some(&document.url)))
        .with("encodingFormat", plain(document.media_type.as_ref()))
        .with("datePublished", plain(document.published_on.as_ref()))
        .of_type("DigitalDocument")
}
