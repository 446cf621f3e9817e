//! The parameters of a request: declared once per endpoint, checked before its handler runs.
//!
//! A handler can only ask for what its endpoint declares, and the OpenAPI document is written from the same declarations.
//! An unknown parameter is an error with the nearest name: a misspelt filter that is silently ignored shows wrong data.

use axum::http::StatusCode;
use magpie_model::config::{nearest, unknown};
use magpie_model::query::TimeRange;
use magpie_model::{Code, Column, Timestamp};
use serde_json::{Value, json};

use crate::moment;
use crate::problem::Problem;

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the path.
    Path,
    /// In the query, once.
    Query,
    /// In the query, any number of times.
    Repeated,
    /// In the query as `name.key=value` or `name[key]=value`, any number of times.
    Keyed,
}

/// A declared parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) description: String,
    /// JSON Schema of one value.
    pub(crate) schema: Value,
}

impl Parameter {
    pub(crate) fn new(name: &'static str, place: Place, description: impl Into<String>, schema: Value) -> Self {
        Self { name, place, required: place == Place::Path, description: description.into(), schema }
    }

    /// Free text.
    pub(crate) fn text(name: &'static str, place: Place, description: impl Into<String>) -> Self {
        Self::new(name, place, description, json!({"type": "string"}))
    }
}

/// `from` and `to`.
pub(crate) fn range_parameters(default: &str) -> Vec<Parameter> {
    vec![
        Parameter::text("from", Place::Query, format!("First moment of event time: {}. {default}", moment::FORMS)),
        Parameter::text("to", Place::Query, "First moment after; as `from`."),
    ]
}

/// `limit`.
pub(crate) fn limit_parameter(default: usize, most: usize) -> Parameter {
    let schema = json!({"type": "integer", "minimum": 1, "maximum": most, "default": default});
    Parameter::new("limit", Place::Query, "At most so many.", schema)
}

/// `is`: for a column whose name is taken, as `step` is where it means a length of time.
pub(crate) fn is_parameter() -> Parameter {
    Parameter::text("is", Place::Keyed, "`is.<column>=value`: the same as `<column>=value`, also where that name means something else.")
}

/// The names of all text columns.
pub(crate) fn column_names() -> Vec<&'static str> {
    Column::ALL.iter().map(|column| column.name()).collect()
}

/// A request's parameters, checked against the declared ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String, Place)>,
    path: Vec<(String, String)>,
}

impl Query {
    /// Reads the query of a URL. `path` has the parameters of the path.
    pub(crate) fn read(declared: &[Parameter], query: &str, path: Vec<(String, String)>) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String, Place)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let name = dotted(&name);
            let parameter = find(declared, &name)?;
            if parameter.place == Place::Query && pairs.iter().any(|(earlier, ..)| *earlier == name) {
                return Err(Problem::parameter(&name, format!("`{name}` is given twice"), "give it once"));
            }
            pairs.push((name, value.into_owned(), parameter.place));
        }
        if let Some(missing) = declared.iter().find(|parameter| {
            parameter.required && parameter.place != Place::Path && !pairs.iter().any(|(name, ..)| name == parameter.name)
        }) {
            let detail = format!("`{}` is missing", missing.name);
            return Err(Problem::parameter(missing.name, detail, missing.description.clone()));
        }
        Ok(Self { pairs, path })
    }

    /// A parameter of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The one value of a parameter that is given once.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _, place)| key == name && *place == Place::Query).map(|(_, value, _)| value.as_str())
    }

    /// All values of a parameter that may be repeated.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _, place)| key == name && *place == Place::Repeated).map(|(_, value, _)| value.as_str())
    }

    /// All values of a parameter, each of which may be a list with commas.
    pub(crate) fn listed<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        self.all(name).flat_map(|value| value.split(',')).map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// All keys and values of a keyed parameter.
    pub(crate) fn keyed<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs.iter().filter_map(move |(key, value, _)| Some((key.strip_prefix(name)?.strip_prefix('.')?, value.as_str())))
    }

    /// All values that a column may have, by `column=value` or `is.column=value`.
    pub(crate) fn of_column(&self, column: Column) -> Vec<String> {
        let named = self.keyed("is").filter(|(name, _)| *name == column.name()).map(|(_, value)| value);
        self.all(column.name()).chain(named).map(str::to_owned).collect()
    }

    /// Checks the names of `is.column`.
    pub(crate) fn check_columns(&self) -> Result<(), Problem> {
        self.keyed("is").try_for_each(|(name, _)| column(&format!("is.{name}"), name).map(drop))
    }

    /// A number from 1 to `most`.
    pub(crate) fn limit(&self, default: usize, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.one("limit") else { return Ok(default) };
        match text.parse::<usize>() {
            Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
            _ => Err(Problem::parameter(
                "limit",
                format!("limit `{text}` is not a number from 1 to {most}"),
                "page with `cursor`, or narrow the range",
            )),
        }
    }

    /// A time.
    pub(crate) fn moment(&self, name: &str, now: Timestamp, zone: &str) -> Result<Option<Timestamp>, Problem> {
        self.one(name).map(|text| read_moment(StatusCode::BAD_REQUEST, name, text, now, zone)).transpose()
    }

    /// `from` and `to`, or the defaults.
    pub(crate) fn range(&self, now: Timestamp, zone: &str, default: TimeRange) -> Result<TimeRange, Problem> {
        let to = self.moment("to", now, zone)?.unwrap_or(default.to);
        let from = self.moment("from", now, zone)?;
        // A range that only says where it ends keeps the default's length.
        let from =
            from.unwrap_or_else(|| if default.from == Timestamp::MIN { default.from } else { to.minus(default.to.since(default.from)) });
        read_range(StatusCode::BAD_REQUEST, from, to)
    }

    /// A duration longer than nothing, in ns.
    pub(crate) fn duration(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.one(name) else { return Ok(None) };
        match magpie_model::time::parse_duration(text).filter(|&nanos| nanos > 0) {
            Some(nanos) => Ok(Some(nanos)),
            None => Err(Problem::parameter(name, format!("{name} `{text}` is not a duration"), "write a duration such as 30s, 5m or 1h")
                .coded(Code::NotADuration, &[("text", &text)])),
        }
    }
}

