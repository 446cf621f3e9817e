//! The graph as one SVG: callers left, callees right, the label of every edge on its line (requirement I10).
//!
//! It stands alone in a browser, light and dark, and is the picture inside the HTML page. What would make it unreadable
//! (services beyond four between two nodes, edges beyond a ceiling) is merged or left out by the quietest first, and
//! the picture says how many. Where things go is decided in `layout`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use magpie_model::AlertState;
use magpie_model::graph::{Edge, Graph, Node};

use super::label::{self, Limit};
use super::layout::{self, Placed, Point, Route, Size};
use super::text::{cut_middle, escaped, plain, width};
use super::{Report, View, numbers};

/// Services drawn one by one between two nodes; more become one edge with a count.
const SERVICES: usize = 4;
/// Edges drawn at all.
const EDGES: usize = 160;
/// Characters of a name or route that are drawn; the whole is in the title.
const LONGEST: usize = 34;
const CARD: f64 = 44.0;
const HOST: f64 = 22.0;
const MARGIN: f64 = 24.0;
const LEGEND: f64 = 36.0;

/// Colours, light and dark.
pub(crate) const TOKENS: &str = include_str!("page/tokens.css");
/// Looks of the graph's parts.
pub(crate) const STYLE: &str = include_str!("page/graph.css");

/// Writes the picture as a file of its own.
pub(crate) fn write(report: &Report, _view: &View, out: &mut dyn Write) -> io::Result<()> {
    let picture = picture(report);
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" width=\"{0:.0}\" height=\"{1:.0}\" viewBox=\"0 0 {0:.0} {1:.0}\" role=\"img\">",
        picture.width, picture.height
    )?;
    writeln!(out, "<title>{}</title>", escaped(&format!("Magpie: {}", label::size(report))))?;
    writeln!(out, "<style>{TOKENS}{STYLE}</style>")?;
    writeln!(out, "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>")?;
    writeln!(out, "{}</svg>", picture.content)
}

/// What is drawn, to be put into an `svg` element of class `graph`.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Width in px.
    pub(crate) width: f64,
    /// Height in px.
    pub(crate) height: f64,
    /// The elements.
    pub(crate) content: String,
    /// Middle of the first label in the worst trouble, where a small window should look first.
    pub(crate) focus: Option<Point>,
}

/// Draws the graph of a report.
pub(crate) fn picture(report: &Report) -> Picture {
    if report.graph.edges.is_empty() {
        let content = format!("<text x=\"{MARGIN}\" y=\"40\" class=\"sub\">{}</text>", "no calls: these logs tell of no interaction");
        return Picture { width: 420.0, height: 72.0, content, focus: None };
    }
    let (links, places, hidden) = links(report);
    let cards = cards(report, &places);
    let loops = |card: usize| links.iter().filter(move |link| link.from.0 == card && link.to.0 == card);
    let sizes: Vec<Size> = cards
        .iter()
        .enumerate()
        .map(|(at, card)| Size {
            width: loops(at).map(|link| link.size.width + 40.0).fold(card.size.width, f64::max),
            height: card.size.height
                + loops(at).map(|link| link.size.height + 8.0).sum::<f64>()
                + if loops(at).next().is_some() { 12.0 } else { 0.0 },
        })
        .collect();
    let crossing: Vec<&Link> = links.iter().filter(|link| link.from.0 != link.to.0).collect();
    let routes: Vec<Route> = crossing.iter().map(|link| Route { from: link.from.0, to: link.to.0, label: link.size }).collect();
    let placed = layout::place(&sizes, &routes);
    let mut drawing = Drawing { cards: &cards, sizes: &sizes, placed: &placed, edges: String::new(), labels: String::new(), focus: None };
    for (link, (at, points)) in crossing.iter().zip(&placed.routes) {
        drawing.link(link, *at, points);
    }
    for card in 0..cards.len() {
        drawing.loops(card, loops(card));
    }
    let mut content = markers();
    content.push_str(&drawing.edges);
    for at in 0..cards.len() {
        drawing.card(at, &mut content);
    }
    content.push_str(&drawing.labels);
    let height = placed.height + 2.0 * MARGIN + LEGEND;
    legend(report, hidden, height - LEGEND / 2.0, &mut content);
    Picture { width: (placed.width + 2.0 * MARGIN).max(760.0), height, content, focus: drawing.focus.map(|(_, middle)| middle) }
}

/// One drawn edge: a card and a host's row in it on both ends.
struct Link {
    from: (usize, Option<usize>),
    to: (usize, Option<usize>),
    service: Option<String>,
    limits: Vec<Limit>,
    headline: Option<String>,
    title: String,
    state: Option<AlertState>,
    records: u64,
    size: Size,
}

