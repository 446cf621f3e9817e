//! The graph as a tree, caller above callee, each edge on exactly one line (requirement I10).
//!
//! A callee is opened below the first edge that reaches it; every other way to it - a second caller, a cycle, a call to
//! itself - is a cross reference that names where to look. What a line looks like is left to `terminal`.

use std::collections::{BTreeMap, BTreeSet};

use magpie_model::graph::Graph;

/// One line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A node that nobody calls, or where a cycle is entered; its index.
    Root(usize),
    /// A call.
    Call {
        /// Index of the edge.
        edge: usize,
        /// Index of the called node.
        target: usize,
        /// For every level above, whether more of it follows.
        rails: Vec<bool>,
        /// Whether this is the last call of its caller.
        last: bool,
        /// Where the callee's own calls are.
        callee: Callee,
    },
}

/// Where the calls of a called node are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callee {
    /// Below this line, or it has none.
    Here,
    /// Below a later line to the same node.
    Next,
    /// Above, where another edge led to it first.
    Above,
    /// Below as a root of its own: the chain is too deep to go on here.
    Below,
    /// It is above this line: a cycle.
    Cycle,
    /// It is the caller.
    Itself,
}

/// Levels below which a chain goes on as a root of its own, so that lines do not run out of width.
const DEEPEST: usize = 10;

/// Every edge of the graph, as lines from top to bottom.
pub(crate) fn grow(graph: &Graph) -> Vec<Line> {
    let numbers: BTreeMap<&str, usize> = graph.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let mut calls: Vec<Vec<(usize, usize)>> = vec![Vec::new(); graph.nodes.len()];
    let mut called: Vec<bool> = vec![false; graph.nodes.len()];
    for (at, edge) in graph.edges.iter().enumerate() {
        if let (Some(&source), Some(&target)) = (numbers.get(edge.source.as_str()), numbers.get(edge.target.as_str())) {
            calls[source].push((at, target));
            called[target] |= source != target;
        }
    }
    let mut grower = Grower { calls: &calls, open: BTreeSet::new(), path: Vec::new(), later: Vec::new(), lines: Vec::new() };
    let roots = (0..graph.nodes.len()).filter(|&node| !called[node]);
    let cycles = 0..graph.nodes.len();
    for root in roots.chain(cycles) {
        grower.root(root);
        while let Some(deep) = grower.later.pop() {
            grower.root(deep);
        }
    }
    grower.lines
}

struct Grower<'a> {
    calls: &'a [Vec<(usize, usize)>],
    open: BTreeSet<usize>,
    path: Vec<usize>,
    later: Vec<usize>,
    lines: Vec<Line>,
}

impl Grower<'_> {
    fn root(&mut self, node: usize) {
        if !self.calls[node].is_empty() && self.open.insert(node) {
            self.lines.push(Line::Root(node));
            self.below(node, &mut Vec::new());
        }
    }

    fn below(&mut self, node: usize, rails: &mut Vec<bool>) {
        self.path.push(node);
        let calls = &self.calls[node];
        for (at, &(edge, target)) in calls.iter().enumerate() {
            let last = at + 1 == calls.len();
            let again = calls.get(at + 1).is_some_and(|&(_, next)| next == target);
            let callee = self.callee(node, target, again, rails.len());
            self.lines.push(Line::Call { edge, target, rails: rails.clone(), last, callee });
            if callee == Callee::Here && self.open.insert(target) {
                rails.push(!last);
                self.below(target, rails);
                rails.pop();
            }
        }
        self.path.pop();
    }

    fn callee(&mut self, node: usize, target: usize, again: bool, depth: usize) -> Callee {
        if target == node {
            return Callee::Itself;
        }
        if self.path.contains(&target) {
            return Callee::Cycle;
        }
        if self.calls[target].is_empty() {
            return Callee::Here;
        }
        if self.open.contains(&target) {
            return Callee::Above;
        }
        if again {
            return Callee::Next;
        }
        if depth + 1 >= DEEPEST {
            self.later.push(target);
            return Callee::Below;
        }
        Callee::Here
    }
}

#[cfg(test)]
mod tests {
    use magpie_model::graph::{Edge, Node};
    use proptest::prelude::*;

    use super::*;

    fn graph(calls: &[(&str, &str)]) -> Graph {
        let names: BTreeSet<&str> = calls.iter().flat_map(|&(from, to)| [from, to]).collect();
        let node = |name: &str| Node { id: name.into(), module: Some(name.into()), host: None, called: true, calls: true };
        let edge = |(from, to): &(&str, &str)| Edge {
            source: (*from).into(),
            target: (*to).into(),
            service: None,
            extra: None,
            records: 1,
            fields: BTreeMap::new(),
            thresholds: Vec::new(),
            alert: None,
        };
        let mut edges: Vec<Edge> = calls.iter().map(edge).collect();
        edges.sort_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
        Graph { monitor: "m".into(), nodes: names.into_iter().map(node).collect(), edges }
    }

    fn shown(calls: &[(&str, &str)]) -> String {
        let graph = graph(calls);
        let line = |line: Line| match line {
            Line::Root(node) => graph.nodes[node].id.clone(),
            Line::Call { target, rails, callee, .. } => format!("{}{} {callee:?}", "  ".repeat(rails.len() + 1), graph.nodes[target].id),
        };
        grow(&graph).into_iter().map(line).collect::<Vec<String>>().join("\n")
    }

    #[test]
    fn shared_callees_cycles_and_calls_to_itself_are_cross_references() {
        let calls = [("web", "a"), ("app", "a"), ("a", "b"), ("a", "b"), ("b", "a"), ("b", "b"), ("b", "db"), ("x", "y"), ("y", "x")];
        assert_eq!(
            shown(&calls),
            "app\n  a Here\n    b Next\n    b Here\n      a Cycle\n      b Itself\n      db Here\nweb\n  a Above\nx\n  y Here\n    x Cycle"
        );
    }

    proptest! {
        #[test]
        fn no_interaction_is_left_out(calls in prop::collection::vec((0..14usize, 0..14usize), 0..60)) {
            const NAMES: [&str; 14] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"];
            let named: Vec<(&str, &str)> = calls.iter().map(|&(from, to)| (NAMES[from], NAMES[to])).collect();
            let mut edges: Vec<usize> =
                grow(&graph(&named)).iter().filter_map(|line| if let Line::Call { edge, .. } = line { Some(*edge) } else { None }).collect();
            edges.sort_unstable();
            prop_assert_eq!(edges, (0..calls.len()).collect::<Vec<usize>>());
        }
    }
}
