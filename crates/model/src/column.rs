//! The columns of a record, by the one name that the API, the files, the tables and the UI share.

use serde::{Deserialize, Serialize};

/// A column of a record whose values are words that repeat; kept as codes of a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Column {
    /// Canonical address or name of the requesting host.
    Source = 0,
    /// Module that made the request.
    SourceModule,
    /// What was requested: a templated route, an RPC or an operation.
    Service,
    /// Canonical address or name of the serving host.
    Target,
    /// Module that serves.
    TargetModule,
    /// Outcome as written: HTTP status, gRPC code, `OK`.
    Status,
    /// Where the module runs.
    Region,
    /// What the module belongs to.
    Application,
    /// Version of the module.
    Version,
    /// Integration flow that logged.
    Flow,
    /// Step of the flow's run, as a JSON pointer.
    Step,
    /// Logger, class, program or connector that wrote the line.
    Component,
    /// What the component did; HTTP method of a call.
    Operation,
    /// Category the author gave the line.
    Category,
    /// Host that wrote the line.
    Host,
    /// File it was read from.
    File,
    /// Name of the configured source it came through.
    Input,
    /// Why the line could not be parsed; null when it could.
    ParseError,
}

impl Column {
    /// Number of columns.
    pub const COUNT: usize = 18;

    /// All columns in order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Source,
        Self::SourceModule,
        Self::Service,
        Self::Target,
        Self::TargetModule,
        Self::Status,
        Self::Region,
        Self::Application,
        Self::Version,
        Self::Flow,
        Self::Step,
        Self::Component,
        Self::Operation,
        Self::Category,
        Self::Host,
        Self::File,
        Self::Input,
        Self::ParseError,
    ];

    /// The five dimensions: the base of every aggregation unless the configuration says otherwise.
    pub const DIMENSIONS: [Self; 5] = [Self::Source, Self::SourceModule, Self::Service, Self::Target, Self::TargetModule];

    /// Number of the column, for arrays with one entry per column.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether this is one of the five dimensions.
    pub fn is_dimension(self) -> bool {
        self.index() < Self::DIMENSIONS.len()
    }

    /// The name in API, files, tables and UI.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::SourceModule => "source_module",
            Self::Service => "service",
            Self::Target => "target",
            Self::TargetModule => "target_module",
            Self::Status => "status",
            Self::Region => "region",
            Self::Application => "application",
            Self::Version => "version",
            Self::Flow => "flow",
            Self::Step => "step",
            Self::Component => "component",
            Self::Operation => "operation",
            Self::Category => "category",
            Self::Host => "host",
            Self::File => "file",
            Self::Input => "input",
            Self::ParseError => "parse_error",
        }
    }

    /// The column of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

/// Whose log tells of a call. The two logs of one call are two sides, never two calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Side {
    /// The serving module's log: the default, and what displays prefer.
    #[default]
    Callee = 0,
    /// The requesting module's log.
    Caller = 1,
}

impl Side {
    /// `callee` or `caller`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Callee => "callee",
            Self::Caller => "caller",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Column;

    #[test]
    fn every_column_is_found_by_its_name_and_number() {
        for (number, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column.index(), number);
            assert_eq!(Column::from_name(column.name()), Some(column));
        }
    }
}