/// One drawn node: a module with its hosts, or what has no module.
struct Card {
    name: String,
    sub: String,
    hosts: Vec<String>,
    /// Share of calls that went wrong; `None` for a pure caller.
    errors: Option<f64>,
    caller: bool,
    firing: bool,
    size: Size,
}

/// Card of a node: hosts of one module share one.
fn card_key(node: &Node) -> &str {
    match (&node.module, &node.host) {
        (Some(module), Some(_)) => module,
        _ => &node.id,
    }
}

/// The edges to draw, where their nodes are, and how many interactions are not drawn at all.
fn links(report: &Report) -> (Vec<Link>, Places<'_>, usize) {
    let graph = &report.graph;
    let mut pairs: BTreeMap<(&str, &str), Vec<&Edge>> = BTreeMap::new();
    for edge in &graph.edges {
        pairs.entry((&edge.source, &edge.target)).or_default().push(edge);
    }
    let mut drawn: Vec<Vec<&Edge>> = Vec::new();
    for mut edges in pairs.into_values() {
        edges.sort_by_key(|edge| (std::cmp::Reverse(trouble(edge)), std::cmp::Reverse(edge.records)));
        let single =
            if edges.len() > SERVICES + 1 { edges.iter().filter(|edge| trouble(edge) > 0).count().max(SERVICES) } else { edges.len() };
        drawn.extend(edges[..single].iter().map(|edge| vec![*edge]));
        if single < edges.len() {
            drawn.push(edges[single..].to_vec());
        }
    }
    let mut order: Vec<usize> = (0..drawn.len()).collect();
    order.sort_by_key(|&at| {
        (std::cmp::Reverse(trouble(drawn[at][0])), std::cmp::Reverse(drawn[at].iter().map(|edge| edge.records).sum::<u64>()))
    });
    order.truncate(EDGES);
    order.sort_unstable();
    let hidden = graph.edges.len() - order.iter().map(|&at| drawn[at].len()).sum::<usize>();
    let places = places(graph, order.iter().flat_map(|&at| &drawn[at]).copied());
    let link = |edges: &Vec<&Edge>| link(report, edges, places[edges[0].source.as_str()], places[edges[0].target.as_str()]);
    (order.iter().map(|&at| link(&drawn[at])).collect(), places, hidden)
}

fn trouble(edge: &Edge) -> u8 {
    match edge.alert {
        Some(AlertState::Firing) => 2,
        Some(AlertState::Pending) => 1,
        _ => 0,
    }
}

/// For every node that is drawn: its card and its row among the card's hosts.
type Places<'a> = BTreeMap<&'a str, (usize, Option<usize>)>;

fn places<'a>(graph: &'a Graph, edges: impl Iterator<Item = &'a Edge>) -> Places<'a> {
    let used: std::collections::BTreeSet<&str> = edges.flat_map(|edge| [edge.source.as_str(), edge.target.as_str()]).collect();
    let mut cards: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for node in graph.nodes.iter().filter(|node| used.contains(node.id.as_str())) {
        let next = cards.len();
        let (card, rows) = cards.entry(card_key(node)).or_insert((next, 0));
        let row = (node.module.is_some() && node.host.is_some()).then_some(*rows);
        *rows += usize::from(row.is_some());
        places.insert(node.id.as_str(), (*card, row));
    }
    places
}

fn link(report: &Report, edges: &[&Edge], from: (usize, Option<usize>), to: (usize, Option<usize>)) -> Link {
    let first = edges[0];
    let records = edges.iter().map(|edge| edge.records).sum();
    let name = |id: &str| report.graph.nodes.iter().find(|node| node.id == id).map(label::node).unwrap_or_default();
    let service = match edges.len() {
        1 => label::service(first),
        more => Some(format!("{more} more services")),
    };
    let limits = if edges.len() == 1 { label::judged(first, report) } else { Vec::new() };
    let headline = match edges.len() {
        1 if limits.is_empty() => Some(label::headline(first, &report.fields)),
        1 => None,
        _ => Some(label::calls(records)),
    };
    let mut title = format!("{} → {}", name(&first.source), name(&first.target));
    for edge in edges.iter().take(40) {
        let _ = write!(title, "\n{}  {}", label::service(edge).unwrap_or_default(), label::headline(edge, &report.fields));
    }
    let service = match (from.0 == to.0, from.1, to.1) {
        (true, Some(_), Some(_)) => {
            Some(format!("{} → {} {}", host(report, &first.source), host(report, &first.target), service.unwrap_or_default()))
        }
        _ => service,
    };
    let state = first.alert.filter(|state| edges.len() == 1 && *state != AlertState::Resolved);
    let mut link = Link {
        from,
        to,
        service: service.map(|text| cut_middle(&plain(text.trim_end()), LONGEST)),
        limits,
        headline,
        title,
        state,
        records,
        size: Size { width: 0.0, height: 0.0 },
    };
    link.size = label_size(&link);
    link
}

