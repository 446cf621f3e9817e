//! The configuration compiled: one plan for all operators, and what each input's format turned out to be.
//!
//! Everything that can be wrong with patterns, expressions and regular expressions is said here, with the line of the
//! configuration; afterwards normalising cannot fail. [`Intake`](super::intake::Intake) decides formats in the order of
//! the input, before work is spread, so that no result depends on the number of operators.

#[cfg(feature = "vrl")]
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use magpie_model::config::{Config, Multiline, Parse, Problem, Source, Where, unknown_word};
use magpie_model::rollup::key_columns;
use magpie_model::{Code, Column, FieldSpec, Notice, Timestamp};

use super::bind::{Bound, names_of_map};
use super::csv::Csv;
use super::events::Joining;
use super::grok::grok;
use super::json::JsonPaths;
use super::pattern::Pattern;
use super::regex::RegexParser;
use super::route::Routes;
use super::values::{Detected, LineParser};
#[cfg(feature = "vrl")]
use super::vrl::VrlProgram;
use super::who::Directory;
use super::{detect, time};

/// Which columns are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of them: for the store.
    Everything,
    /// Columns that a monitor names, time and fields: for a report. All others stay empty.
    Measures,
}

/// The compiled configuration of normalising.
#[derive(Debug)]
pub struct Plan {
    pub(super) config: Config,
    pub(super) fields: Arc<[FieldSpec]>,
    pub(super) sources: Vec<SourcePlan>,
    pub(super) routes: Routes,
    pub(super) directory: Directory,
    /// Per column: whether a report looks at its values, if only to tell a call from a log line.
    pub(super) measured: Vec<bool>,
    /// Per column: whether a report shows it, filters by it or counts its words.
    pub(super) shown: Vec<bool>,
}

/// One source, compiled.
#[derive(Debug)]
pub(super) struct SourcePlan {
    pub(super) zone: TimeZone,
    joining: Multiline,
    start: Option<regex::bytes::Regex>,
    format: Format,
}

#[derive(Debug)]
enum Format {
    /// The parser is known.
    Fixed(Arc<Bound>),
    /// The format is known, but the first lines name its columns.
    Named(String),
    /// Delimited text with a header.
    Header(char),
    /// The first lines decide.
    Auto,
}

impl Plan {
    /// Compiles a checked configuration; all mistakes at once.
    pub fn compile(config: &Config) -> Result<Arc<Self>, Vec<Problem>> {
        let mut problems = Vec::new();
        let routes = Routes::compile(&config.routes).unwrap_or_else(|(at, message)| {
            problems.push(Problem::new(config.routes[at].matches.line, message));
            Routes::default()
        });
        let shown = shown_columns(config);
        let mut measured = shown.clone();
        Column::DIMENSIONS.into_iter().for_each(|column| measured[column.index()] = true);
        let mut sources = Vec::new();
        for source in &config.sources {
            match SourcePlan::compile(config, source, &measured) {
                Ok(plan) => sources.push(plan),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Arc::new(Self {
            fields: config.fields.clone().into(),
            directory: Directory::compile(&config.hosts, &config.trusted_proxies),
            config: config.clone(),
            sources,
            routes,
            measured,
            shown,
        }))
    }

    /// The declared fields, in the order of the field columns.
    pub fn fields(&self) -> &Arc<[FieldSpec]> {
        &self.fields
    }

    /// How paths become routes; for records that are not made of lines.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// Who is who; for records that are not made of lines.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The parser for an input that begins with `sample`, bound to its source. Inputs of sources that the configuration
    /// does not have are read as by `auto`.
    pub fn bind(&self, input: usize, sample: &str) -> Arc<Bound> {
        let default = Source::default();
        let source = self.config.sources.get(input).unwrap_or(&default);
        let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).collect();
        let detected = match self.sources.get(input).map(|plan| &plan.format) {
            Some(Format::Fixed(bound)) => return Arc::clone(bound),
            Some(Format::Named(name)) => detect::named(name, &lines).unwrap_or_else(|| detect::detect(&lines)),
            Some(Format::Header(delimiter)) => configured("csv", Csv::with_header(*delimiter, lines.first().copied().unwrap_or_default())),
            Some(Format::Auto) | None => detect::detect(&lines),
        };
        match Bound::new(&self.config, source, detected.clone(), false, &self.measured) {
            Ok(bound) => Arc::new(bound),
            // The mapping compiled before, with open names; a format that is not known yet cannot break it.
            Err(_) => Arc::new(Bound::unmapped(&self.config, detected, &self.measured)),
        }
    }

