//! The graph of organisations, with the centrality of each node.

mod betweenness;

use crate::{fold, id::Id, kind::Kind, words::words};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

words!(
    #[derive(PartialOrd, Ord)]
    Relation, "Type of an edge." {
        /// Two organisations share public members; the weight is their number. The only undirected relation.
        SharedMembers = "shared_members",
        /// An initiative works in a cluster.
        Cluster = "cluster",
        /// An initiative takes part in a network.
        Participant = "participant",
        /// An organisation is continued by another.
        Successor = "successor",
    }
);

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Node {
    /// Id of the record.
    #[schema(inline)]
    pub id: Id,
    /// Kind of the record.
    pub kind: Kind,
    /// Name of the record, in German if it is bilingual.
    #[schema(example = "microTEC Südwest e.V.")]
    pub name: String,
    /// Number of other nodes to which the node is connected, by any relation.
    #[schema(minimum = 0, example = 4)]
    pub degree: usize,
    /// Betweenness centrality (Freeman 1977), normalised to 0 to 1 and rounded to six digits. Edges count as
    /// unweighted and undirected.
    #[schema(minimum = 0, maximum = 1, example = 0.25)]
    pub betweenness: f64,
}

/// An edge of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Edge {
    /// Id of the node at which the edge starts. For `shared_members`, the lesser of the two ids.
    #[schema(inline)]
    pub source: Id,
    /// Id of the node at which the edge ends.
    #[schema(inline)]
    pub target: Id,
    /// Number of shared members. 1 for other relations.
    #[schema(minimum = 1, example = 3)]
    pub weight: i64,
    /// Type of the edge.
    pub relation: Relation,
}

/// Nodes and edges. The order is stable and does not depend on that of the input.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Graph {
    /// Nodes, sorted by kind, name (DIN 5007-1) and id.
    pub nodes: Vec<Node>,
    /// Edges, sorted by source, target and relation.
    pub edges: Vec<Edge>,
}

impl Graph {
    /// Builds a graph and computes the centrality of each node.
    ///
    /// Drops edges to unknown nodes and loops. Duplicate edges become one with the greatest weight, because they
    /// repeat a count and do not add to it.
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

/// Sorts nodes and removes duplicates.
fn in_order(mut nodes: Vec<(Id, Kind, String)>) -> Vec<(Id, Kind, String)> {
    nodes.sort_by_cached_key(|(id, kind, name)| (*kind, fold::for_sort(name), *id, name.clone()));
    let mut seen = HashSet::with_capacity(nodes.len());
    nodes.retain(|(id, ..)| seen.insert(*id));
    nodes
}

/// Merges duplicate edges and sorts them.
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

/// The neighbours of each node, by index and without duplicates.
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