fn host(report: &Report, id: &str) -> String {
    report.graph.nodes.iter().find(|node| node.id == id).and_then(|node| node.host.clone()).unwrap_or_default()
}

fn label_size(link: &Link) -> Size {
    let service = link.service.as_deref().map_or(0.0, |text| width(text) as f64 * 6.8);
    let limits =
        link.limits.iter().map(|limit| width(&limit.name) as f64 * 6.3 + width(&limit.value) as f64 * 6.6 + 8.0 + icon(limit.state));
    let headline = link.headline.as_deref().map_or(0.0, |text| width(text) as f64 * 6.3);
    let lines = usize::from(link.service.is_some()) + link.limits.len() + usize::from(link.headline.is_some());
    Size { width: limits.fold(service.max(headline), f64::max).max(24.0) + 14.0, height: lines.max(1) as f64 * 16.0 + 6.0 }
}

fn icon(state: Option<AlertState>) -> f64 {
    if state.is_some() { 17.0 } else { 0.0 }
}

fn cards(report: &Report, places: &Places<'_>) -> Vec<Card> {
    let count = places.values().map(|(card, _)| card + 1).max().unwrap_or(0);
    (0..count)
        .map(|at| {
            let nodes: Vec<&Node> =
                report.graph.nodes.iter().filter(|node| places.get(node.id.as_str()).is_some_and(|(card, _)| *card == at)).collect();
            let ids: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
            let name = nodes.first().map_or_else(String::new, |node| {
                if node.host.is_some() && node.module.is_some() { card_key(node).to_owned() } else { label::node(node) }
            });
            let hosts: Vec<String> = nodes
                .iter()
                .filter(|node| node.module.is_some())
                .filter_map(|node| node.host.clone())
                .map(|host| cut_middle(&plain(&host), LONGEST))
                .collect();
            let inward: Vec<&Edge> = report.graph.edges.iter().filter(|edge| ids.contains(&edge.target.as_str())).collect();
            let caller = inward.is_empty();
            let of: u64 = if caller {
                report.graph.edges.iter().filter(|edge| ids.contains(&edge.source.as_str())).map(|edge| edge.records).sum()
            } else {
                inward.iter().map(|edge| edge.records).sum()
            };
            let wrong: Option<f64> = inward.iter().filter_map(|edge| label::errors(edge)).reduce(|a, b| a + b);
            let errors = wrong.map(|wrong| if of > 0 { wrong / of as f64 } else { 0.0 });
            let sub = match errors {
                Some(errors) if errors > 0.0 => format!("{}, {} errors", label::calls(of), numbers::share(errors)),
                _ => label::calls(of),
            };
            let name = cut_middle(&plain(&name), LONGEST);
            let wide = (width(&name) as f64 * 7.6)
                .max(width(&sub) as f64 * 6.2)
                .max(hosts.iter().map(|host| width(host) as f64 * 6.8 - 24.0).fold(0.0, f64::max));
            let firing = inward.iter().any(|edge| edge.alert == Some(AlertState::Firing));
            let size = Size {
                width: (wide + 58.0).max(132.0),
                height: CARD + hosts.len() as f64 * HOST + if hosts.is_empty() { 0.0 } else { 6.0 },
            };
            Card { name, sub, hosts, errors, caller, firing, size }
        })
        .collect()
}

/// Puts everything where the layout says.
struct Drawing<'a> {
    cards: &'a [Card],
    sizes: &'a [Size],
    placed: &'a Placed,
    edges: String,
    labels: String,
    focus: Option<(AlertState, Point)>,
}

