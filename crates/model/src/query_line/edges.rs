//! What a query line means for edges of the graph: its names are the graph's columns, its fields, and the state of alerts.

use super::{Ask, Line, Mistake, Operator, Pattern, Value, only, unknown_value};
use crate::config::unknown;
use crate::graph::{Edge, Node};
use crate::{Aggregate, AlertState, Code, Column, FieldSpec};

/// A line that knows the graph it is asked of.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeFilter {
    terms: Vec<(bool, EdgeTest)>,
}

#[derive(Clone, Debug, PartialEq)]
enum EdgeTest {
    /// The text occurs in a name, letters of any case.
    Text(String),
    Column(Column, Vec<Pattern>),
    Records(Operator, f64),
    Field(String, Aggregate, Operator, f64),
    Alert(Vec<Option<AlertState>>),
}

const STATES: [(&str, Option<AlertState>); 4] = [
    ("firing", Some(AlertState::Firing)),
    ("pending", Some(AlertState::Pending)),
    ("resolved", Some(AlertState::Resolved)),
    ("none", None),
];

impl EdgeFilter {
    /// Reads a line's names for a graph with these columns and fields.
    pub fn bind(line: &Line, by: &[Column], fields: &[FieldSpec]) -> Result<Self, Mistake> {
        let test = |ask: &Ask, at| match ask {
            Ask::Text(text) => Ok(EdgeTest::Text(text.to_lowercase())),
            Ask::Compare { name, operator, values } => compare(at, name, *operator, values, by, fields),
        };
        let terms = line.terms.iter().map(|term| Ok((!term.negated, test(&term.ask, term.at)?)));
        Ok(Self { terms: terms.collect::<Result<_, Mistake>>()? })
    }

    /// Whether an edge between these two nodes is meant.
    pub fn keeps(&self, edge: &Edge, source: &Node, target: &Node) -> bool {
        self.terms.iter().all(|(wanted, test)| test.holds(edge, source, target) == *wanted)
    }
}

fn compare(at: usize, name: &str, operator: Operator, values: &[Value], by: &[Column], fields: &[FieldSpec]) -> Result<EdgeTest, Mistake> {
    if name == "records" {
        return Ok(EdgeTest::Records(operator, number(operator, values)?));
    }
    if name == "alert" && operator == Operator::Is {
        return values.iter().map(state).collect::<Result<_, _>>().map(EdgeTest::Alert);
    }
    if let Some(&column) = by.iter().find(|column| column.name() == name) {
        if operator != Operator::Is {
            let told = Code::QueryNoOrder.with(&[("name", &name)]);
            return Err(Mistake::new(at, told, format!("`{name}` has no order here"), format!("write {name}:value")));
        }
        return Ok(EdgeTest::Column(column, values.iter().map(|value| value.pattern.clone()).collect()));
    }
    let (field, aggregate) = match name.rsplit_once('.') {
        Some((field, aggregate)) => (field, Aggregate::from_name(aggregate)),
        None => (name, fields.iter().find(|spec| spec.name == name).and_then(|spec| spec.aggregates.first().copied())),
    };
    match (fields.iter().find(|spec| spec.name == field), aggregate) {
        (Some(spec), Some(aggregate)) if spec.aggregates.contains(&aggregate) => {
            Ok(EdgeTest::Field(field.to_owned(), aggregate, operator, number(operator, values)?))
        }
        _ => {
            let known =
                by.iter().map(|column| column.name()).chain(fields.iter().map(|spec| spec.name.as_str())).chain(["records", "alert"]);
            let (told, message) = (Code::QueryUnknownName.with(&[("name", &name)]), unknown("column or field of this graph", name, known));
            Err(Mistake::new(at, told, message, "to look for this text in names, put it in quotes"))
        }
    }
}

fn number(operator: Operator, values: &[Value]) -> Result<f64, Mistake> {
    let (value, text) = only(operator.symbol(), values)?;
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| {
        let told = Code::QueryNotANumber.with(&[("text", &text)]);
        Mistake::new(value.at, told, format!("`{text}` is not a number"), "write a number in the field's unit")
    })
}

fn state(value: &Value) -> Result<Option<AlertState>, Mistake> {
    let text = value.pattern.to_string();
    let names = STATES.map(|(name, _)| name);
    let found = STATES.iter().find(|(name, _)| *name == text).map(|&(_, state)| state);
    found.ok_or_else(|| unknown_value(value.at, "alert state", &text, &names))
}

