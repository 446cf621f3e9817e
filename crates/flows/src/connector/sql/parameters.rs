//! Parameters by name for servers that know them by place: `:name` becomes `$1` or `?`.
//!
//! A name counts only where the database would read an expression: not in texts, quoted names and comments. A list of
//! parameters leaves the statement as it is.

use serde_json::{Map, Value};

/// What the statements of a database look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    #[cfg(feature = "postgresql")]
    Postgresql,
    #[cfg(feature = "mysql")]
    Mysql,
}

/// A statement with its parameters by place, and their names in that order; no names when it was given a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) names: Vec<String>,
}

impl Statement {
    /// Reads a statement; names are looked for if `named` says that parameters come as a mapping.
    pub(super) fn read(sql: &str, dialect: Dialect, named: bool) -> Self {
        match named {
            true => rewritten(sql, dialect),
            false => Self { sql: sql.to_owned(), names: Vec::new() },
        }
    }

    /// The values in their places, if they are as many as `expected`.
    pub(super) fn values<'a>(&self, parameters: &'a Value, expected: usize) -> Result<Vec<&'a Value>, String> {
        let values: Vec<&Value> = match parameters {
            Value::Null => Vec::new(),
            Value::Array(values) => values.iter().collect(),
            Value::Object(values) => return self.by_name(values),
            other => return Err(format!("`parameters` must be a list or a mapping, and is {other}")),
        };
        match values.len() == expected {
            true => Ok(values),
            false => Err(format!("the statement has {expected} parameters, and {} are given", values.len())),
        }
    }

    fn by_name<'a>(&self, values: &'a Map<String, Value>) -> Result<Vec<&'a Value>, String> {
        if let Some(name) = values.keys().find(|name| !self.names.contains(name)) {
            return Err(format!("the statement has no parameter `:{name}`"));
        }
        let value = |name: &String| values.get(name).ok_or_else(|| format!("the parameter `:{name}` of the statement is not given"));
        self.names.iter().map(value).collect()
    }
}

