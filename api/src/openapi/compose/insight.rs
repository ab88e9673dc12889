//! The landscape as a whole: numbers, regions, connections, admission.

use super::{
    answers::{headers_of, json_answer},
    examples,
    facets::{counts, facet_count},
    filters,
    parameters::{self, parameter},
    schemas::{Schemas, add_answer, answered, named, number},
};
use crate::{formats::graphml, openapi::Operation};
use domain::{
    admission::{self, Admission, Facts},
    content::Content,
    event::Event,
    graph::{Edge, Graph, Node, Relation},
    id::Id,
    initiative::Initiative,
    kind::Kind,
    reference::Reference,
    vocabulary::{Entry, Region},
};
use persistence::query::insight::CONNECTED;
use serde_json::{Value, json};
use utoipa::PartialSchema as _;

const HEADERS: [&str; 3] = ["ETag", "Cache-Control", "X-Request-Id"];

/// Adds the numbers of a kind.
fn add_numbers(schemas: &mut Schemas) {
    schemas.add("FacetCount", facet_count());
    schemas.add("KindStats", kind_stats());
    schemas.add("YearCount", year_count());
}

pub(crate) fn stats() -> Operation {
    let parameters: Vec<Value> =
        [parameter("Kinds")].into_iter().chain(filters::of_kinds(&Kind::ALL)).collect();
    Operation::new("insight", "read_stats", "Numbers of the landscape")
        .description("How many records there are of each kind, by every value that the kind is counted by, and by the year in which they began (founded, started): the trend. Narrowed by the filters of the lists, which combine with AND; a kind whose list does not know one of them is left out. `kind` says which kinds of record. Of what is public, whoever asks.")
        .parameters(parameters)
        .schemas(add_numbers)
        .schemas(|schemas| schemas.add("Stats", stats_schema()))
        .answer("200", json_answer("The numbers.", named("Stats"), &HEADERS))
        .refusals(&[406])
        .revalidated()
}

pub(crate) fn atlas() -> Operation {
    Operation::new("insight", "read_atlas", "A region's page of the cluster atlas")
        .description("All that a page about a region needs, in one call: the clusters that name the region, or one above or below it, as where they are; the initiatives and networks at work there, which have their seat or current public members there, with the number of these; the numbers of its members; and the next 20 events there that were not cancelled, those under way first. A seat is where `location` lies, by the nearest seat of a district; without one, in the regions that are named.")
        .schemas(add_numbers)
        .schemas(|schemas| {
            schemas.add("AtWork", at_work_schema());
            schemas.add("Atlas", atlas_schema());
        })
        .answer("200", json_answer("The page.", named("Atlas"), &HEADERS))
        .refusals(&[404, 406])
        .revalidated()
}

pub(crate) fn graph() -> Operation {
    let kinds = json!({ "type": "string", "enum": CONNECTED.map(Kind::as_str) });
    let format = parameters::query(
        "format",
        "The format, stronger than the header Accept.",
        json!({ "type": "string", "enum": ["json", "graphml"], "default": "json" }),
    );
    let parameters: Vec<Value> = [parameters::repeated("kind", "Only nodes of this kind.", kinds)]
        .into_iter()
        .chain(filters::of_kinds(&CONNECTED))
        .chain([format])
        .collect();
    let answer = json!({
        "description": "The graph.",
        "headers": headers_of(&HEADERS),
        "content": {
            "application/json": { "schema": named("Graph") },
            graphml::MEDIA_TYPE: { "schema": { "type": "string", "description": "GraphML, as Gephi, igraph and networkx read it; all edges are undirected there." } }
        }
    });
    Operation::new("insight", "read_graph", "Who is connected with whom")
        .description("Clusters, initiatives and networks as nodes; as edges the public members that two organisations share today, which cluster an initiative works in, which network it takes part in, and which organisation goes on with the work of another. The filters of the lists say which nodes there are, and combine with AND; a kind whose list does not know one of them has no nodes. Edges are between nodes that are there, and betweenness is that within this graph. The whole graph comes at once.")
        .parameters(parameters)
        .schemas(|schemas| add_answer::<Graph>(schemas, &json!(graph_example())))
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}

