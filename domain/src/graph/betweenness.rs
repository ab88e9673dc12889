//! Betweenness centrality.
//!
//! Implemented here because rustworkx-core takes three times as long, or else adds up in the order in which threads
//! finish. That changes the last digits, and with them the entity tag of the response.

const UNREACHED: usize = usize::MAX;

/// The betweenness centrality (Freeman 1977) of each node of an undirected graph, from 0 to 1.
///
/// It is the mean share of shortest paths through the node, over all pairs of other nodes. `neighbours` lists the
/// neighbours of each node, without duplicates.
///
/// Uses the algorithm of Brandes (2001), A faster algorithm for betweenness centrality, Journal of Mathematical
/// Sociology 25(2), <https://doi.org/10.1080/0022250X.2001.9990249>. Takes O(nodes × edges) time.
pub(super) fn of_nodes(neighbours: &[Vec<usize>]) -> Vec<f64> {
    let nodes = neighbours.len();
    let mut between = vec![0.0; nodes];
    let mut paths = Paths::among(nodes);
    for source in 0..nodes {
        paths.search(source, neighbours);
        paths.add_to(&mut between);
    }
    // Each pair was counted from both ends.
    let pairs = nodes.saturating_sub(1) * nodes.saturating_sub(2);
    between.into_iter().map(|sum| if pairs == 0 { 0.0 } else { sum / pairs as f64 }).collect()
}

/// The shortest paths from a source to all other nodes.
struct Paths {
    /// The reached nodes, nearest first, starting with the source.
    reached: Vec<usize>,
    distance: Vec<usize>,
    /// Number of shortest paths to each node.
    count: Vec<f64>,
    /// The edges of the shortest paths, nearest to the source first.
    steps: Vec<(usize, usize)>,
    /// Dependency of the source on each node: the share of shortest paths through it, summed over all targets.
    dependency: Vec<f64>,
}

impl Paths {
    fn among(nodes: usize) -> Self {
        Self {
            reached: Vec::with_capacity(nodes),
            distance: vec![UNREACHED; nodes],
            count: vec![0.0; nodes],
            steps: Vec::new(),
            dependency: vec![0.0; nodes],
        }
    }

    /// Finds the shortest paths by breadth-first search.
    fn search(&mut self, source: usize, neighbours: &[Vec<usize>]) {
        self.reached.clear();
        self.steps.clear();
        self.distance.fill(UNREACHED);
        self.count.fill(0.0);
        (self.distance[source], self.count[source]) = (0, 1.0);
        self.reached.push(source);
        let mut next = 0;
        while let Some(&node) = self.reached.get(next) {
            next += 1;
            let (behind, count) = (self.distance[node] + 1, self.count[node]);
            for &neighbour in &neighbours[node] {
                if self.distance[neighbour] == UNREACHED {
                    self.distance[neighbour] = behind;
                    self.reached.push(neighbour);
                }
                if self.distance[neighbour] == behind {
                    self.count[neighbour] += count;
                    self.steps.push((node, neighbour));
                }
            }
        }
    }

    /// Adds the dependency of the source on each node.
    fn add_to(&mut self, between: &mut [f64]) {
        self.dependency.fill(0.0);
        for &(from, to) in self.steps.iter().rev() {
            self.dependency[from] += self.count[from] / self.count[to] * (1.0 + self.dependency[to]);
        }
        for &node in self.reached.iter().skip(1) {
            between[node] += self.dependency[node];
        }
    }
}