    /// Whether more of the input may still change what [`Plan::bind`] finds.
    pub(super) fn is_detected(&self, input: usize) -> bool {
        !matches!(self.sources.get(input).map(|plan| &plan.format), Some(Format::Fixed(_)))
    }

    /// How the lines of an input join.
    pub(super) fn joining(&self, input: usize, bound: &Bound) -> Joining {
        let ask_parser = bound.tells_events;
        match self.sources.get(input) {
            Some(SourcePlan { start: Some(start), .. }) => Joining::Start(start.clone()),
            Some(SourcePlan { joining: Multiline::Off, .. }) => Joining::Off,
            _ if bound.parser.many().is_some() && !bound.parser.wants_whole_event() => Joining::Off,
            _ => match bound.parser.quoted_with() {
                Some(delimiter) => Joining::Quoted { delimiter },
                None => Joining::Auto { ask_parser, partial_lines: bound.parser.has_partial_lines() },
            },
        }
    }

    pub(super) fn zone(&self, input: usize) -> TimeZone {
        self.sources.get(input).map_or_else(|| time::zone(&self.config.zone).unwrap_or(TimeZone::UTC), |plan| plan.zone.clone())
    }

    /// Whether a time lies too far ahead to be one (design 5).
    pub(super) fn is_bad_time(time: Timestamp, now: Timestamp) -> bool {
        const AHEAD: i64 = 5 * magpie_model::time::MINUTE;
        time > now.plus(AHEAD) || time < Timestamp::EPOCH
    }
}

impl Bound {
    fn unmapped(config: &Config, detected: Detected, columns: &[bool]) -> Self {
        let plain = Source::default();
        // Without a mapping nothing can be wrong with it.
        Self::new(config, &plain, detected, false, columns).unwrap_or_else(|_| unreachable!("an empty mapping has no mistakes"))
    }
}

impl SourcePlan {
    fn compile(config: &Config, source: &Source, measured: &[bool]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let zone_name = source.zone.as_deref().unwrap_or(&config.zone);
        let zone = time::zone(zone_name).unwrap_or_else(|| {
            let known: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
            problems.push(of_source(source, "zone", unknown_word("zone", zone_name, known.iter().map(String::as_str))));
            TimeZone::UTC
        });
        let start = match &source.multiline {
            Multiline::Start(written) => regex::bytes::Regex::new(&written.text)
                .map_err(|error| {
                    let told = Code::RegexUnfit.with(&[("cause", &error)]);
                    problems.push(Problem::of_member("multiline", written.line, format!("multiline start: {error}"), told));
                })
                .ok(),
            _ => None,
        };
        match format(config, source, measured) {
            Ok(format) if problems.is_empty() => Ok(Self { zone, joining: source.multiline.clone(), start, format }),
            Ok(_) => Err(problems),
            Err(found) => {
                problems.extend(found);
                Err(problems)
            }
        }
    }
}

fn configured(name: &str, parser: impl LineParser + 'static) -> Detected {
    Detected { name: name.to_owned(), confidence: 1.0, parser: Arc::new(parser) }
}

/// A mistake in a word of a source, which has no line of its own.
fn of_source(source: &Source, member: &str, notice: Notice) -> Problem {
    Problem::of_member(member, 0, format!("source `{}`: {}", source.name, notice.message), notice.told)
}

