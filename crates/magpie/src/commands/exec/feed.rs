//! What is told of a run, and the task that hands it over.
//!
//! Everything goes through the spool, in order; the task takes from its front, and tries again while nobody answers. A refusal is
//! final: what was refused is left out, and said once. The oldest lines that wait make room for new ones;
//! they are counted, and told as lost.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Method;
use magpie_api::{JobAttempt, JobBegin, JobLine, JobLines, JobStream};
use magpie_model::run::{JobId, Status};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::spool::{Entry, Spool};
use super::{ITSELF, warn};
use crate::commands::client::{Query, Server};
use crate::error::{Error, Result};
use crate::serve::now;

/// Lines of an entry.
const MOST_LINES: usize = 200;
/// Bytes of the lines of an entry, about.
const MOST_BYTES: usize = 256 << 10;
/// Time for which lines are gathered.
const GATHER: Duration = Duration::from_millis(250);
/// Time between two signs of life; also how soon it is heard that the run was cancelled.
const ALIVE: Duration = Duration::from_secs(5);
/// Time that an answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// Longest pause before a server that did not answer is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What is told of one run.
pub(super) struct Feed {
    job_id: JobId,
    server: Server,
    state: Mutex<State>,
    /// There is something to do for the task.
    woken: Notify,
    cancelled: Notify,
}

struct State {
    spool: Spool,
    /// Lines that are gathered for the next entry.
    open: Vec<JobLine>,
    bytes: usize,
    /// Lines of the run before those.
    first: u64,
    /// Lines lost before those.
    lost: u64,
    /// Lines lost since the beginning.
    lost_total: u64,
    /// Entries handed over.
    handed: u64,
    /// Whether the last thing that was told was answered.
    answered: bool,
    /// How the present attempt was told to stand.
    standing: Option<JobAttempt>,
    finished: bool,
    /// Why the server refused something, the first time.
    refused: Option<String>,
}

impl Feed {
    pub(super) fn new(spool: Spool, job_id: JobId, server: Server) -> Self {
        let state = State {
            spool,
            open: Vec::new(),
            bytes: 0,
            first: 0,
            lost: 0,
            lost_total: 0,
            handed: 0,
            answered: false,
            standing: None,
            finished: false,
            refused: None,
        };
        Self { job_id, server, state: Mutex::new(state), woken: Notify::new(), cancelled: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run begins.
    pub(super) fn begin(&self, begin: &JobBegin) {
        self.lock().spool.push(&mut Entry::Begin(begin.clone()));
        self.woken.notify_one();
    }

    /// An attempt begins or has ended.
    pub(super) fn attempt(&self, attempt: &JobAttempt) {
        let mut state = self.lock();
        state.close();
        state.standing = Some(attempt.clone());
        state.spool.push(&mut Entry::Attempt(attempt.clone()));
        drop(state);
        self.woken.notify_one();
    }

    /// The command wrote a line.
    pub(super) fn line(&self, stream: JobStream, text: String) {
        let mut state = self.lock();
        state.bytes += text.len();
        state.open.push(JobLine { time: now(), severity: None, stream, text });
        if state.open.len() >= MOST_LINES || state.bytes >= MOST_BYTES {
            state.close();
            drop(state);
            self.woken.notify_one();
        }
    }

    /// We say something ourselves.
    pub(super) fn say(&self, text: &str) {
        warn(text);
        self.line(ITSELF, text.to_owned());
    }

    /// Nothing more comes.
    pub(super) fn finish(&self) {
        let mut state = self.lock();
        state.close();
        state.finished = true;
        drop(state);
        self.woken.notify_one();
    }

    /// Waits until somebody cancels the run where it is watched.
    pub(super) async fn cancelled(&self) {
        self.cancelled.notified().await;
    }

    /// Entries handed over so far.
    pub(super) fn handed(&self) -> u64 {
        self.lock().handed
    }

    /// Says what could not be handed over.
    pub(super) fn tell_what_is_left(&self) {
        let state = self.lock();
        if let Some(refused) = &state.refused {
            warn(&format!("the Magpie refused something of this run: {refused}"));
        }
        let lost = state.lost_total + state.spool.lost();
        if lost > 0 {
            warn(&format!("{lost} lines were lost: there was no room to keep them"));
        }
        let why = if state.answered { "the Magpie was too slow" } else { "the Magpie does not answer" };
        match state.spool.path() {
            _ if state.spool.is_empty() => state.spool.remove(),
            Some(path) => {
                warn(&format!("{why}: what it was not told is kept in `{}` and handed over with the next `magpie exec`", path.display()))
            }
            None => warn(&format!("{why}: what it was not told is lost")),
        }
    }

    /// Tells the front of the spool; `true` when there may be more.
    async fn tell_next(&self) -> Result<bool> {
        let next = {
            let mut state = self.lock();
            state.close();
            state.spool.next()
        };
        let Some((entry, after)) = next else { return Ok(false) };
        let answer = tell(&self.server, self.job_id, &entry).await;
        let mut state = self.lock();
        state.answered = matches!(&answer, Ok(_) | Err(Error::Refused(_)));
        match answer {
            Ok(run) => {
                if run["status"] == Status::Cancelled.name()
                    && !matches!(&entry, Entry::Attempt(attempt) if attempt.status != Status::Running)
                {
                    self.cancelled.notify_one();
                }
            }
            Err(Error::Refused(refusal)) if is_final(refusal.status) => {
                // The first one says why: a run whose beginning was refused is unknown from then on.
                state.refused.get_or_insert_with(|| refusal.to_string());
            }
            Err(error) => return Err(error),
        }
        state.spool.told(after);
        state.handed += 1;
        Ok(true)
    }

    /// Tells that the attempt still runs.
    async fn tell_alive(&self) -> Result<()> {
        let standing = self.lock().standing.clone().filter(|attempt| attempt.status == Status::Running);
        let Some(attempt) = standing else { return Ok(()) };
        let run = tell(&self.server, self.job_id, &Entry::Attempt(attempt)).await?;
        if run["status"] == Status::Cancelled.name() {
            self.cancelled.notify_one();
        }
        Ok(())
    }
}

impl State {
    /// Makes an entry of the gathered lines.
    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut self.open);
        let number = lines.len() as u64;
        let attempt = self.standing.as_ref().map_or(1, |attempt| attempt.attempt);
        let mut entry = Entry::Lines(JobLines { attempt, first: self.first, lines, lost: self.lost });
        self.first += number;
        self.bytes = 0;
        if self.spool.push(&mut entry) {
            self.lost = 0;
        } else {
            let Entry::Lines(JobLines { lost, .. }) = entry else { return };
            self.lost = lost + number;
            self.lost_total += number;
        }
    }
}

