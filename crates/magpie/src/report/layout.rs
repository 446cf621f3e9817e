//! Where the nodes and edges of a drawn graph go: layers from caller to callee, with room for every label.
//!
//! The method is Sugiyama's: cycles are opened by turning an edge, nodes go to layers by longest path, an edge's label
//! is a node of its own between two layers - so labels never cover each other -, and barycentres order the layers. Sizes
//! are given by who draws; the same input always gives the same picture.

use std::collections::BTreeSet;

/// A rectangle to be placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Width in px.
    pub(crate) width: f64,
    /// Height in px.
    pub(crate) height: f64,
}

/// A call to be routed, between two different nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// The calling node.
    pub(crate) from: usize,
    /// The called node.
    pub(crate) to: usize,
    /// Size of its label.
    pub(crate) label: Size,
}

/// A centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// To the right, in px.
    pub(crate) x: f64,
    /// Down, in px.
    pub(crate) y: f64,
}

/// What was placed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    /// Centre of each node.
    pub(crate) nodes: Vec<Point>,
    /// For each route the centre of its label, and the points it passes from caller to callee: the near and the far edge
    /// of every column, so that it bends between columns only and runs straight through labels and past nodes.
    pub(crate) routes: Vec<(Point, Vec<Point>)>,
    /// Size of the whole.
    pub(crate) width: f64,
    /// Size of the whole.
    pub(crate) height: f64,
}

/// Room between two things of one layer.
const BETWEEN: f64 = 14.0;
/// Room between two layers, for the curves.
const ACROSS: f64 = 52.0;
const ORDER_SWEEPS: usize = 24;
const PLACE_SWEEPS: usize = 16;

/// Places nodes and routes.
pub(crate) fn place(nodes: &[Size], routes: &[Route]) -> Placed {
    if nodes.is_empty() {
        return Placed::default();
    }
    let turned = turned(nodes.len(), routes);
    let layer = layers(nodes.len(), routes, &turned);
    let mut net = Net::build(nodes, routes, &turned, &layer);
    net.order();
    net.place();
    net.finish(nodes.len(), routes, &turned)
}

/// Which routes are drawn against the direction of the layers, so that no cycle is left.
fn turned(nodes: usize, routes: &[Route]) -> Vec<bool> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut called = vec![false; nodes];
    for (at, route) in routes.iter().enumerate() {
        out[route.from].push(at);
        called[route.to] = true;
    }
    let mut turned = vec![false; routes.len()];
    let (mut seen, mut open) = (vec![false; nodes], vec![false; nodes]);
    for root in (0..nodes).filter(|&node| !called[node]).chain(0..nodes) {
        if seen[root] {
            continue;
        }
        let mut path = vec![(root, 0)];
        (seen[root], open[root]) = (true, true);
        while let Some((node, next)) = path.last_mut() {
            let Some(&route) = out[*node].get(*next) else {
                open[*node] = false;
                path.pop();
                continue;
            };
            *next += 1;
            let to = routes[route].to;
            if open[to] {
                turned[route] = true;
            } else if !seen[to] {
                (seen[to], open[to]) = (true, true);
                path.push((to, 0));
            }
        }
    }
    turned
}

