//! The graph of connections between organisations.

use super::{super::search::kind_among, HEADERS, part, shared_key};
use crate::{
    app::App,
    auth::Caller,
    formats::graphml,
    openapi::{Operation, add_answer, examples, filters, headers_of, named, parameters},
    problem::Problem,
    request::{body::JSON, input::Input, negotiation::Offer, parameter::Parameter},
    shared::{self, Cost, Finished},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    graph::{Edge, Graph, Node, Relation},
    id::Id,
    kind::Kind,
};
use persistence::query::insight::CONNECTED;
use serde_json::json;

/// The kinds of nodes to return.
const NODE_KINDS: Parameter<Kind> = Parameter {
    name: "kind",
    description: "Kind of node.",
    schema: || json!({ "type": "string", "enum": CONNECTED.map(Kind::as_str) }),
    read: |word| kind_among(word, &CONNECTED),
    shared: None,
};

/// A format of the graph.
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

/// Returns the graph of connections.
///
/// # Errors
/// 400 for invalid filters, 406 for unsupported formats.
pub(super) async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let format = input.choose_format(&GraphFormat::OFFERS)?;
    let part = part(&mut input, &CONNECTED, &NODE_KINDS);
    let key = shared_key(&format!("graph {format:?}"), &part);
    shared::answer(input.finish()?, &app, &request, &caller, (key, Cost::Heavy), move |store| {
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
        "Format. Takes precedence over the header `Accept`.",
        json!({ "type": "string", "enum": words, "default": words[0] }),
    );
    let answer = json!({
        "description": "The graph.",
        "headers": headers_of(&HEADERS),
        "content": {
            JSON: { "schema": named("Graph") },
            graphml::MEDIA_TYPE: { "schema": { "type": "string", "description": "GraphML for Gephi, igraph and networkx. All edges are undirected." } }
        }
    });
    Operation::new("insight", "read_graph", "Get the graph of connections")
        .description("Returns the complete graph in one response. Nodes are clusters, initiatives and networks. Edges are: public members that two organisations share today, the cluster in which an initiative works, the network in which it takes part, and the organisation whose work another continues. The filters of the lists select the nodes and are combined with AND; a kind whose list does not have one of the filters has no nodes. Edges connect selected nodes only, and betweenness is computed within the returned graph.")
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