impl Drawing<'_> {
    /// Left top corner of a card; calls to itself have their room above it.
    fn corner(&self, card: usize) -> Point {
        let (centre, size) = (self.placed.nodes[card], self.sizes[card]);
        let own = self.cards[card].size;
        Point { x: centre.x - own.width / 2.0 + MARGIN, y: centre.y + size.height / 2.0 - own.height + MARGIN }
    }

    /// Where edges of a card's row begin or end.
    fn port(&self, (card, row): (usize, Option<usize>), right: bool) -> Point {
        let (corner, own) = (self.corner(card), &self.cards[card]);
        let y = row.map_or(CARD / 2.0, |row| CARD + HOST * (row as f64 + 0.5));
        let y = if row.is_none() && own.hosts.is_empty() { own.size.height / 2.0 } else { y };
        Point { x: corner.x + if right { own.size.width } else { 0.0 }, y: corner.y + y }
    }

    fn link(&mut self, link: &Link, label: Point, points: &[Point]) {
        let label = Point { x: label.x + MARGIN, y: label.y + MARGIN };
        let rightward = self.placed.nodes[link.from.0].x < self.placed.nodes[link.to.0].x;
        let mut through = vec![self.port(link.from, rightward)];
        through.extend(points.iter().map(|point| Point { x: point.x + MARGIN, y: point.y + MARGIN }));
        let end = self.port(link.to, !rightward);
        through.push(Point { x: end.x + if rightward { -3.0 } else { 3.0 }, y: end.y });
        // The layout knows cards, not the rows in them: the first and last bend lie at the height of the row.
        let last = through.len() - 2;
        (through[1].y, through[last].y) = (through[0].y, end.y);
        let mut path = format!("M{:.1} {:.1}", through[0].x, through[0].y);
        for pair in through.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let middle = (a.x + b.x) / 2.0;
            let _ = write!(path, "C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}", a.y, b.y, b.x, b.y);
        }
        self.line(link, &path);
        self.label(link, label);
    }

    fn loops<'b>(&mut self, card: usize, links: impl Iterator<Item = &'b Link>) {
        let (corner, own) = (self.corner(card), self.cards[card].size);
        let mut bottom = corner.y - 12.0;
        for link in links {
            let middle = Point { x: corner.x + own.width / 2.0, y: bottom - link.size.height / 2.0 - 4.0 };
            let half = link.size.width / 2.0 + 12.0;
            let foot = half.min(own.width / 2.0 - 12.0);
            let path = format!(
                "M{:.1} {top:.1}C{right:.1} {bend:.1} {right:.1} {y:.1} {:.1} {y:.1}H{:.1}C{left:.1} {y:.1} {left:.1} {bend:.1} {:.1} {:.1}",
                middle.x + foot,
                middle.x + half - 8.0,
                middle.x - half + 8.0,
                middle.x - foot,
                corner.y - 3.0,
                top = corner.y,
                y = middle.y,
                bend = corner.y - 16.0,
                right = middle.x + half + 8.0,
                left = middle.x - half - 8.0,
            );
            self.line(link, &path);
            self.label(link, middle);
            bottom -= link.size.height + 8.0;
        }
    }

    fn line(&mut self, link: &Link, path: &str) {
        let class = class(link.state);
        let wide = (1.2 + (link.records.max(1) as f64).log10() * 0.35).min(3.5).max(if link.state.is_some() { 2.2 } else { 1.2 });
        let _ = writeln!(
            self.edges,
            "<path class=\"edge {class}\" d=\"{path}\" stroke-width=\"{wide:.2}\" marker-end=\"url(#head-{class})\"><title>{}</title></path>",
            escaped_lines(&link.title)
        );
    }

    fn label(&mut self, link: &Link, middle: Point) {
        if link.state.is_some() && self.focus.is_none_or(|(worst, _)| Some(worst) < link.state) {
            self.focus = link.state.map(|state| (state, middle));
        }
        let class = class(link.state);
        let (left, top) = (middle.x - link.size.width / 2.0, middle.y - link.size.height / 2.0);
        let mut text = format!(
            "<g class=\"label {class}\"><title>{}</title><rect class=\"box {class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"4\"/>",
            escaped_lines(&link.title),
            link.size.width,
            link.size.height
        );
        let mut y = top + 15.0;
        if let Some(service) = &link.service {
            let _ = write!(
                text,
                "<text class=\"mono service\" x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>",
                middle.x,
                escaped(service)
            );
            y += 16.0;
        }
        for limit in &link.limits {
            let class = limit.state.map_or("calm", |state| class_of(state));
            let shift = icon(limit.state);
            let _ = write!(
                text,
                "<text class=\"limit {class}\" x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{} <tspan class=\"value\" dx=\"3\">{}</tspan></text>",
                middle.x + shift / 2.0,
                escaped(&plain(&limit.name)),
                escaped(&limit.value)
            );
            if limit.state.is_some() {
                let _ = write!(
                    text,
                    "<use href=\"#icon-{class}\" class=\"icon {class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\"/>",
                    left + 6.0,
                    y - 10.0
                );
            }
            y += 16.0;
        }
        if let Some(headline) = &link.headline {
            let _ = write!(
                text,
                "<text class=\"limit\" x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>",
                middle.x,
                escaped(headline)
            );
        }
        text.push_str("</g>\n");
        self.labels.push_str(&text);
    }

    fn card(&self, at: usize, content: &mut String) {
        let (card, corner) = (&self.cards[at], self.corner(at));
        let (x, y) = (corner.x, corner.y);
        let round = if card.caller && card.hosts.is_empty() { CARD / 2.0 } else { 8.0 };
        let firing = if card.firing { " firing" } else { "" };
        let _ = write!(
            content,
            "<g><rect class=\"card{firing}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{round}\"/>",
            card.size.width, card.size.height
        );
        let (cx, cy, around) = (x + 23.0, y + CARD / 2.0, 2.0 * std::f64::consts::PI * 9.0);
        let ring = if card.errors.is_some() { "" } else { " none" };
        let _ = write!(content, "<circle class=\"ring{ring}\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"9\"/>");
        if let Some(errors) = card.errors.filter(|errors| *errors > 0.0) {
            let arc = (errors.min(1.0) * around).max(1.5);
            let _ = write!(
                content,
                "<circle class=\"ring bad\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"9\" stroke-dasharray=\"{arc:.1} {around:.1}\" transform=\"rotate(-90 {cx:.1} {cy:.1})\"/>"
            );
        }
        let _ = write!(content, "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + 42.0, y + 19.0, escaped(&card.name));
        let _ = write!(content, "<text class=\"sub\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + 42.0, y + 34.0, escaped(&card.sub));
        for (row, host) in card.hosts.iter().enumerate() {
            let top = y + CARD + HOST * row as f64;
            let _ = write!(content, "<path class=\"rule\" d=\"M{:.1} {top:.1}h{:.1}\"/>", x + 10.0, card.size.width - 20.0);
            let _ = write!(content, "<text class=\"mono host\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + 14.0, top + 15.0, escaped(host));
        }
        content.push_str("</g>\n");
    }
}

/// A title of several lines; each line is made safe by itself.
fn escaped_lines(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<String>>().join("\n")
}

fn class(state: Option<AlertState>) -> &'static str {
    state.map_or("calm", class_of)
}

fn class_of(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "firing",
        AlertState::Pending => "pending",
        AlertState::Resolved => "calm",
    }
}