/// Whether asking again would be of no use.
fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && ![408, 429].contains(&status) || status == 501
}

async fn tell(server: &Server, job_id: JobId, entry: &Entry) -> Result<Value> {
    let (path, body) = match entry {
        Entry::Begin(begin) => ("/api/v1/runs/jobs".to_owned(), serde_json::to_value(begin)),
        Entry::Lines(lines) => (format!("/api/v1/runs/jobs/{job_id}/lines"), serde_json::to_value(lines)),
        Entry::Attempt(attempt) => (format!("/api/v1/runs/jobs/{job_id}/attempts"), serde_json::to_value(attempt)),
    };
    let body = body.map_err(Error::failed("write what is to be told"))?;
    let query = Query::default();
    match timeout(ANSWER, server.ask(Method::POST, &path, &query, Some(&body))).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::Failed { doing: "hear an answer in time".to_owned(), source: "it took too long".into() }),
    }
}

/// Hands over until all is told after the end, pausing longer and longer while nobody answers.
pub(super) async fn send(feed: Arc<Feed>) {
    let (mut pause, mut alive) = (GATHER, Instant::now());
    loop {
        let told = feed.tell_next().await;
        // Also between lines: only the answer to this says whether the run was cancelled.
        if told.is_ok() && alive.elapsed() >= ALIVE && feed.tell_alive().await.is_ok() {
            alive = Instant::now();
        }
        match told {
            Ok(true) => pause = GATHER,
            Ok(false) if feed.lock().finished => return,
            Ok(false) => {
                let _ = timeout(GATHER, feed.woken.notified()).await;
            }
            Err(_) => {
                // Once the command has ended there is no time for long pauses.
                let pause_now = if feed.lock().finished { GATHER } else { pause };
                pause = (pause * 2).min(LONGEST_PAUSE);
                tokio::select! {
                    () = tokio::time::sleep(pause_now) => {}
                    () = finished(&feed) => {}
                }
                if feed.lock().finished && pause > LONGEST_PAUSE / 2 {
                    return;
                }
            }
        }
    }
}

/// Waits for the end of the command, unless that has come.
async fn finished(feed: &Feed) {
    if feed.lock().finished {
        std::future::pending::<()>().await;
    }
    while !feed.lock().finished {
        feed.woken.notified().await;
    }
}

/// Hands over what earlier runs left behind; what cannot be handed over now stays for the next time.
pub(super) async fn send_leftovers(folder: PathBuf, server: Server) {
    for path in Spool::files(&folder) {
        let Ok(Some(mut spool)) = Spool::take_over(&path) else { continue };
        let named = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let Some(job_id) = named else { continue };
        while let Some((entry, after)) = spool.next() {
            match tell(&server, job_id, &entry).await {
                Ok(_) => spool.told(after),
                Err(Error::Refused(refusal)) if is_final(refusal.status) => spool.told(after),
                Err(_) => return,
            }
        }
        spool.remove();
    }
}