fn rewritten(sql: &str, dialect: Dialect) -> Statement {
    let (mut out, mut names, mut rest) = (String::with_capacity(sql.len()), Vec::new(), sql);
    while let Some(first) = rest.chars().next() {
        let taken = opaque(&out, rest, dialect).or_else(|| rest.starts_with("::").then_some(2));
        let name = match taken {
            Some(_) => None,
            None => name_of(rest),
        };
        if let Some(name) = name {
            out.push_str(&placeholder(&mut names, name, dialect));
            rest = &rest[1 + name.len()..];
            continue;
        }
        let taken = taken.unwrap_or(first.len_utf8());
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    Statement { sql: out, names }
}

/// The name of the parameter that the text begins with.
fn name_of(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix(':')?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
    name.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(name)
}

fn placeholder(names: &mut Vec<String>, name: &str, dialect: Dialect) -> String {
    match dialect {
        #[cfg(feature = "postgresql")]
        Dialect::Postgresql => {
            let known = names.iter().position(|known| known == name);
            let index = known.unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            format!("${}", index + 1)
        }
        #[cfg(feature = "mysql")]
        Dialect::Mysql => {
            names.push(name.to_owned());
            "?".to_owned()
        }
    }
}

/// The length of the text, quoted name or comment that the statement goes on with; to its end when it is not closed.
fn opaque(before: &str, rest: &str, dialect: Dialect) -> Option<usize> {
    let quote = rest.chars().next()?;
    match quote {
        '\'' | '"' | '`' => Some(quoted(rest, quote, has_backslashes(before, quote, dialect))),
        '-' if rest.starts_with("--") => Some(rest.find('\n').unwrap_or(rest.len())),
        '#' if is_mysql(dialect) => Some(rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => Some(comment(rest, !is_mysql(dialect))),
        '$' if !is_mysql(dialect) && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') => dollar_quoted(rest),
        _ => None,
    }
}

fn is_mysql(dialect: Dialect) -> bool {
    match dialect {
        #[cfg(feature = "postgresql")]
        Dialect::Postgresql => false,
        #[cfg(feature = "mysql")]
        Dialect::Mysql => true,
    }
}

/// Whether a backslash escapes a quote: in all texts of MySQL, in PostgreSQL in those of the form `E'…'`.
fn has_backslashes(before: &str, quote: char, dialect: Dialect) -> bool {
    let mut last = before.chars().rev();
    let is_escape = matches!(last.next(), Some('e' | 'E')) && !last.next().is_some_and(|c| c.is_alphanumeric() || c == '_');
    if is_mysql(dialect) { quote != '`' } else { quote == '\'' && is_escape }
}

/// A doubled quote reads as the end of one text and the begin of another, which comes to the same.
fn quoted(rest: &str, quote: char, backslashes: bool) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if backslashes => _ = characters.next(),
            _ if character == quote => return at + quote.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn comment(rest: &str, nests: bool) -> usize {
    let (mut depth, mut at) = (1, 2);
    while let Some(found) = rest[at..].find(['*', '/']) {
        at += found;
        let here = &rest[at..];
        if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else if nests && here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag = &rest[..rest[1..].find('$')? + 2];
    let inner = &tag[1..tag.len() - 1];
    let is_tag = inner.chars().all(|c| c.is_alphanumeric() || c == '_') && !inner.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[cfg(feature = "postgresql")]
    #[test]
    fn names_of_postgresql_are_found_only_where_a_value_can_stand() {
        for (sql, rewritten, names) in [
            ("SELECT :a, :b, :a", "SELECT $1, $2, $1", "a b"),
            ("SELECT :a::int, now()::date", "SELECT $1::int, now()::date", "a"),
            ("SELECT ':a', 'it''s :a', :b", "SELECT ':a', 'it''s :a', $1", "b"),
            (r"SELECT E'\':a', '\', :b", r"SELECT E'\':a', '\', $1", "b"),
            ("SELECT \":a\" -- :a\n, :b", "SELECT \":a\" -- :a\n, $1", "b"),
            ("SELECT /* :a /* :a */ :a */ :b", "SELECT /* :a /* :a */ :a */ $1", "b"),
            ("SELECT $$:a$$, $x$:a $$ :a$x$, :b", "SELECT $$:a$$, $x$:a $$ :a$x$, $1", "b"),
            ("SELECT a[1:2], :größe", "SELECT a[1:2], $1", "größe"),
            ("SELECT ':a", "SELECT ':a", ""),
            ("SELECT /* :a", "SELECT /* :a", ""),
        ] {
            let statement = Statement::read(sql, Dialect::Postgresql, true);
            assert_eq!((statement.sql.as_str(), statement.names.join(" ").as_str()), (rewritten, names), "{sql}");
        }
        assert_eq!(Statement::read("SELECT :a", Dialect::Postgresql, false).sql, "SELECT :a");
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn names_of_mysql_are_found_only_where_a_value_can_stand() {
        for (sql, rewritten, names) in [
            ("SELECT :a, :b, :a", "SELECT ?, ?, ?", "a b a"),
            (r#"SELECT 'it\'s :a', "\":a", `:a`, :b"#, r#"SELECT 'it\'s :a', "\":a", `:a`, ?"#, "b"),
            ("SELECT 1 # :a\n, :b", "SELECT 1 # :a\n, ?", "b"),
            ("SELECT /* /* :a */ :b", "SELECT /* /* :a */ ?", "b"),
        ] {
            let statement = Statement::read(sql, Dialect::Mysql, true);
            assert_eq!((statement.sql.as_str(), statement.names.join(" ").as_str()), (rewritten, names), "{sql}");
        }
    }

    #[test]
    fn values_that_do_not_fit_the_statement_are_named() {
        let statement = Statement { sql: String::new(), names: vec!["b".into(), "a".into(), "b".into()] };
        assert_eq!(statement.values(&json!({"a": 1, "b": 2}), 3).unwrap(), [&json!(2), &json!(1), &json!(2)]);
        assert_eq!(statement.values(&json!({"a": 1}), 3).unwrap_err(), "the parameter `:b` of the statement is not given");
        assert_eq!(statement.values(&json!({"a": 1, "b": 2, "c": 3}), 3).unwrap_err(), "the statement has no parameter `:c`");
        assert_eq!(statement.values(&json!([1]), 2).unwrap_err(), "the statement has 2 parameters, and 1 are given");
        assert_eq!(statement.values(&Value::Null, 0).unwrap(), Vec::<&Value>::new());
        assert_eq!(statement.values(&json!(5), 0).unwrap_err(), "`parameters` must be a list or a mapping, and is 5");
    }

    proptest::proptest! {
        /// Whatever is written: nothing of it is lost but the names, and each name has its place.
        #[test]
        fn what_is_no_name_stays_as_it_is(sql in "[:'\"`$/*#\\\\\\-\nEab1 é]{0,40}") {
            for dialect in DIALECTS {
                let statement = rewritten(&sql, dialect);
                let names: usize = statement.names.iter().map(|name| name.len() + 1).sum();
                proptest::prop_assert!(statement.sql.len() + names >= sql.len());
                if !sql.contains(':') {
                    proptest::prop_assert_eq!(&statement.sql, &sql);
                }
            }
        }
    }

    const DIALECTS: [Dialect; cfg!(feature = "postgresql") as usize + cfg!(feature = "mysql") as usize] = [
        #[cfg(feature = "postgresql")]
        Dialect::Postgresql,
        #[cfg(feature = "mysql")]
        Dialect::Mysql,
    ];
}
