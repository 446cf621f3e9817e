//! The command line: what can be typed, with examples. What each command does is in `commands`.

mod runs;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use runs::{AskArgs, ExecArgs, FlowsArgs, FlowsCommand, RunsArgs, RunsCommand, SchedulesArgs, SchedulesCommand, WhichArgs};

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "magpie",
    version,
    about = "Watches a system of many modules, from the logs they already write: who calls whom, how often, how slow, how broken, since when.",
    after_help = "Examples:
  magpie report access.log                 what is in this log? no configuration needed
  zcat old.gz | magpie report -            the same from standard input
  magpie demo                              a live little system, and Magpie watching it
  magpie serve -c magpie.yaml              follow, store, judge, and serve http://127.0.0.1:6247
  magpie agent -c agent.yaml               on another host: read its logs and ship them there

Exit codes: 0 done; 1 failed; 2 wrong command line or configuration; 3 done, but `--fail-on-alert` found an alert,
`check` or `flows validate` found a mistake, or `doctor` found damage; 4 a run that was waited for did not succeed. `exec` exits with
the code of its command."
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fold log files into tables and a graph; no server, no configuration
    Report(Box<ReportArgs>),
    /// Try a parser: print what each event became
    Parse(ParseArgs),
    /// Check a configuration file
    Check(CheckArgs),
    /// Check a data directory, and repair what can be repaired
    Doctor(DoctorArgs),
    /// Follow the configured sources, store, judge, and serve the API
    Serve(ServeArgs),
    /// Read what modules on this host write and ship it to a server
    Agent(AgentArgs),
    /// Run a live little system of real services, and Magpie on its logs
    Demo(DemoArgs),
    /// Search the stored records of a running Magpie
    Logs(LogsArgs),
    /// Show the stored graph of a monitor
    Graph(GraphArgs),
    /// Show alerts
    Alerts(AlertsArgs),
    /// Flows of a running Magpie: list, check, publish, run
    Flows(FlowsArgs),
    /// Runs of a running Magpie: list, look at, retry
    Runs(RunsArgs),
    /// Schedules of a running Magpie: what was due, what is due next
    Schedules(SchedulesArgs),
    /// Run a command as a watched job: its output becomes run logs, its exit code the status
    Exec(ExecArgs),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Evaluate expressions of flows from standard input; started by a running Magpie
    #[command(hide = true)]
    EvaluateExpressions,
    /// Kill the processes of flows that are left when a running Magpie is killed; started by it
    #[command(hide = true)]
    GuardProcesses,
}

/// A number of operators: at least one, at most `MOST`.
fn operators<const MOST: usize>(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| format!("write a whole number from 1 to {MOST}"))
}

/// How lines are to be read, for commands that work without a configuration.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ReadArgs {
    /// Configuration whose sources, fields, monitors and hosts apply
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read lines by this named format instead of detecting it (see `magpie parse --formats`)
    #[arg(long, conflicts_with_all = ["pattern", "config"])]
    pub(crate) format: Option<String>,
    /// Read lines by this angle-bracket pattern, such as '<source> <_> <_> [<time>] "<method> <path> <_>" <status> <bytes>'
    #[arg(long, conflicts_with = "config")]
    pub(crate) pattern: Option<String>,
    /// With --config: treat the files as those of this source (default: by its `include:`, else the only one)
    #[arg(long, requires = "config")]
    pub(crate) source: Option<String>,
    /// Zone of times that name none
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
}

/// `magpie report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie report access.log app.log.gz
  magpie report --by source,target_module --bucket 5m access.log
  magpie report --threshold 'elapsed_ms>200' --threshold 'error>0' --fail-on-alert access.log
  magpie report --by source_module,target_module,service --total --json traces.jsonl
  magpie report --x service --field p95(elapsed_ms) access.log
  magpie report --html=report.html access.log")]
pub(crate) struct ReportArgs {
    /// Log files, patterns, directories, or `-` for standard input; plain, .gz or .zst
    #[arg(required_unless_present = "config", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// Dimensions to fold by: source, source_module, service, target, target_module, and one other column
    #[arg(long, value_delimiter = ',', value_name = "DIM,...")]
    pub(crate) by: Vec<String>,
    /// Length of a bucket
    #[arg(long, value_name = "DURATION")]
    pub(crate) bucket: Option<String>,
    /// Field to chart and to rank by, such as elapsed_ms, bytes, p95(elapsed_ms)
    #[arg(long, value_name = "FIELD")]
    pub(crate) field: Vec<String>,
    /// Raise alerts: FIELD>LIMIT or FIELD<LIMIT, optionally `for 3m`; 'records<1' for silence. A field that no record has is
    /// warned about and changes no exit code
    #[arg(long, value_name = "RULE")]
    pub(crate) threshold: Vec<String>,
    /// Operators that parse in parallel, 1 to 256 (default: one per core)
    #[arg(long, value_name = "N", value_parser = operators::<256>)]
    pub(crate) threads: Option<usize>,
    /// Horizontal axis of the chart: time, or dimensions
    #[arg(long, value_delimiter = ',', value_name = "time|DIM,...", default_value = "time")]
    pub(crate) x: Vec<String>,
    /// Fold all buckets into one row per combination
    #[arg(long)]
    pub(crate) total: bool,
    /// Print one JSON object
    #[arg(long, group = "output_form")]
    pub(crate) json: bool,
    /// Print rows as CSV
    #[arg(long, group = "output_form")]
    pub(crate) csv: bool,
    /// One self-contained HTML page with graph and charts; to standard output, or `--html=FILE`
    #[arg(long, group = "output_form", num_args = 0..=1, require_equals = true, value_name = "FILE")]
    pub(crate) html: Option<Option<PathBuf>>,
    /// The graph as SVG; to standard output, or `--svg=FILE`
    #[arg(long, group = "output_form", num_args = 0..=1, require_equals = true, value_name = "FILE")]
    pub(crate) svg: Option<Option<PathBuf>>,
    /// Write the output to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Rows of the tables on the terminal
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) top: usize,
    /// Exit with 3 when an alert fires
    #[arg(long)]
    pub(crate) fail_on_alert: bool,
    /// No progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `magpie parse`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie parse access.log | less
  magpie parse --json app.log | jq .component
  magpie parse --pattern '<time> <severity> <component> - <message>' app.log
  magpie parse -c magpie.yaml --source search-frontend access.log")]
