//! What can be typed about flows, runs and schedules, and `magpie exec`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ReachArgs;

/// Which running Magpie to ask, and how to show what it answers.
#[derive(Clone, Debug, Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    /// Print JSON, as the API gives it
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Who makes a change, as it is noted (default: the user who is logged in)
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true, global = true)]
    pub(crate) by: Option<String>,
}

/// `magpie flows`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie flows list
  magpie flows validate sync.yaml                  no server needed; exit code 3 when it has mistakes
  magpie flows publish sync.yaml --comment 'new shop'
  magpie flows run demo.sync --input '{\"since\":\"2026-11-01\"}' --wait
  magpie flows diff demo.sync 3 4

Exit codes: 0 done; 1 failed; 2 wrong command line; 3 `validate` found a mistake; 4 `run --wait`: the run did not succeed.")]
pub(crate) struct FlowsArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// What to do
    #[command(subcommand)]
    pub(crate) what: FlowsCommand,
}

/// What can be done with flows.
#[derive(Debug, Subcommand)]
pub(crate) enum FlowsCommand {
    /// All flows and watched jobs
    List {
        /// Only of this application
        #[arg(long)]
        application: Option<String>,
        /// Only those with this text in id, title or summary
        #[arg(value_name = "TEXT")]
        text: Option<String>,
    },
    /// One flow
    Show {
        /// Its id, namespace.name
        flow: String,
        /// Print its newest document and nothing else
        #[arg(long)]
        source: bool,
        /// With --source: the published document
        #[arg(long, requires = "source")]
        published: bool,
    },
    /// Check a document; no server is needed
    Validate {
        /// The document, YAML or JSON; `-` for standard input
        file: PathBuf,
    },
    /// Publish a file as a new version, or a version that is saved
    Publish {
        /// A document to save and publish, or the id of a flow
        #[arg(value_name = "FILE|FLOW")]
        what: String,
        /// Of a flow: this version (default: the newest)
        #[arg(long, value_name = "N")]
        revision: Option<u64>,
        /// Of a file: save it as a draft only
        #[arg(long, conflicts_with = "revision")]
        draft: bool,
        /// Why
        #[arg(long)]
        comment: Option<String>,
    },
    /// Let triggers start a flow
    Enable {
        /// Its id
        flow: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let no trigger start a flow
    Disable {
        /// Its id
        flow: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// Run a flow now
    Run {
        /// Its id
        flow: String,
        /// Its input: JSON, `@FILE`, or `-` for standard input
        #[arg(long, value_name = "JSON")]
        input: Option<String>,
        /// This version (default: the published one)
        #[arg(long, value_name = "N")]
        revision: Option<u64>,
        /// Wait until the run has ended; exit code 4 when it did not succeed
        #[arg(long)]
        wait: bool,
    },
    /// The saved versions of a flow
    Versions {
        /// Its id
        flow: String,
    },
    /// What differs between two versions
    Diff {
        /// Its id
        flow: String,
        /// The earlier version (default: the published one)
        from: Option<u64>,
        /// The later version (default: the newest)
        to: Option<u64>,
    },
}

/// `magpie runs`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie runs inbox                                the failure inbox, what failed alike together
  magpie runs list --flow demo.sync --from now-7d --status failed
  magpie runs show 9f3a77c1                        the last 8 or more characters of a job id are enough
  magpie runs logs 9f3a77c1 --attempts
  magpie runs retry 9f3a77c1 --from failed --preview
  magpie runs retry 9f3a77c1                        also one that is to be retried by itself: now
  magpie runs retry 9f3a77c1 --alike               and all that failed like it
  magpie runs waive 9f3a77c1 --reason 'a test order'

Exit codes: 0 done; 1 failed, also when one of many runs could not be changed; 2 wrong command line.")]
pub(crate) struct RunsArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// What to do
    #[command(subcommand)]
    pub(crate) what: RunsCommand,
}

/// Which runs, and when.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WhichArgs {
    /// Of this flow; several mean any of them
    #[arg(long)]
    pub(crate) flow: Vec<String>,
    /// Of this application; several mean any of them
    #[arg(long)]
    pub(crate) application: Vec<String>,
    /// Start of the range: RFC 3339, `2026-11-22 10:00`, or now-1h
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// End of the range
    #[arg(long)]
    pub(crate) to: Option<String>,
}

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Runs, newest first
    List {
        #[command(flatten)]
        which: WhichArgs,
        /// Only those that stand like this: queued, running, waiting, retrying, succeeded, failed, cancelled, timed_out
        #[arg(long, value_delimiter = ',')]
        status: Vec<String>,
        /// Only those that this started: schedule, manual, event, webhook, flow, retry, exec
        #[arg(long, value_delimiter = ',')]
        trigger: Vec<String>,
        /// Only those in the failure inbox
        #[arg(long)]
        open: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Text in job id, flow or error
        #[arg(value_name = "TEXT")]
        text: Option<String>,
    },
    /// The failure inbox: what failed for good and waits for a person; runs of a flow that failed alike as one row
    Inbox {
        #[command(flatten)]
        which: WhichArgs,
        /// At most so many rows
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One run with its attempts and steps
    Show {
        /// Its job id, or the end of it
        job_id: String,
    },
    /// What runs logged, oldest first
    Logs {
        /// Of this run, by its job id or the end of it; of all without
        job_id: Option<String>,
        #[command(flatten)]
        which: WhichArgs,
        /// Severities
        #[arg(long, value_delimiter = ',')]
        severity: Vec<String>,
        /// Query line, as of `magpie logs`
        #[arg(long, value_name = "LINE")]
        query: Option<String>,
        /// Show attempts that a later success has superseded
        #[arg(long)]
        attempts: bool,
        /// At most so many records
        #[arg(long, default_value_t = 200)]
        limit: usize,
        /// Go on with what is logged from now on, until Ctrl-C
        #[arg(short, long)]
        follow: bool,
    },
    /// Retry failed runs
    Retry {
        /// Their job ids, or the ends of them
        #[arg(required = true)]
        job_id: Vec<String>,
        /// Also all others in the failure inbox that failed alike: of the same flow, in the same step, with the same error
        #[arg(long, conflicts_with = "input")]
        alike: bool,
        /// `start`, `failed`, or the JSON pointer of a step; `start` with another input, `failed` else
        #[arg(long)]
        from: Option<String>,
        /// With the published version instead of the one that failed
        #[arg(long)]
        newest: bool,
        /// Another input: JSON, `@FILE`, or `-`; from the start, of one run
        #[arg(long, value_name = "JSON")]
        input: Option<String>,
        /// Only show what would run again
        #[arg(long)]
        preview: bool,
        /// Why
        #[arg(long)]
        comment: Option<String>,
    },
    /// End runs, with their calls and processes
    Cancel {
        /// Their job ids, or the ends of them
        #[arg(required = true)]
        job_id: Vec<String>,
        /// Why
        #[arg(long)]
        comment: Option<String>,
    },
    /// Take failed runs out of the inbox
    Waive {
        /// Their job ids, or the ends of them
        #[arg(required = true)]
        job_id: Vec<String>,
        /// Also all others in the failure inbox that failed alike: of the same flow, in the same step, with the same error
        #[arg(long)]
        alike: bool,
        /// Why nobody needs to look at them any more
        #[arg(long)]
        reason: String,
    },
    /// Runs in figures, per flow; of today unless a range is given
    Overview {
        #[command(flatten)]
        which: WhichArgs,
    },
}