pub(crate) fn admission() -> Operation {
    let answer = json_answer("The criteria.", named("Admission"), &HEADERS);
    let example = admission::check(&Initiative::example(), &Facts::default());
    Operation::new("insight", "check_admission", "Check the criteria of admission for an initiative")
        .description("What the state's cluster database, and the European platform, ask of an initiative, each criterion checked against the data of today: `met`, `not_met`, or `unknown` where no data can decide it. Only public members and published events count.")
        .schemas(|schemas| add_answer::<Admission>(schemas, &json!(example)))
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

fn stats_schema() -> Value {
    json!({
        "type": "object",
        "description": "Numbers of the landscape.",
        "required": ["kinds"],
        "properties": {
            "kinds": { "type": "array", "items": named("KindStats"), "description": "Kind by kind." }
        },
        "examples": [{ "kinds": [kind_stats_example()] }]
    })
}

fn kind_stats() -> Value {
    let mut stats = answered(json!({
        "type": "object",
        "description": "Numbers of the records of one kind.",
        "properties": {
            "kind": named("Kind"),
            "count": number("How many records.", 0, 12),
            "facets": counts(),
            "years": {
                "type": "array", "items": named("YearCount"),
                "description": "How many began in which year, earliest first; those that do not say are left out."
            }
        }
    }));
    stats["examples"] = json!([kind_stats_example()]);
    stats
}

fn kind_stats_example() -> Value {
    json!({
        "kind": "member", "count": 12,
        "facets": { "kind": [{ "value": "company", "name": "Unternehmen", "count": 9 }] },
        "years": [{ "year": 2009, "count": 3 }]
    })
}

fn year_count() -> Value {
    answered(json!({
        "type": "object",
        "description": "How many records began in a year.",
        "properties": {
            "year": { "type": "integer", "format": "int32", "description": "The year.", "examples": [2009] },
            "count": number("How many records.", 1, 3)
        },
        "examples": [{ "year": 2009, "count": 3 }]
    }))
}

fn atlas_schema() -> Value {
    let references = |what: &str| json!({ "type": "array", "items": named("Reference"), "description": format!("The {what} that are at work there, by name.") });
    let at_work = |what: &str| json!({ "type": "array", "items": named("AtWork"), "description": format!("The {what} that have their seat or current public members there, by name.") });
    let example = json!({
        "region": Region::all().first(), "clusters": [], "initiatives": [at_work_example()], "networks": [],
        "members": kind_stats_example(), "events": [examples::record::<Event>()]
    });
    answered(json!({
        "type": "object",
        "description": "What there is in a region.",
        "properties": {
            "region": named("Region"),
            "clusters": references("clusters"),
            "initiatives": at_work("initiatives"),
            "networks": at_work("networks"),
            "members": { "$ref": named("KindStats")["$ref"], "description": "Its members in numbers." },
            "events": {
                "type": "array", "items": named("Event"), "maxItems": 20,
                "description": "The next events there, those under way among them, earliest first."
            }
        },
        "examples": [example]
    }))
}

/// An organisation that is at work in a region: a reference, and how many members it has there.
fn at_work_schema() -> Value {
    let mut schema = json!(Reference::schema());
    schema["description"] = json!("An organisation that is at work in a region.");
    schema["properties"]["member_count"] = number("How many current public members it has there.", 0, 17);
    schema["examples"] = json!([at_work_example()]);
    answered(schema)
}

fn at_work_example() -> Value {
    let mut example = json!(examples::reference());
    example["member_count"] = json!(17);
    example
}

fn graph_example() -> Graph {
    let [one, other] = [1, 2].map(examples::id);
    let node = |id: Id, kind: Kind, name: &str| Node {
        id,
        kind,
        name: name.to_owned(),
        degree: 1,
        betweenness: 0.0,
    };
    Graph {
        nodes: vec![
            node(one, Kind::Initiative, "microTEC Südwest e.V."),
            node(other, Kind::Network, "Allianz Faserbasierte Werkstoffe"),
        ],
        edges: vec![Edge { source: one, target: other, weight: 3, relation: Relation::SharedMembers }],
    }
}
