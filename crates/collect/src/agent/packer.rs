//! Takes what was read out of the inbox and makes requests of it, at the pace that the ceilings allow.
//!
//! One thread: it chooses the lane, gathers chunks for a moment, has them normalised where a source says so, encodes and compresses them, and passes the request on to the
//! sender, which has one in hand and one waiting. While the ceiling on bytes or processor time is used up, nothing is
//! taken: the inbox fills and reading stops, so the ceiling on processor time holds for reading, too.

use std::io::Write;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use magpie_model::config::agent::{AgentLimits, Compression};
use magpie_model::origin::Chunk;
use tokio::sync::mpsc::Sender;

use super::counter;
use super::edge::Edge;
use super::inbox::{Inbox, Waiting};
use super::otlp::{Content, Labels};
use super::outbox::Outbox;
use super::positions::{Gaps, Lost, Positions};
use super::share::{Ceiling, Turns, request_size};
use super::status::Counts;
use crate::Lane;

/// How long a request waits for more lines.
const GATHER: Duration = Duration::from_millis(150);
/// How long is slept at most without a look at what is new.
const LOOK: Duration = Duration::from_millis(250);

/// A request on its way.
pub(super) struct Request {
    /// What is in it; kept so that it can be cut smaller.
    pub(super) chunks: Vec<Chunk>,
    /// Lost ranges that are told by it.
    pub(super) gaps: Vec<Lost>,
    /// Encoded and compressed.
    pub(super) body: Bytes,
    /// Records in it.
    pub(super) records: u64,
}

/// Makes bodies of requests.
pub(super) struct Encoder {
    pub(super) agent: String,
    pub(super) labels: Arc<Vec<Labels>>,
    compression: Compression,
    zstd: Option<zstd::bulk::Compressor<'static>>,
    plain: Vec<u8>,
}

impl Encoder {
    pub(super) fn new(agent: String, labels: Arc<Vec<Labels>>, compression: Compression) -> std::io::Result<Self> {
        let zstd = match compression {
            Compression::Zstd(level) => Some(zstd::bulk::Compressor::new(level)?),
            Compression::Gzip(_) | Compression::None => None,
        };
        Ok(Self { agent, labels, compression, zstd, plain: Vec::new() })
    }

    /// A request of these chunks and gaps.
    pub(super) fn request(&mut self, chunks: Vec<Chunk>, gaps: Vec<Lost>) -> std::io::Result<Request> {
        self.plain.clear();
        let content = Content { agent: &self.agent, labels: &self.labels, chunks: &chunks, gaps: &gaps };
        let records = content.encode(&mut self.plain);
        let body = match (&mut self.zstd, self.compression) {
            (Some(zstd), _) => zstd.compress(&self.plain)?,
            (None, Compression::Gzip(level)) => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
                gzip.write_all(&self.plain)?;
                gzip.finish()?
            }
            (None, _) => self.plain.clone(),
        };
        Ok(Request { chunks, gaps, body: body.into(), records })
    }
}

/// The thread's own.
pub(super) struct Packer {
    pub(super) inbox: Arc<Inbox>,
    pub(super) edge: Arc<Mutex<Edge>>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) encoder: Encoder,
    pub(super) limits: AgentLimits,
    pub(super) counts: Arc<Counts>,
    pub(super) gaps: Arc<Gaps>,
    pub(super) positions: Arc<Positions>,
    pub(super) requests: Sender<Request>,
}

/// The ceilings, and what was measured for them.
pub(super) struct Pace {
    bytes: Option<Ceiling>,
    cpu: Option<Ceiling>,
    spent: Duration,
    /// How much smaller lines became; not at all until it was measured.
    ratio: f64,
}

impl Pace {
    pub(super) fn new(limits: &AgentLimits, now: Instant) -> Self {
        Self {
            bytes: limits.rate.map(|rate| Ceiling::new(rate as f64, now)),
            cpu: limits.cpu.map(|share| Ceiling::new(share, now)),
            spent: processor_time(),
            ratio: 1.0,
        }
    }

    /// How long nothing may be done, when so many bytes were sent in vain since the last time.
    pub(super) fn wait(&mut self, resent: u64) -> Duration {
        let now = Instant::now();
        if let Some(bytes) = &mut self.bytes {
            bytes.spend(resent as f64, now);
        }
        if let Some(cpu) = &mut self.cpu {
            let spent = processor_time();
            cpu.spend(spent.saturating_sub(self.spent).as_secs_f64(), now);
            self.spent = spent;
        }
        [&mut self.bytes, &mut self.cpu].into_iter().flatten().map(|ceiling| ceiling.wait(now)).max().unwrap_or_default()
    }