impl EdgeTest {
    fn holds(&self, edge: &Edge, source: &Node, target: &Node) -> bool {
        match self {
            Self::Text(text) => [Some(&edge.source), Some(&edge.target), edge.service.as_ref(), edge.extra.as_ref()]
                .into_iter()
                .flatten()
                .any(|name| name.to_lowercase().contains(text)),
            Self::Column(column, patterns) => {
                let word = word(*column, edge, source, target);
                patterns.iter().any(|pattern| pattern.matches(word))
            }
            Self::Records(operator, number) => (edge.records as f64).partial_cmp(number).is_some_and(|order| operator.holds(order)),
            Self::Field(field, aggregate, operator, number) => edge
                .fields
                .get(field)
                .and_then(|values| values.get(aggregate.name())?.partial_cmp(number))
                .is_some_and(|order| operator.holds(order)),
            Self::Alert(states) => states.contains(&edge.alert),
        }
    }
}

fn word<'e>(column: Column, edge: &'e Edge, source: &'e Node, target: &'e Node) -> &'e str {
    let word = match column {
        Column::Source => &source.host,
        Column::SourceModule => &source.module,
        Column::Target => &target.host,
        Column::TargetModule => &target.module,
        Column::Service => &edge.service,
        _ => &edge.extra,
    };
    word.as_deref().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query_line::read;

    fn node(module: &str) -> Node {
        Node { id: format!("{module}/"), module: Some(module.into()), host: None, called: true, calls: true }
    }

    fn edge(source: &str, target: &str, records: u64, elapsed: f64, alert: Option<AlertState>) -> Edge {
        let fields = [("elapsed_ms".to_owned(), [("avg".to_owned(), elapsed), ("p95".to_owned(), elapsed * 3.0)].into())].into();
        Edge {
            source: format!("{source}/"),
            target: format!("{target}/"),
            service: Some("/item/{id}".into()),
            extra: None,
            records,
            fields,
            thresholds: vec![],
            alert,
        }
    }

    #[test]
    fn lines_choose_edges() {
        let edges = [
            edge("web", "video", 10, 50.0, Some(AlertState::Firing)),
            edge("web", "stock", 1, 5.0, None),
            edge("batch", "video", 3, 200.0, None),
        ];
        let by = [Column::SourceModule, Column::TargetModule, Column::Service];
        for (line, kept) in [
            ("", vec![0, 1, 2]),
            ("target_module:video", vec![0, 2]),
            ("-target_module:v*", vec![1]),
            ("elapsed_ms>100", vec![2]),
            ("elapsed_ms.p95>100", vec![0, 2]),
            ("records>=3 source_module:web,batch", vec![0, 2]),
            ("alert:firing", vec![0]),
            ("alert:none,pending", vec![1, 2]),
            ("STOCK", vec![1]),
            ("-batch item", vec![0, 1]),
            ("bytes>1", vec![]),
            ("-bytes>1", vec![0, 1, 2]),
        ] {
            let filter = EdgeFilter::bind(&read(line).unwrap(), &by, &[FieldSpec::elapsed(), FieldSpec::bytes()]).unwrap();
            let chosen: Vec<usize> = (0..edges.len())
                .filter(|&at| {
                    let name = |id: &str| node(id.trim_end_matches('/'));
                    filter.keeps(&edges[at], &name(&edges[at].source), &name(&edges[at].target))
                })
                .collect();
            assert_eq!(chosen, kept, "{line}");
        }
    }

    #[test]
    fn what_the_graph_does_not_have_is_told() {
        for (line, column, message) in [
            ("status:500", 1, "unknown column or field of this graph `status`"),
            ("x elapsed_ms.p42>1", 3, "unknown column or field of this graph `elapsed_ms.p42`"),
            ("source_module>1", 1, "`source_module` has no order here"),
            ("alert:burning", 7, "unknown alert state `burning`"),
            ("records>many", 9, "`many` is not a number"),
        ] {
            let mistake = EdgeFilter::bind(&read(line).unwrap(), &[Column::SourceModule], &[FieldSpec::elapsed()]).unwrap_err();
            assert!(mistake.column == column && mistake.message.starts_with(message), "{line}: {mistake}");
        }
    }
}
