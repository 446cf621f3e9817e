//! `magpie exec`: runs a command and tells a Magpie of it: that it began, what it writes, how it ended.
//!
//! The command comes first. It is started whether or not a Magpie answers, its output is passed on at once, and its exit code is
//! ours. What there is to tell goes through a bounded file (`spool`), which a task of its own empties (`feed`) and which outlives us
//! when nobody answers.

mod child;
mod feed;
mod lines;
mod spool;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use magpie_api::{JobAttempt, JobBegin, JobSchedule, JobStream};
use magpie_model::Timestamp;
use magpie_model::run::{JobId, Status};
use magpie_model::time::{MILLISECOND, MINUTE, parse_duration};

use self::child::{End, Ended, Signals};
use self::feed::Feed;
use self::spool::Spool;
use super::client::{Server, block_on};
use crate::cli::ExecArgs;
use crate::error::{Error, Result};
use crate::serve::now;
use crate::stderr;

/// Longest pause between two attempts, in ns.
const LONGEST_PAUSE: i64 = 15 * MINUTE;
/// Time without any progress after which handing over ends, once the command has ended.
const PATIENCE: Duration = Duration::from_secs(10);
/// Such times in all, however slowly it goes on.
const PATIENCES: u32 = 12;

/// Runs the command, and gives its exit code.
pub(super) fn run(args: &ExecArgs) -> Result<ExitCode> {
    let plan = Plan::read(args)?;
    let code = block_on(tokio::task::LocalSet::new().run_until(watched(args, &plan)))?;
    Ok(ExitCode::from(code))
}

/// What of the command line must be understood before anything runs.
struct Plan {
    backoff: i64,
    timeout: Option<Duration>,
    begin: JobBegin,
}