/// A time that stands in a parameter or member, refused with this status.
pub(crate) fn read_moment(status: StatusCode, name: &str, text: &str, now: Timestamp, zone: &str) -> Result<Timestamp, Problem> {
    moment::parse(text, now, zone).ok_or_else(|| {
        let problem = Problem::new(status, format!("{name} `{text}` is not a time"), format!("write {}", moment::FORMS));
        Problem { parameter: Some(name.to_owned()), ..problem }.coded(Code::NotATime, &[("text", &text)])
    })
}

/// The range between two times, refused with this status when it is none.
pub(crate) fn read_range(status: StatusCode, from: Timestamp, to: Timestamp) -> Result<TimeRange, Problem> {
    if from < to {
        return Ok(TimeRange { from, to });
    }
    let problem = Problem::new(status, format!("from ({from}) is not before to ({to})"), "let `from` be earlier than `to`");
    Err(Problem { parameter: Some("from".to_owned()), ..problem }.coded(Code::RangeReversed, &[("from", &from), ("to", &to)]))
}

/// The column of that name, or why not.
pub(crate) fn column(parameter: &str, name: &str) -> Result<Column, Problem> {
    Column::from_name(name).ok_or_else(|| {
        let problem = unknown_name(StatusCode::BAD_REQUEST, "column", name, &column_names());
        Problem { parameter: Some(parameter.to_owned()), ..problem }
    })
}

/// 404 or 400 for a name that is none of the known ones.
pub(crate) fn unknown_name(status: StatusCode, what: &str, name: &str, known: &[&str]) -> Problem {
    let list = known.join(", ");
    let fix = if known.is_empty() { format!("there is no {what} yet") } else { format!("use one of {list}") };
    let problem = Problem::new(status, unknown(what, name, known.iter().copied()), fix);
    let told = Code::UnknownName.with(&[("known", &list), ("name", &name), ("what", &what)]);
    Problem { parameter: Some(what.to_owned()), ..problem }.told(told)
}

/// `attr[key]`, as OpenAPI's deep objects are written, is `attr.key`.
fn dotted(name: &str) -> String {
    match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((name, key)) => format!("{name}.{key}"),
        None => name.to_owned(),
    }
}

fn find<'a>(declared: &'a [Parameter], name: &str) -> Result<&'a Parameter, Problem> {
    let keyed = |parameter: &Parameter| {
        parameter.place == Place::Keyed
            && name.strip_prefix(parameter.name).and_then(|rest| rest.strip_prefix('.')).is_some_and(|key| !key.is_empty())
    };
    let exact = |parameter: &Parameter| matches!(parameter.place, Place::Query | Place::Repeated) && parameter.name == name;
    declared.iter().find(|parameter| exact(parameter) || keyed(parameter)).ok_or_else(|| {
        let known: Vec<&str> = declared.iter().filter(|parameter| parameter.place != Place::Path).map(|parameter| parameter.name).collect();
        let fix = match nearest(name, &known) {
            Some(near) => format!("write `{near}`"),
            None if known.is_empty() => "leave it out: there are no parameters here".to_owned(),
            None => format!("use one of {}", known.join(", ")),
        };
        Problem::parameter(name, unknown("parameter", name, known), fix)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> Vec<Parameter> {
        vec![
            Parameter::text("source", Place::Repeated, ""),
            Parameter::text("cursor", Place::Query, ""),
            Parameter::text("attr", Place::Keyed, ""),
            limit_parameter(10, 100),
        ]
    }

    #[test]
    fn what_is_not_declared_is_refused_with_the_nearest_name() {
        for (query, parameter, detail) in [
            ("soruce=a", "soruce", "unknown parameter `soruce`, did you mean `source`?"),
            ("cursor=1&cursor=2", "cursor", "`cursor` is given twice"),
            ("attr=1", "attr", "unknown parameter `attr`, did you mean `attr`?"),
            ("attr.=1", "attr.", "unknown parameter `attr.`, did you mean `attr`?"),
            ("not.source=1", "not.source", "unknown parameter `not.source`; known are source, cursor, attr, limit"),
        ] {
            let problem = Query::read(&declared(), query, Vec::new()).unwrap_err();
            assert_eq!((problem.status, problem.parameter.as_deref(), problem.detail.as_str()), (400, Some(parameter), detail));
        }
    }

    #[test]
    fn keyed_parameters_read_with_dots_and_brackets() {
        let query = Query::read(&declared(), "source=a&source=&attr.user.id=7&attr%5Bk%5D=v+w&limit=100", Vec::new()).unwrap();
        assert_eq!(query.all("source").collect::<Vec<_>>(), ["a", ""]);
        assert_eq!(query.keyed("attr").collect::<Vec<_>>(), [("user.id", "7"), ("k", "v w")]);
        assert_eq!(query.limit(10, 100).unwrap(), 100);
        for limit in ["0", "101", "-1", "many", ""] {
            let query = Query::read(&declared(), &format!("limit={limit}"), Vec::new()).unwrap();
            assert_eq!(query.limit(10, 100).unwrap_err().parameter.as_deref(), Some("limit"), "{limit}");
        }
    }
}
