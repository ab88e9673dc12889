//! How organisations hang together: nodes, edges, and how central each node is.

mod betweenness;

use crate::{fold, id::Id, kind::Kind, words::words};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

words!(
    #[derive(PartialOrd, Ord)]
    Relation, "What an edge says." {
        /// Two organisations have public members in common; the weight is how many. The only one without direction.
        SharedMembers = "shared_members",
        /// An initiative works in a cluster.
        Cluster = "cluster",
        /// An initiative takes part in a network.
        Participant = "participant",
        /// The work of an organisation is gone on with by another.
        Successor = "successor",
    }
);

/// Something that others are connected with.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Node {
    /// The record.
    #[schema(inline)]
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// Its name, German where bilingual.
    #[schema(example = "microTEC Südwest e.V.")]
    pub name: String,
    /// With how many other nodes it is connected, by whichever relation.
    #[schema(minimum = 0, example = 4)]
    pub degree: usize,
    /// On which part of the shortest paths between others it lies, between 0 and 1, to six digits: betweenness
    /// centrality (Freeman 1977), taking every edge for one step in both directions.
    #[schema(minimum = 0, maximum = 1, example = 0.25)]
    pub betweenness: f64,
}

/// A connection of two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Edge {
    /// The node that it comes from; of `shared_members` the one with the lesser id.
    #[schema(inline)]
    pub source: Id,
    /// The node that it leads to.
    #[schema(inline)]
    pub target: Id,
    /// How many members are shared; 1 for other relations.
    #[schema(minimum = 1, example = 3)]
    pub weight: i64,
    /// What it says.
    pub relation: Relation,
}

/// Nodes and the edges between them. The same for the same nodes and edges, in whatever order they were given.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Graph {
    /// By kind, name (DIN 5007-1) and id.
    pub nodes: Vec<Node>,
    /// By source, target and relation.
    pub edges: Vec<Edge>,
}

impl Graph {
    /// Joins nodes and edges.
    ///
    /// Edges are dropped that lead to no node, or from a node to itself. Edges that say the same of the same two
    /// nodes become one, with the greatest of their weights: they repeat a count, and do not add to it.
    pub fn new(nodes: Vec<(Id, Kind, String)>, edges: Vec<Edge>) -> Self {
        let nodes = in_order(nodes);
        let place: HashMap<Id, usize> = nodes.iter().enumerate().map(|(i, (id, ..))| (*id, i)).collect();
        let edges = merged(edges.into_iter().filter(|edge| {
            edge.source != edge.target && place.contains_key(&edge.source) && place.contains_key(&edge.target)
        }));
        let neighbours = neighbours(&edges, &place);
        let betweenness = betweenness::of_nodes(&neighbours);
        let figures = neighbours.iter().map(Vec::len).zip(betweenness);
        let node = |((id, kind, name), (degree, betweenness)): (_, (usize, f64))| Node {
            id,
            kind,
            name,
            degree,
            betweenness: (betweenness * 1e6).round() / 1e6,
        };
        let nodes = nodes.into_iter().zip(figures).map(node).collect();
        Self { nodes, edges }
    }
}

/// Sorts nodes, each of which stays once.
fn in_order(mut nodes: Vec<(Id, Kind, String)>) -> Vec<(Id, Kind, String)> {
    nodes.sort_by_cached_key(|(id, kind, name)| (*kind, fold::for_sort(name), *id, name.clone()));
    let mut seen = HashSet::with_capacity(nodes.len());
    nodes.retain(|(id, ..)| seen.insert(*id));
    nodes
}

/// Makes one of edges that say the same, and sorts them.
fn merged(edges: impl Iterator<Item = Edge>) -> Vec<Edge> {
    let mut weights: BTreeMap<(Id, Id, Relation), i64> = BTreeMap::new();
    for Edge { source, target, weight, relation } in edges {
        let backwards = relation == Relation::SharedMembers && target < source;
        let (source, target) = if backwards { (target, source) } else { (source, target) };
        weights
            .entry((source, target, relation))
            .and_modify(|most| *most = weight.max(*most))
            .or_insert(weight);
    }
    let edge = |((source, target, relation), weight)| Edge { source, target, weight, relation };
    weights.into_iter().map(edge).collect()
}

/// With which others each node is connected, by their places, every one once.
fn neighbours(edges: &[Edge], place: &HashMap<Id, usize>) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); place.len()];
    for edge in edges {
        if let (Some(&source), Some(&target)) = (place.get(&edge.source), place.get(&edge.target)) {
            neighbours[source].push(target);
            neighbours[target].push(source);
        }
    }
    for places in &mut neighbours {
        places.sort_unstable();
        places.dedup();
    }
    neighbours
}

#[cfg(test)]
mod tests;