fn format(config: &Config, source: &Source, measured: &[bool]) -> Result<Format, Vec<Problem>> {
    let one = |line: usize, member: &str, notice: Notice| {
        vec![Problem::of_member(member, line, format!("{member}: {}", notice.message), notice.told)]
    };
    let closed = |detected: Detected| Ok(Format::Fixed(Arc::new(Bound::new(config, source, detected, true, measured)?)));
    match &source.parse {
        Parse::Auto => check_map(config, source, measured).map(|()| Format::Auto),
        Parse::Format(name) => {
            // A composed name, as `auto` reports it, is made of names; what its parts need of a sample is settled later.
            let parts_known = name.split(['+', '/']).all(|part| detect::names().contains(&part));
            if detect::named(name, &[]).is_none() && !parts_known {
                let Notice { mut message, told } = unknown_word("format", name, detect::names());
                if !message.ends_with('?') {
                    message.push_str("; `magpie parse --formats` lists them");
                }
                return Err(vec![of_source(source, "format", Notice::new(message, told))]);
            }
            check_map(config, source, measured).map(|()| Format::Named(name.clone()))
        }
        Parse::Pattern(written) => {
            let pattern = Pattern::compile(&written.text).map_err(|error| {
                let message = format!("pattern, {error}");
                vec![Problem { column: Some(error.column), ..Problem::of_member("pattern", written.line, message, error.told) }]
            })?;
            closed(configured("pattern", pattern))
        }
        Parse::Regex(written) => {
            let regex = RegexParser::compile(&written.text).map_err(|notice| one(written.line, "regex", notice))?;
            closed(configured("regex", regex))
        }
        Parse::Grok { pattern, definitions } => {
            let parser = grok(&pattern.text, definitions).map_err(|notice| one(pattern.line, "grok", notice))?;
            closed(configured("grok", parser))
        }
        Parse::Json { paths } => {
            // Names that only the mapping knows are paths of the document themselves.
            let parser = JsonPaths::new(paths, &names_of_map(source));
            Ok(Format::Fixed(Arc::new(Bound::new(config, source, configured("json", parser), false, measured)?)))
        }
        Parse::Csv { delimiter, columns } if columns.is_empty() => check_map(config, source, measured).map(|()| Format::Header(*delimiter)),
        Parse::Csv { delimiter, columns } => closed(configured("csv", Csv::new(*delimiter, columns.clone()))),
        #[cfg(feature = "vrl")]
        Parse::Vrl(written) => {
            let zone = source.zone.as_deref().unwrap_or(&config.zone);
            let program = VrlProgram::compile(written, zone, JsonPaths::new(&BTreeMap::new(), &names_of_program(config, source)))?;
            Ok(Format::Fixed(Arc::new(Bound::new(config, source, configured("vrl", program), false, measured)?)))
        }
        #[cfg(not(feature = "vrl"))]
        Parse::Vrl(written) => {
            let message = "this build has no VRL: `map:` expressions cover most of it; `cargo build --release --features vrl` makes a build that has it";
            Err(vec![Problem::new(written.line, message)])
        }
    }
}

/// What a program may call its members for them to be more than attributes: every column and field, and what the mapping names.
#[cfg(feature = "vrl")]
fn names_of_program(config: &Config, source: &Source) -> Vec<String> {
    let columns = Column::ALL.iter().filter(|column| !matches!(column, Column::Input | Column::File | Column::ParseError));
    let columns = columns.map(|column| column.name().to_owned());
    let fields = config.fields.iter().map(|field| field.name.clone());
    // `attempt` has a column of its own that is no word.
    names_of_map(source).into_iter().chain(columns).chain(fields).chain(["attempt".to_owned()]).collect()
}

/// Compiles the mapping where the names of values are not known yet: everything but names is checked.
fn check_map(config: &Config, source: &Source, measured: &[bool]) -> Result<(), Vec<Problem>> {
    let nothing = configured("csv", Csv::new(',', Vec::new()));
    Bound::new(config, source, nothing, false, measured).map(|_| ())
}

/// The columns that the records of a report need: what a monitor shows, filters by or counts.
fn shown_columns(config: &Config) -> Vec<bool> {
    let mut shown = vec![false; Column::COUNT];
    let filters = config.monitors.iter().flat_map(|monitor| &monitor.filter).filter_map(|filter| match filter {
        Where::Column(column, _) => Some(*column),
        Where::Severity(_) => None,
    });
    let counted = config.fields.iter().filter_map(|field| field.distinct_of);
    let keys = config.monitors.iter().flat_map(|monitor| key_columns(&monitor.by));
    for column in keys.chain(filters).chain(counted) {
        shown[column.index()] = true;
    }
    shown
}