/// Arrow heads, the bell and the clock.
fn markers() -> String {
    let mut defs = "<defs>".to_owned();
    for class in ["calm", "firing", "pending"] {
        let _ = write!(
            defs,
            "<marker id=\"head-{class}\" viewBox=\"0 0 10 10\" refX=\"8\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head {class}\" d=\"M0 1L9 5L0 9Z\"/></marker>"
        );
    }
    defs.push_str(
        "<symbol id=\"icon-firing\" viewBox=\"0 0 16 16\"><path d=\"M3 12h10l-1.3-2V6.8a3.7 3.7 0 0 0-7.4 0V10zM6.6 14a1.5 1.5 0 0 0 2.8 0\"/></symbol>\
         <symbol id=\"icon-pending\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"6\"/><path d=\"M8 4.6V8l2.3 1.6\"/></symbol></defs>\n",
    );
    defs
}

/// What the lines mean, and what is not drawn.
fn legend(report: &Report, hidden: usize, y: f64, content: &mut String) {
    let mut x = MARGIN;
    let present = |state: AlertState| report.graph.edges.iter().any(|edge| edge.alert == Some(state));
    let fired = label::fired(report);
    for (class, word, shown) in
        [("calm", "calm", true), ("firing", fired, present(AlertState::Firing)), ("pending", "pending", present(AlertState::Pending))]
    {
        if shown {
            let wide = if class == "calm" { 1.6 } else { 2.2 };
            let _ = write!(
                content,
                "<path class=\"edge {class}\" stroke-width=\"{wide}\" marker-end=\"url(#head-{class})\" d=\"M{x:.1} {0:.1}h30\"/>",
                y - 4.0
            );
            let _ = write!(content, "<text class=\"sub\" x=\"{:.1}\" y=\"{y:.1}\">{word}</text>", x + 38.0);
            x += 54.0 + width(word) as f64 * 6.6;
        }
    }
    let mut words = label::size(report);
    if hidden > 0 {
        words.push_str(&format!("; {} more edges not drawn, the quietest", numbers::count(hidden as u64)));
    }
    let _ = writeln!(content, "<text class=\"sub\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(&words));
}

#[cfg(test)]
#[path = "svg_tests.rs"]
pub(crate) mod tests;
