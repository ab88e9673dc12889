//! Statistics, regions, connections and admission criteria.

mod admission;
mod atlas;
mod graph;
mod stats;

use super::{
    counts::{Count, Counts, add_count, counts},
    vocabulary,
};
use crate::{
    openapi::{Schemas, add_answer, parameters},
    request::{input::Input, parameter::Parameter},
    table::{Address, Table},
};
use domain::{
    fault::Faults,
    initiative::Initiative,
    kind::Kind,
    query::{Filter, Parameters, Scope},
    record::Status,
    terms::Facet,
    vocabulary::Region,
};
use persistence::query::{
    facets::FacetCount,
    insight::{KindNumbers, Part},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Headers of cacheable responses.
const HEADERS: [&str; 3] = ["ETag", "Cache-Control", "X-Request-Id"];

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag(
        "insight",
        "Statistics, the atlas page of a region, the graph of connections, and admission criteria.",
    );
    table.get("/api/v1/stats", stats::read, stats::describe);
    table.address("/api/v1/regions/{code}/atlas", |address| {
        address.parameters(|| [vocabulary::code::<Region>()]).get(atlas::read, atlas::describe)
    });
    table.get("/api/v1/graph", graph::read, graph::describe);
    table.address("/api/v1/initiatives/{key}/admission", |address| {
        address.parameters(|| [parameters::key::<Initiative>()]).get(admission::read, admission::describe)
    });
}

/// Statistics of one kind.
#[derive(Debug, Serialize, ToSchema)]
struct KindStats {
    kind: Kind,
    /// Number of records.
    #[schema(minimum = 0, example = 12)]
    count: i64,
    #[schema(schema_with = counts)]
    facets: Counts,
    /// Number of records by the year in which they began, earliest first. Records without a year are not counted.
    years: Vec<YearCount>,
}

/// Number of records that began in a year.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "year": 2009, "count": 3 }))]
struct YearCount {
    /// Year.
    #[schema(example = 2009)]
    year: i32,
    /// Number of records.
    #[schema(minimum = 1, example = 3)]
    count: i64,
}

impl From<KindNumbers> for KindStats {
    fn from(numbers: KindNumbers) -> Self {
        let KindNumbers { kind, count, mut facets } = numbers;
        let year =
            |found: FacetCount| Some(YearCount { year: found.value.parse().ok()?, count: found.count });
        let mut years: Vec<YearCount> =
            facets.remove(&Facet::Year).into_iter().flatten().filter_map(year).collect();
        years.sort_by_key(|year| year.year);
        let facets = facets
            .into_iter()
            .map(|(facet, counts)| (facet.as_str(), counts.into_iter().map(Count::from).collect()))
            .collect();
        Self { kind, count, facets, years }
    }
}

fn example_of_kind() -> Value {
    json!({
        "kind": "member", "count": 12,
        "facets": { "kind": [{ "value": "company", "name": "Unternehmen", "count": 9 }] },
        "years": [{ "year": 2009, "count": 3 }]
    })
}

/// Adds the schemas of statistics.
fn add_numbers(schemas: &mut Schemas) {
    add_count(schemas);
    add_answer::<YearCount>(schemas, &json!({ "year": 2009, "count": 3 }));
    add_answer::<KindStats>(schemas, &example_of_kind());
}

/// Takes the requested part of the landscape from the parameters. Each kind gets the filters of its list. A kind whose
/// list does not have one of them is excluded.
fn part(input: &mut Input<'_>, known: &[Kind], kinds: &Parameter<Kind>) -> Part {
    let wanted = input.take_all(kinds);
    let (sent, faults) = input.parts();
    let mut part = Part::default();
    let mut unknown: Option<BTreeSet<String>> = None;
    for &kind in known {
        let mut rest = sent.clone();
        let mut found = Faults::new();
        let filter = Filter::take(&Scope::of_kind(kind), &mut rest, &mut found);
        if filter.statuses.iter().any(|status| *status != Status::Published) {
            found.malformed("status", "must be published: only public records are included");
        }
        // Report an error that several kinds have in common once.
        for fault in found.into_list() {
            if !faults.iter().any(|known| *known == fault) {
                faults.malformed(fault.pointer, fault.detail);
            }
        }
        let left: BTreeSet<String> = rest.names().map(str::to_owned).collect();
        let is_wanted = left.is_empty() && (wanted.is_empty() || wanted.contains(&kind));
        if is_wanted { &mut part.kinds } else { &mut part.others }.push((kind, filter));
        unknown = Some(unknown.map_or(left.clone(), |unknown| &unknown & &left));
    }
    let unknown = unknown.unwrap_or_default();
    let names: Vec<&str> = sent.names().filter(|name| !unknown.contains(*name)).collect();
    *sent = Parameters::new(sent.without(&names));
    part
}

/// A cache key that is the same for equivalent parameters.
fn shared_key(what: &str, part: &Part) -> String {
    format!("{what} {:?}", part.kinds)
}