/// `magpie schedules`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie schedules list
  magpie schedules due demo.sync --from now-7d     what became of each due time, and why
  magpie schedules pause demo.sync --reason stocktaking
  magpie schedules run demo.sync

Exit codes: 0 done; 1 failed; 2 wrong command line.")]
pub(crate) struct SchedulesArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// What to do
    #[command(subcommand)]
    pub(crate) what: SchedulesCommand,
}

/// What can be done with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum SchedulesCommand {
    /// All schedules, with what became of today's due times
    List {
        #[command(flatten)]
        which: WhichArgs,
    },
    /// The due times of a flow with what became of each, and its runs beside them, newest first; of today until now unless a range or
    /// outcomes are given
    Due {
        /// The flow
        flow: String,
        /// Start of the range
        #[arg(long)]
        from: Option<String>,
        /// End of the range; that of the day if absent
        #[arg(long)]
        to: Option<String>,
        /// Only these: ran, late, skipped, missed, paused, due, running, retrying, failed, cancelled
        #[arg(long, value_delimiter = ',')]
        outcome: Vec<String>,
    },
    /// Let due times pass
    Pause {
        /// The flow
        flow: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// Go on with the next due time
    Resume {
        /// The flow
        flow: String,
        /// Why
        #[arg(long)]
        comment: Option<String>,
    },
    /// Run the flow now
    Run {
        /// The flow
        flow: String,
    },
}

/// `magpie exec`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  magpie exec --flow nightly-backup -- /usr/local/bin/backup.sh --full
  magpie exec --flow nightly-backup --schedule '0 3 * * *' --grace 15m -- backup.sh
  magpie exec --flow import --retries 3 --backoff 30s --timeout 1h -- ./import.sh

The command runs whether or not a Magpie answers: what it wrote is kept in --spool and handed over later, at the latest with the
next `magpie exec` that uses the same folder.

Exit codes: that of the command; 128 and the number of the signal that ended it; 124 when its time ran out; 126 or 127 when it could
not be started; 2 for a wrong command line.")]
pub(crate) struct ExecArgs {
    /// Name of the job: letters, digits, `-`, `_` and `.`
    #[arg(long, value_name = "NAME")]
    pub(crate) flow: String,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    /// What the job belongs to
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,
    /// Where it runs
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Host that it runs on, as it is to be shown (default: the name of this one)
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// When it is expected, as a cron expression: a run that does not come is told
    #[arg(long, value_name = "CRON")]
    pub(crate) schedule: Option<String>,
    /// Zone of --schedule (IANA name; default: that of the Magpie)
    #[arg(long, value_name = "ZONE", requires = "schedule")]
    pub(crate) timezone: Option<String>,
    /// How late it may come
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub(crate) grace: String,
    /// Attempts after a failed one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) retries: u32,
    /// Pause before the first retry; each further one is twice as long, up to 15 minutes
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    pub(crate) backoff: String,
    /// Longest time of an attempt; then its process group is killed
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<String>,
    /// Folder for what cannot be handed over at once (default: `magpie-exec` in the user's state folder)
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// Most bytes of one run that are kept there
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    pub(crate) spool_bytes: u64,
    /// Do not pass the output on
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}
