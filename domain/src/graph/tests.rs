use super::*;
use proptest::prelude::*;

fn id(number: usize) -> Id {
    Id(uuid::Uuid::from_u128(number as u128))
}

fn edge(source: usize, target: usize, weight: i64, relation: Relation) -> Edge {
    Edge { source: id(source), target: id(target), weight, relation }
}

fn nodes(count: usize) -> Vec<(Id, Kind, String)> {
    (0..count).map(|i| (id(i), Kind::Initiative, format!("Initiative {i:04}"))).collect()
}

fn joined(count: usize, pairs: &[(usize, usize)]) -> Graph {
    let edges = pairs.iter().map(|&(one, other)| edge(one, other, 1, Relation::SharedMembers));
    Graph::new(nodes(count), edges.collect())
}

fn betweenness_of(graph: &Graph) -> Vec<f64> {
    graph.nodes.iter().map(|node| node.betweenness).collect()
}

fn degrees_of(graph: &Graph) -> Vec<usize> {
    graph.nodes.iter().map(|node| node.degree).collect()
}

#[test]
fn fewer_than_three_nodes_have_nothing_between_them() {
    assert_eq!(joined(0, &[]), Graph { nodes: vec![], edges: vec![] });
    assert_eq!(betweenness_of(&joined(1, &[])), [0.0]);
    assert_eq!(betweenness_of(&joined(2, &[(0, 1)])), [0.0, 0.0]);
}

// The expected values of the next three tests are from networkx 3.6.1, `betweenness_centrality`.

#[test]
fn the_middle_of_a_path_lies_between_most() {
    let path = joined(5, &[(0, 1), (1, 2), (2, 3), (3, 4)]);
    assert_eq!(betweenness_of(&path), [0.0, 0.5, 0.666667, 0.5, 0.0]);
    assert_eq!(degrees_of(&path), [1, 2, 2, 2, 1]);
}

#[test]
fn all_pairs_are_reckoned_with_also_those_without_a_path() {
    let two_parts = joined(7, &[(0, 1), (1, 2), (3, 4), (4, 5), (5, 6), (6, 3)]);
    let expected = [0.0, 0.066667, 0.0, 0.033333, 0.033333, 0.033333, 0.033333];
    assert_eq!(betweenness_of(&two_parts), expected);
}

#[test]
fn shortest_paths_share_what_lies_between_in_krackhardts_kite() {
    let kite = [
        [(0, 1), (0, 2), (0, 3), (0, 5), (1, 3), (1, 4)],
        [(1, 6), (2, 3), (2, 5), (3, 4), (3, 5), (3, 6)],
        [(4, 6), (5, 6), (5, 7), (6, 7), (7, 8), (8, 9)],
    ];
    let expected = [0.023148, 0.023148, 0.0, 0.101852, 0.0, 0.231481, 0.231481, 0.388889, 0.222222, 0.0];
    assert_eq!(betweenness_of(&joined(10, kite.as_flattened())), expected);
}

#[test]
fn the_middle_of_a_star_lies_on_every_path_and_knows_all() {
    let star = joined(5, &[(0, 1), (0, 2), (0, 3), (0, 4)]);
    assert_eq!(betweenness_of(&star), [1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(degrees_of(&star), [4, 1, 1, 1, 1]);
}

#[test]
fn edges_that_say_the_same_become_one_and_neighbours_count_once() {
    let graph = Graph::new(
        nodes(3),
        vec![
            edge(1, 0, 2, Relation::SharedMembers),
            edge(0, 1, 3, Relation::SharedMembers),
            edge(2, 1, 1, Relation::Successor),
            edge(1, 2, 1, Relation::Successor),
            edge(1, 0, 1, Relation::Participant),
            edge(1, 0, 1, Relation::Participant),
        ],
    );
    let expected = [
        edge(0, 1, 3, Relation::SharedMembers),
        edge(1, 0, 1, Relation::Participant),
        edge(1, 2, 1, Relation::Successor),
        edge(2, 1, 1, Relation::Successor),
    ];
    assert_eq!(graph.edges, expected);
    assert_eq!(degrees_of(&graph), [1, 2, 1]);
    assert_eq!(betweenness_of(&graph), [0.0, 1.0, 0.0]);
}

#[test]
fn edges_without_two_nodes_are_dropped() {
    let stray = vec![edge(0, 7, 1, Relation::Cluster), edge(7, 0, 1, Relation::Cluster)];
    let own = vec![edge(1, 1, 1, Relation::Successor)];
    let graph = Graph::new(nodes(2), [stray, own].concat());
    assert_eq!((graph.edges.len(), degrees_of(&graph)), (0, vec![0, 0]));
}

#[test]
fn nodes_are_sorted_by_kind_and_name_and_stand_once() {
    let node = |i, kind, name: &str| (id(i), kind, name.to_owned());
    let given = vec![
        node(1, Kind::Network, "Allianz"),
        node(3, Kind::Initiative, "Ölbad"),
        node(2, Kind::Initiative, "Zeppelin"),
        node(5, Kind::Initiative, "Oma"),
        node(4, Kind::Initiative, "Oma"),
        node(4, Kind::Initiative, "Oma"),
    ];
    let ids: Vec<Id> = Graph::new(given, vec![]).nodes.into_iter().map(|node| node.id).collect();
    assert_eq!(ids, [3, 4, 5, 2, 1].map(id));
}

#[test]
fn it_is_written_in_the_words_of_the_contract() {
    let graph = Graph::new(nodes(2), vec![edge(1, 0, 2, Relation::SharedMembers)]);
    let (a, b) = ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001");
    let expected = serde_json::json!({
        "nodes": [
            {"id": a, "kind": "initiative", "name": "Initiative 0000", "degree": 1, "betweenness": 0.0},
            {"id": b, "kind": "initiative", "name": "Initiative 0001", "degree": 1, "betweenness": 0.0}
        ],
        "edges": [{"source": a, "target": b, "weight": 2, "relation": "shared_members"}]
    });
    assert_eq!(serde_json::to_value(graph).unwrap(), expected);
}

/// Edges between 12 nodes and an unknown one, and the same edges shuffled.
fn shuffled_edges() -> impl Strategy<Value = (Vec<Edge>, Vec<Edge>)> {
    let relation = prop_oneof![Just(Relation::SharedMembers), Just(Relation::Successor)];
    let edge = (0..13usize, 0..13usize, 1..4i64, relation).prop_map(|(a, b, w, r)| edge(a, b, w, r));
    let edges = prop::collection::vec(edge, 0..60);
    edges.prop_flat_map(|edges| (Just(edges.clone()), Just(edges).prop_shuffle()))
}

proptest! {
    #[test]
    fn order_does_not_matter((edges, shuffled) in shuffled_edges(), order in Just(nodes(12)).prop_shuffle()) {
        prop_assert_eq!(Graph::new(nodes(12), edges), Graph::new(order, shuffled));
    }
}