pub(crate) struct ParseArgs {
    /// Log files, or `-` for standard input
    #[arg(required_unless_present = "formats", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// One JSON object per event
    #[arg(long)]
    pub(crate) json: bool,
    /// Only events that could not be parsed
    #[arg(long)]
    pub(crate) unparsed: bool,
    /// Stop after so many events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// List the named formats
    #[arg(long)]
    pub(crate) formats: bool,
}

/// `magpie check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Configuration file
    #[arg(short, long, value_name = "FILE", default_value = "magpie.yaml")]
    config: PathBuf,
    /// The same, without `-c`
    #[arg(value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
    /// Print the JSON Schema of the configuration and stop: of a server's, or of an agent's
    #[arg(long, value_name = "OF", num_args = 0..=1, require_equals = true, default_missing_value = "server")]
    pub(crate) schema: Option<SchemaOf>,
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl CheckArgs {
    /// The configuration file.
    pub(crate) fn config(&self) -> &Path {
        self.file.as_deref().unwrap_or(&self.config)
    }
}

/// Whose configuration.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaOf {
    /// What `magpie serve` and `magpie report` read
    Server,
    /// What `magpie agent` reads
    Agent,
}

/// `magpie doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Configuration file; its fields and monitors are what rollups are compared by
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory, instead of the configuration's
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Repair what can be repaired
    #[arg(long)]
    pub(crate) repair: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `magpie serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Configuration file
    #[arg(short, long, value_name = "FILE", default_value = "magpie.yaml")]
    pub(crate) config: PathBuf,
    /// Address to serve on, instead of the configuration's; loopback only
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Data directory, instead of the configuration's
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Operators that parse in parallel, 1 to 64 (default: one per core)
    #[arg(long, value_name = "N", value_parser = operators::<64>)]
    pub(crate) threads: Option<usize>,
}

/// `magpie agent`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie check -c agent.yaml && magpie agent -c agent.yaml
  curl http://127.0.0.1:6248/status        with `status: 127.0.0.1:6248` in the configuration")]
pub(crate) struct AgentArgs {
    /// Configuration file of the agent
    #[arg(short, long, value_name = "FILE", default_value = "agent.yaml")]
    pub(crate) config: PathBuf,
    /// Data directory, instead of the configuration's
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// `magpie demo`.
#[derive(Debug, Args)]
#[command(after_help = "While it runs on a terminal: 1, 2, 3 switch a fault on and off, q ends it.")]
pub(crate) struct DemoArgs {
    /// Address to serve on; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6247")]
    pub(crate) listen: SocketAddr,
    /// End by itself after this long
    #[arg(long = "for", value_name = "DURATION")]
    pub(crate) duration: Option<String>,
}

/// Where a running Magpie is, and how it knows who asks.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReachArgs {
    /// Address of a running Magpie
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6247", env = "MAGPIE_SERVER", global = true)]
    pub(crate) server: String,
    /// File with the token of who asks (default: the environment variable MAGPIE_TOKEN)
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) token_file: Option<PathBuf>,
}

/// Which running Magpie to ask, about what time.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServerArgs {
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    /// Start of the range: RFC 3339, `2026-11-22 10:00`, or now-1h
    #[arg(long, default_value = "now-1h")]
    pub(crate) from: String,
    /// End of the range
    #[arg(long, default_value = "now")]
    pub(crate) to: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `magpie logs`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie logs 'target_module:video severity>=warn \"timed out\"'
  magpie logs 'elapsed_ms>300 -status:200'
  magpie logs --severity error,fatal --where target_module=video
  magpie logs --from now-15m --follow
The line is that of the search box: text, column:value, * for any text, >, >=, <, <= for numbers, - for not.")]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Query line; several arguments are one line
    #[arg(value_name = "QUERY")]
    pub(crate) text: Vec<String>,
    /// The text is whole words instead
    #[arg(long, conflicts_with = "regex")]
    pub(crate) words: bool,
    /// The text is a regular expression instead
    #[arg(long)]
    pub(crate) regex: bool,
    /// COLUMN=VALUE or COLUMN!=VALUE; several must all hold
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    pub(crate) filter: Vec<String>,
    /// Severities
    #[arg(long, value_delimiter = ',')]
    pub(crate) severity: Vec<String>,
    /// At most so many records
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    /// Go on with new records as they come
    #[arg(short, long)]
    pub(crate) follow: bool,
}

/// `magpie graph`.
#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Query line that chooses interactions, such as 'elapsed_ms>200 -target_module:stock' or alert:firing
    #[arg(value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    /// Monitor to show (default: the first)
    #[arg(short, long)]
    pub(crate) monitor: Option<String>,
}

/// `magpie alerts`.
#[derive(Debug, Args)]
pub(crate) struct AlertsArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Also those that are over
    #[arg(long)]
    pub(crate) history: bool,
}
