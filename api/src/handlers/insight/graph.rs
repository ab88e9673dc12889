//! Who is connected with whom.

use super::{super::search::kind_among, HEADERS, cache_key, part};
use crate::{
    app::App,
    auth::Caller,
    cache::{self, Finished},
    formats::graphml,
    openapi::{Operation, add_answer, examples, filters, headers_of, named, parameters},
    problem::Problem,
    request::{body::JSON, format::Offer, input::Input, parameter::Parameter},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    graph::{Edge, Graph, Node, Relation},
    id::Id,
    kind::Kind,
};
use persistence::query::insight::CONNECTED;
use serde_json::json;

/// Only nodes of these kinds.
const NODE_KINDS: Parameter<Kind> = Parameter {
    name: "kind",
    description: "Only nodes of this kind.",
    schema: || json!({ "type": "string", "enum": CONNECTED.map(Kind::as_str) }),
    read: |word| kind_among(word, &CONNECTED),
    shared: None,
};

/// A format in which the graph can be had.
#[derive(Clone, Copy, Debug)]
enum GraphFormat {
    Json,
    GraphMl,
}

impl GraphFormat {
    const OFFERS: [Offer<Self>; 2] = [
        Offer { format: Self::Json, word: "json", media_type: JSON },
        Offer { format: Self::GraphMl, word: "graphml", media_type: graphml::MEDIA_TYPE },
    ];
}

/// Who is connected with whom.
///
/// # Errors
/// As [`stats`], and 406 for formats that there are not.
pub(super) async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let format = input.choose_format(&GraphFormat::OFFERS)?;
    input.check()?;
    let part = part(&mut input, &CONNECTED, &NODE_KINDS);
    let key = cache_key(&format!("graph {format:?}"), &part);
    cache::answer(input.finish()?, &app, &request, &caller, key, move |store| {
        let graph = store.graph(&part)?;
        match format {
            GraphFormat::Json => Finished::json(&graph),
            GraphFormat::GraphMl => Ok(Finished::new(graphml::MEDIA_TYPE, graphml::write(&graph)?)),
        }
    })
    .await
}

pub(super) fn describe() -> Operation {
    let words = GraphFormat::OFFERS.map(|offer| offer.word);
    let format = parameters::query(
        "format",
        "The format, stronger than the header Accept.",
        json!({ "type": "string", "enum": words, "default": words[0] }),
    );
    let answer = json!({
        "description": "The graph.",
        "headers": headers_of(&HEADERS),
        "content": {
            JSON: { "schema": named("Graph") },
            graphml::MEDIA_TYPE: { "schema": { "type": "string", "description": "GraphML, as Gephi, igraph and networkx read it; all edges are undirected there." } }
        }
    });
    Operation::new("insight", "read_graph", "Who is connected with whom")
        .description("Clusters, initiatives and networks as nodes; as edges the public members that two organisations share today, which cluster an initiative works in, which network it takes part in, and which organisation goes on with the work of another. The filters of the lists say which nodes there are, and combine with AND; a kind whose list does not know one of them has no nodes. Edges are between nodes that are there, and betweenness is that within this graph. The whole graph comes at once.")
        .parameters([NODE_KINDS.repeated()])
        .parameters(filters::of_kinds(&CONNECTED))
        .parameters([format])
        .schemas(|schemas| add_answer::<Graph>(schemas, &json!(graph_example())))
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
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
