//! Boxes and the edges between them.

use crate::Point;

/// What is laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// Size of each box.
    pub sizes: Vec<Point>,
    /// How high each box stood: of two that could be either way round, the higher stays above.
    pub before: Vec<f64>,
    /// Edges.
    pub edges: Vec<Edge>,
}

/// An edge from one box to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    /// The calling box, and how far below its top the edge leaves.
    pub from: (usize, f64),
    /// The called box, and how far below its top the edge arrives.
    pub to: (usize, f64),
}

impl Graph {
    /// The boxes that hang together, each part ascending, the parts by how high they stood.
    pub fn parts(&self) -> Vec<Vec<usize>> {
        let mut root: Vec<usize> = (0..self.sizes.len()).collect();
        for edge in &self.edges {
            let (a, b) = (find(&mut root, edge.from.0), find(&mut root, edge.to.0));
            root[a.max(b)] = a.min(b);
        }
        let mut parts: Vec<Vec<usize>> = vec![Vec::new(); self.sizes.len()];
        for item in 0..self.sizes.len() {
            parts[find(&mut root, item)].push(item);
        }
        parts.retain(|part| !part.is_empty());
        let top = |part: &[usize]| part.iter().map(|&i| self.before[i]).fold(f64::INFINITY, f64::min);
        parts.sort_by(|a, b| top(a).total_cmp(&top(b)));
        parts
    }

    /// The edges with those turned round that would close a cycle, and none from a box to itself.
    pub fn without_cycles(&self) -> Vec<Edge> {
        let mut calls: Vec<Vec<usize>> = vec![Vec::new(); self.sizes.len()];
        for (i, edge) in self.edges.iter().enumerate() {
            if edge.from.0 != edge.to.0 {
                calls[edge.from.0].push(i);
            }
        }
        let mut turned = vec![false; self.edges.len()];
        let mut state = vec![0_u8; self.sizes.len()];
        // Depth first without recursion: the way here, and the next edge to follow at each step of it.
        for start in 0..self.sizes.len() {
            if state[start] != 0 {
                continue;
            }
            state[start] = 1;
            let mut way = vec![(start, 0)];
            while let Some((at, next)) = way.last_mut() {
                let Some(&edge) = calls[*at].get(*next) else {
                    state[*at] = 2;
                    way.pop();
                    continue;
                };
                *next += 1;
                let to = self.edges[edge].to.0;
                match state[to] {
                    0 => {
                        state[to] = 1;
                        way.push((to, 0));
                    }
                    1 => turned[edge] = true,
                    _ => {}
                }
            }
        }
        let forward = self.edges.iter().zip(turned).filter(|(e, _)| e.from.0 != e.to.0);
        forward.map(|(e, turned)| if turned { Edge { from: e.to, to: e.from } } else { *e }).collect()
    }
}

/// The representative of a part (union-find with path halving).
fn find(root: &mut [usize], mut item: usize) -> usize {
    while root[item] != item {
        root[item] = root[root[item]];
        item = root[item];
    }
    item
}