/// Layer of each node: the longest path to it; callers that nobody calls stand right before their first callee.
fn layers(nodes: usize, routes: &[Route], turned: &[bool]) -> Vec<usize> {
    let ends = |at: usize| if turned[at] { (routes[at].to, routes[at].from) } else { (routes[at].from, routes[at].to) };
    let mut waiting = vec![0; nodes];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for at in 0..routes.len() {
        let (from, to) = ends(at);
        waiting[to] += 1;
        out[from].push(to);
    }
    let roots: Vec<usize> = (0..nodes).filter(|&node| waiting[node] == 0).collect();
    let mut layer = vec![0; nodes];
    let mut ready = roots.clone();
    while let Some(node) = ready.pop() {
        for &to in &out[node] {
            layer[to] = layer[to].max(layer[node] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    for root in roots {
        if let Some(first) = out[root].iter().map(|&to| layer[to]).min() {
            layer[root] = first - 1;
        }
    }
    layer
}

/// Nodes, labels and the bends of long edges, in layers; nodes in even layers, labels in odd ones.
struct Net {
    /// Per item: its size and layer.
    sizes: Vec<Size>,
    layer: Vec<usize>,
    /// Neighbours in the layer before and after.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    /// Items per layer, from top to bottom.
    layers: Vec<Vec<usize>>,
    /// Per route: its items between the two nodes, left to right, and which of them is the label.
    chains: Vec<(Vec<usize>, usize)>,
    y: Vec<f64>,
}

impl Net {
    fn build(nodes: &[Size], routes: &[Route], turned: &[bool], layer: &[usize]) -> Self {
        let mut net = Self {
            sizes: nodes.to_vec(),
            layer: layer.iter().map(|layer| layer * 2).collect(),
            before: vec![Vec::new(); nodes.len()],
            after: vec![Vec::new(); nodes.len()],
            layers: Vec::new(),
            chains: Vec::with_capacity(routes.len()),
            y: Vec::new(),
        };
        for (route, &turned) in routes.iter().zip(turned) {
            let (left, right) = if turned { (route.to, route.from) } else { (route.from, route.to) };
            let (first, last) = (net.layer[left] + 1, net.layer[right]);
            // The label stands next to the caller, also where the edge is drawn from right to left.
            let label_at = if turned { last - 1 } else { first };
            let mut previous = left;
            let mut chain = Vec::with_capacity(last - first);
            for layer in first..last {
                let size = if layer == label_at { route.label } else { Size { width: 0.0, height: 6.0 } };
                let item = net.add(size, layer);
                net.join(previous, item);
                chain.push(item);
                previous = item;
            }
            net.join(previous, right);
            net.chains.push((chain, label_at - first));
        }
        let last = net.layer.iter().copied().max().unwrap_or(0);
        net.layers = vec![Vec::new(); last + 1];
        for item in 0..net.sizes.len() {
            net.layers[net.layer[item]].push(item);
        }
        net
    }

    fn add(&mut self, size: Size, layer: usize) -> usize {
        self.sizes.push(size);
        self.layer.push(layer);
        self.before.push(Vec::new());
        self.after.push(Vec::new());
        self.sizes.len() - 1
    }

    fn join(&mut self, left: usize, right: usize) {
        self.after[left].push(right);
        self.before[right].push(left);
    }

    /// Orders each layer by the mean place of its neighbours, to and fro, and keeps the order with the fewest crossings.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..ORDER_SWEEPS {
            let mut place = vec![0.0; self.sizes.len()];
            for layer in &self.layers {
                layer.iter().enumerate().for_each(|(at, &item)| place[item] = at as f64);
            }
            let forward = sweep % 2 == 0;
            let count = self.layers.len();
            for step in 1..count {
                let at = if forward { step } else { count - 1 - step };
                let near = if forward { &self.before } else { &self.after };
                let mut keyed: Vec<(f64, usize)> =
                    self.layers[at].iter().map(|&item| (mean(&near[item], &place).unwrap_or(place[item]), item)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[at] = keyed.into_iter().map(|(_, item)| item).collect();
                self.layers[at].iter().enumerate().for_each(|(to, &item)| place[item] = to as f64);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn crossings(&self) -> usize {
        let mut place = vec![0; self.sizes.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(at, &item)| place[item] = at);
        }
        self.layers
            .iter()
            .map(|layer| {
                let mut ends: Vec<(usize, usize)> = layer
                    .iter()
                    .flat_map(|&item| self.after[item].iter().map(|&to| (place[item], place[to])).collect::<Vec<_>>())
                    .collect();
                ends.sort_unstable();
                inversions(ends.into_iter().map(|(_, to)| to))
            })
            .sum()
    }

    /// Moves every item towards its neighbours as far as order and room allow.
    fn place(&mut self) {
        self.y = vec![0.0; self.sizes.len()];
        for layer in self.layers.clone() {
            let wanted = vec![0.0; layer.len()];
            self.settle(&layer, &wanted);
        }
        for sweep in 0..PLACE_SWEEPS {
            let count = self.layers.len();
            for step in 0..count {
                let at = if sweep % 2 == 0 { step } else { count - 1 - step };
                let layer = self.layers[at].clone();
                let wanted: Vec<f64> = layer
                    .iter()
                    .map(|&item| {
                        let near: Vec<usize> = self.before[item].iter().chain(&self.after[item]).copied().collect();
                        mean(&near, &self.y).unwrap_or(self.y[item])
                    })
                    .collect();
                self.settle(&layer, &wanted);
            }
        }
    }

    /// The places nearest to the wanted ones, in least squares, that keep order and distance: isotonic regression.
    fn settle(&mut self, layer: &[usize], wanted: &[f64]) {
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(layer.len());
        for (at, &item) in layer.iter().enumerate() {
            if at > 0 {
                offset += (self.sizes[layer[at - 1]].height + self.sizes[item].height) / 2.0 + BETWEEN;
            }
            offsets.push(offset);
        }
        let mut blocks: Vec<(f64, usize)> = Vec::new();
        for (wanted, offset) in wanted.iter().zip(&offsets) {
            blocks.push((wanted - offset, 1));
            while let [.., (left, before), (right, count)] = blocks[..]
                && left > right
            {
                blocks.truncate(blocks.len() - 2);
                let all = before + count;
                blocks.push(((left * before as f64 + right * count as f64) / all as f64, all));
            }
        }
        let level = blocks.into_iter().flat_map(|(level, count)| std::iter::repeat_n(level, count));
        for ((&item, offset), level) in layer.iter().zip(offsets).zip(level) {
            self.y[item] = level + offset;
        }
    }

    fn finish(self, nodes: usize, routes: &[Route], turned: &[bool]) -> Placed {
        let top = (0..self.sizes.len()).map(|item| self.y[item] - self.sizes[item].height / 2.0).fold(f64::INFINITY, f64::min);
        let bottom = (0..self.sizes.len()).map(|item| self.y[item] + self.sizes[item].height / 2.0).fold(f64::NEG_INFINITY, f64::max);
        let mut x = vec![0.0; self.layers.len()];
        let mut half = vec![0.0; self.layers.len()];
        let mut right = 0.0;
        for (at, layer) in self.layers.iter().enumerate() {
            let width = layer.iter().map(|&item| self.sizes[item].width).fold(0.0, f64::max);
            x[at] = right + width / 2.0;
            half[at] = width / 2.0;
            right += width + if at + 1 < self.layers.len() { ACROSS } else { 0.0 };
        }
        let point = |item: usize| Point { x: x[self.layer[item]], y: self.y[item] - top };
        let routed = routes.iter().enumerate().map(|(at, _)| {
            let (chain, label) = &self.chains[at];
            let route = &routes[at];
            let (left, right) = if turned[at] { (route.to, route.from) } else { (route.from, route.to) };
            let items = std::iter::once(left).chain(chain.iter().copied()).chain([right]);
            let edges =
                items.flat_map(|item| [-1.0, 1.0].map(|side| Point { x: point(item).x + side * half[self.layer[item]], ..point(item) }));
            let mut points: Vec<Point> = edges.collect();
            points.remove(0);
            points.pop();
            if turned[at] {
                points.reverse();
            }
            (point(chain[*label]), points)
        });
        Placed { routes: routed.collect(), nodes: (0..nodes).map(point).collect(), width: right, height: bottom - top }
    }
}

fn mean(items: &[usize], place: &[f64]) -> Option<f64> {
    if items.is_empty() { None } else { Some(items.iter().map(|&item| place[item]).sum::<f64>() / items.len() as f64) }
}

/// Pairs that are in the wrong order.
fn inversions(places: impl Iterator<Item = usize>) -> usize {
    let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
    places
        .enumerate()
        .map(|(at, place)| {
            let above = seen.range((place + 1, 0)..).count();
            seen.insert((place, at));
            above
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NODE: Size = Size { width: 100.0, height: 40.0 };
    const LABEL: Size = Size { width: 80.0, height: 30.0 };

    fn routes(ends: &[(usize, usize)]) -> Vec<Route> {
        ends.iter().map(|&(from, to)| Route { from, to, label: LABEL }).collect()
    }

    #[test]
    fn callees_stand_right_of_callers_and_a_cycle_is_opened_once() {
        let placed = place(&[NODE; 4], &routes(&[(0, 1), (1, 2), (2, 1), (3, 2)]));
        let x: Vec<f64> = placed.nodes.iter().map(|node| node.x).collect();
        assert!(x[0] < x[1] && x[1] < x[2], "{x:?}");
        assert_eq!(x[3], x[1], "a lone caller stands right before its callee");
    }

    #[test]
    fn a_chain_is_a_straight_line() {
        let placed = place(&[NODE; 3], &routes(&[(0, 1), (1, 2)]));
        assert!(placed.nodes.iter().all(|node| (node.y - placed.nodes[0].y).abs() < 0.01));
    }

    proptest! {
        #[test]
        fn nodes_and_labels_never_cover_each_other(ends in prop::collection::vec((0..12usize, 0..12usize), 0..40)) {
            let ends: Vec<(usize, usize)> = ends.into_iter().filter(|(from, to)| from != to).collect();
            let placed = place(&[NODE; 12], &routes(&ends));
            let mut boxes: Vec<(Point, Size)> = placed.nodes.iter().map(|&point| (point, NODE)).collect();
            boxes.extend(placed.routes.iter().map(|(label, _)| (*label, LABEL)));
            for (at, (a, size_a)) in boxes.iter().enumerate() {
                prop_assert!(a.x >= 0.0 && a.x <= placed.width && a.y >= 0.0 && a.y <= placed.height);
                for (b, size_b) in &boxes[at + 1..] {
                    let apart = (a.x - b.x).abs() >= (size_a.width + size_b.width) / 2.0 - 0.01
                        || (a.y - b.y).abs() >= (size_a.height + size_b.height) / 2.0 - 0.01;
                    prop_assert!(apart, "{a:?} covers {b:?}");
                }
            }
        }
    }
}