    fn sent(&mut self, request: &Request) {
        let wire = request.body.len();
        if let Some(bytes) = &mut self.bytes {
            bytes.spend(wire as f64, Instant::now());
        }
        let lines: u64 = request.chunks.iter().map(|chunk| chunk.end - chunk.offset).sum();
        if lines > 4 << 10 {
            self.ratio = self.ratio * 0.8 + lines as f64 / wire.max(1) as f64 * 0.2;
        }
    }
}

impl Packer {
    /// Works until the inbox is closed and empty, or nobody takes requests.
    pub(super) fn run(mut self) {
        let (mut pace, mut turns) = (Pace::new(&self.limits, Instant::now()), Turns::default());
        loop {
            let wait = pace.wait(self.counts.in_vain.swap(0, Relaxed));
            self.counts.throttled.store(!wait.is_zero(), Relaxed);
            if !wait.is_zero() {
                if self.requests.is_closed() {
                    return;
                }
                std::thread::sleep(wait.min(LOOK));
                continue;
            }
            let has_counted = self.outbox.has_waiting();
            let mut waiting = self.inbox.wait(if has_counted { Duration::ZERO } else { LOOK });
            waiting.backlog |= has_counted && !waiting.closed;
            let gaps = self.gaps.take();
            let lane = turns.next(waiting.fresh, waiting.backlog);
            let counted = if lane == Some(Lane::Backlog) && !waiting.closed { self.outbox.take(self.limits.batch) } else { Vec::new() };
            // A request of its own, so that a server which cannot use what was counted refuses nothing else.
            if !counted.is_empty() && !self.send(counted, Vec::new(), lane, waiting, &mut pace, &mut turns) {
                return;
            }
            let chunks = lane.map(|lane| self.gather(lane, request_size(self.limits.batch, self.limits.rate, pace.ratio)));
            let is_over = waiting.closed && lane.is_none();
            let chunks = {
                let mut edge = counter::lock(&self.edge);
                let mut ready = edge.take(chunks.unwrap_or_default(), Instant::now());
                ready.extend(edge.flush(is_over, Instant::now(), &|_| true));
                ready
            };
            if chunks.is_empty() && gaps.is_empty() {
                if is_over {
                    return;
                }
                continue;
            }
            if !self.send(chunks, gaps, lane, waiting, &mut pace, &mut turns) {
                return;
            }
        }
    }

    /// Hands a request over, and waits for that as long as it takes; false if nobody takes any more.
    fn send(
        &mut self,
        chunks: Vec<Chunk>,
        gaps: Vec<Lost>,
        lane: Option<Lane>,
        waiting: Waiting,
        pace: &mut Pace,
        turns: &mut Turns,
    ) -> bool {
        let request = match self.encoder.request(chunks, gaps) {
            Ok(request) => request,
            Err(error) => {
                // Only for want of memory. What was not sent is read again by the next process.
                tracing::error!(%error, "a request could not be made");
                return false;
            }
        };
        pace.sent(&request);
        if let Some(lane) = lane {
            let other_waits = if lane == Lane::Fresh { waiting.backlog } else { waiting.fresh };
            turns.sent(lane, request.body.len() as f64, other_waits);
        }
        while !self.positions.meet(&request.chunks) && !self.requests.is_closed() {
            std::thread::sleep(LOOK);
        }
        self.requests.blocking_send(request).is_ok()
    }

    /// Chunks of a lane until there are enough, or none came for a moment. A lane of old lines is not waited for.
    fn gather(&self, lane: Lane, size: usize) -> Vec<Chunk> {
        let deadline = Instant::now() + if lane == Lane::Fresh { GATHER } else { Duration::ZERO };
        let (mut chunks, mut bytes) = (Vec::new(), 0);
        while bytes < size {
            let Some(chunk) = self.inbox.take(lane, deadline.saturating_duration_since(Instant::now())) else { break };
            bytes += chunk.bytes.len().max(1);
            chunks.push(chunk);
        }
        chunks
    }
}

/// Processor time of the whole process, in steps of the system's clock (10 ms); none where `/proc` does not tell it.
fn processor_time() -> Duration {
    let ticks = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        // The name of the program stands in brackets and may hold anything; user and system time are 11 and 12 fields behind it.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
        Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
    });
    Duration::from_secs_f64(ticks.unwrap_or(0) as f64 / rustix::param::clock_ticks_per_second().max(1) as f64)
}