impl Plan {
    fn read(args: &ExecArgs) -> Result<Self> {
        let duration = |name: &str, text: &str| {
            let wrong = || Error::Usage(format!("--{name} `{text}` is not a duration such as 30s, 5m or 1h"));
            parse_duration(text).filter(|&nanos| nanos > 0).ok_or_else(wrong)
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if args.flow.is_empty() || args.flow.len() > 100 || !args.flow.chars().all(is_name) {
            return Err(Error::Usage(format!("--flow `{}` is no name; use letters, digits, `-`, `_` and `.`", args.flow)));
        }
        let timeout = args.timeout.as_deref().map(|text| duration("timeout", text)).transpose()?;
        let grace = duration("grace", &args.grace)?;
        let schedule = args.schedule.as_ref().map(|cron| JobSchedule {
            cron: cron.clone(),
            timezone: args.timezone.clone(),
            grace_ms: Some((grace / MILLISECOND).unsigned_abs()),
        });
        if let Some(cron) = &args.schedule {
            magpie_flows::schedule::Cron::parse(cron).map_err(|error| Error::Usage(format!("--schedule `{cron}`: {error}")))?;
        }
        if let Some(zone) = args.timezone.as_ref().filter(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
            return Err(Error::Usage(format!("--timezone `{zone}` is no time zone; write an IANA name such as Europe/Berlin")));
        }
        let started = now();
        let begin = JobBegin {
            flow: args.flow.clone(),
            job_id: Some(JobId::new(started, fastrand::u128(..))),
            command: args.command.clone(),
            host: args.host.clone().unwrap_or_else(magpie_collect::host_name),
            application: args.application.clone().unwrap_or_default(),
            region: args.region.clone().unwrap_or_default(),
            labels: Default::default(),
            schedule,
            started,
            max_attempts: args.retries.saturating_add(1),
            timeout_ms: timeout.map(|nanos| (nanos / MILLISECOND).unsigned_abs()),
        };
        let timeout = timeout.map(|nanos| Duration::from_nanos(nanos.unsigned_abs()));
        Ok(Self { backoff: duration("backoff", &args.backoff)?, timeout, begin })
    }

    /// The pause after so many failed attempts, in ns.
    fn pause(&self, failed: u32) -> i64 {
        let doubled = 1i64.checked_shl(failed.saturating_sub(1).min(40)).unwrap_or(i64::MAX);
        self.backoff.saturating_mul(doubled).min(LONGEST_PAUSE)
    }
}

/// Attempts until one succeeds, none is left, or somebody ends it; gives the exit code.
async fn watched(args: &ExecArgs, plan: &Plan) -> Result<u8> {
    let folder = args.spool.clone().unwrap_or_else(state_folder);
    let job_id = plan.begin.job_id.unwrap_or_else(|| JobId::new(now(), 0));
    let spool = Spool::open(&folder, job_id, args.spool_bytes);
    let feed = Arc::new(Feed::new(spool, job_id, Server::reach(&args.reach)?));
    feed.begin(&plan.begin);
    let sending = tokio::task::spawn_local(feed::send(Arc::clone(&feed)));
    let leftovers = tokio::task::spawn_local(feed::send_leftovers(folder, Server::reach(&args.reach)?));
    let mut signals = Signals::new()?;
    let mut attempt = 1;
    let code = loop {
        let started = now();
        feed.attempt(&JobAttempt {
            attempt,
            status: Status::Running,
            started,
            ended: None,
            code: None,
            signal: None,
            detail: None,
            next_try: None,
        });
        let ended = child::run(&args.command, plan.timeout, args.quiet, &feed, &mut signals).await;
        let is_over = ended.status() == Status::Succeeded || ended.status() == Status::Cancelled || attempt > args.retries;
        let pause = plan.pause(attempt);
        feed.attempt(&told(attempt, started, &ended, (!is_over).then(|| ended.at.plus(pause))));
        if is_over {
            break ended.code();
        }
        feed.say(&format!("attempt {attempt} failed; the next one begins in {} s", pause / 1_000_000_000));
        tokio::select! {
            () = tokio::time::sleep(Duration::from_nanos(pause.unsigned_abs())) => {}
            signal = signals.next() => {
                let cancelled = Ended { end: End::Cancelled(signal), at: now() };
                feed.attempt(&told(attempt, started, &cancelled, None));
                break cancelled.code();
            }
        }
        attempt += 1;
    };
    feed.finish();
    handed_over(&feed, sending).await;
    let _ = tokio::time::timeout(PATIENCE, leftovers).await;
    feed.tell_what_is_left();
    Ok(code)
}

/// Waits for what a run has written to be handed over. Its end is the last of it: one that is given up too early looks like a job that
/// still runs.
async fn handed_over(feed: &Feed, mut sending: tokio::task::JoinHandle<()>) {
    for _ in 0..PATIENCES {
        let before = feed.handed();
        if tokio::time::timeout(PATIENCE, &mut sending).await.is_ok() || feed.handed() == before {
            return;
        }
    }
}

fn told(attempt: u32, started: Timestamp, ended: &Ended, next_try: Option<Timestamp>) -> JobAttempt {
    let (code, signal) = match ended.end {
        End::Exited(code) => (Some(code), None),
        End::Signalled(signal) => (None, Some(signal)),
        End::TimedOut | End::Cancelled(_) | End::NotStarted(..) => (None, None),
    };
    JobAttempt { attempt, status: ended.status(), started, ended: Some(ended.at), code, signal, detail: ended.detail(), next_try }
}

/// Where a user's programs keep what they need to go on.
fn state_folder() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = of("XDG_STATE_HOME").or_else(|| of("HOME").map(|home| home.join(".local/state")));
    state.unwrap_or_else(std::env::temp_dir).join("magpie-exec")
}

/// What the wrapper itself has to say, to the user too.
fn warn(text: &str) {
    stderr::tell(format_args!("magpie exec: {text}"));
}

/// The name of a stream in what is told.
const ITSELF: JobStream = JobStream::Magpie;
