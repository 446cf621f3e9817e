//! `magpie parse`: what each event of a file becomes, in the order of its lines.
//!
//! Lines take the way of every other input - intake, normaliser, pairing of spans - with everything kept, one event
//! after the other, so that a parser can be tried on a file of any size and on a pipe that is still being written. One
//! thread reads, this one prints; when nothing comes for a moment, the event whose end was not certain is printed too.

mod formats;
mod places;

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use magpie_collect::{Buffers, FileSummary, ReadOnce};
use magpie_model::config::Config;
use magpie_model::origin::{Chunk, Origin};
use magpie_model::record::mark;
use magpie_model::{Column, Record, Timestamp};
use magpie_pipeline::normalise::counts::Counts;
use magpie_pipeline::normalise::intake::{Intake, Work};
use magpie_pipeline::normalise::normaliser::Normaliser;
use magpie_pipeline::normalise::plan::{Keep, Plan};
use magpie_pipeline::normalise::spans::{Ceilings, Pairer};
use serde_json::Value;

use super::event::EventForm;
use super::output::Output;
use crate::cli::ParseArgs;
use crate::engine::inputs::{self, Inputs};
use crate::error::{Error, Result};
use crate::report::numbers;
use crate::stderr;
use places::{SpanPlaces, lines_of};

/// Silence after which an event counts as whole.
const QUIET: Duration = Duration::from_millis(200);
/// Chunks read ahead.
const AHEAD: usize = 2;

/// Exits with 1 when a file could not be read to its end.
pub(super) fn run(args: &ParseArgs) -> Result<ExitCode> {
    if args.formats {
        return formats::list(args.json);
    }
    let (config, inputs) = inputs::resolve(&args.files, &args.read)?;
    let plan = Plan::compile(&config).map_err(|problems| Error::config(&config.path, problems))?;
    let (stop, buffers) = (Arc::new(AtomicBool::new(false)), Buffers::default());
    let (send, receive) = sync_channel(AHEAD);
    let mut session = Session::new(args, &config, &plan, buffers.clone())?;
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| read(&inputs, &stop, &buffers, send));
        let outcome = session.run(receive);
        stop.store(true, Ordering::Relaxed);
        outcome
    });
    session.finish(outcome)
}

/// What the reading thread hands over.
enum Piece {
    /// The next lines of a file.
    Chunk(Chunk),
    /// A file has ended: its source, and what came of it.
    End(usize, FileSummary),
}

fn read(inputs: &Inputs, stop: &Arc<AtomicBool>, buffers: &Buffers, send: SyncSender<Piece>) {
    for file in &inputs.files {
        let options = ReadOnce {
            input: file.input,
            host: Arc::clone(&file.host),
            max_line: file.max_line,
            count_lines: true,
            prompt: file.size.is_none(),
            stop: Arc::clone(stop),
            buffers: buffers.clone(),
            ..ReadOnce::default()
        };
        let summary = magpie_collect::read_file(&file.path, &options, &mut |chunk| match send.send(Piece::Chunk(chunk)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        });
        // Whoever printed has seen enough.
        if stop.load(Ordering::Relaxed) || send.send(Piece::End(file.input, summary)).is_err() {
            return;
        }
    }
}

/// Printing, from the first line to the last.
struct Session<'a> {
    args: &'a ParseArgs,
    config: &'a Config,
    intake: Intake,
    normaliser: Normaliser,
    pairer: Pairer,
    places: SpanPlaces,
    calls: Vec<Record>,
    buffers: Buffers,
    out: Output,
    form: EventForm,
    printed: u64,
    /// The file that is being read.
    origin: Option<Arc<Origin>>,
    /// What was counted of its source before it.
    before: Counts,
    /// What is told of each file at the end.
    told: Vec<String>,
    unreadable: bool,
}

impl<'a> Session<'a> {
    fn new(args: &'a ParseArgs, config: &'a Config, plan: &Arc<Plan>, buffers: Buffers) -> Result<Self> {
        let out = Output::open(None)?;
        Ok(Self {
            args,
            config,
            intake: Intake::new(Arc::clone(plan)),
            normaliser: Normaliser::new(Arc::clone(plan), Keep::Everything),
            pairer: Pairer::new(config.span_wait, Ceilings::default()),
            places: SpanPlaces::default(),
            calls: Vec::new(),
            buffers,
            form: EventForm::of_stdout(out.color, out.width),
            out,
            printed: 0,
            origin: None,
            before: Counts::default(),
            told: Vec::new(),
            unreadable: false,
        })
    }

    /// Prints until the input or the limit ends.
    fn run(&mut self, receive: Receiver<Piece>) -> Result<ControlFlow<()>> {
        loop {
            let next = match receive.try_recv() {
                Err(TryRecvError::Empty) => {
                    self.out.flush()?;
                    receive.recv_timeout(QUIET)
                }
                other => other.map_err(|_| RecvTimeoutError::Disconnected),
            };
            let flow = match next {
                Ok(Piece::Chunk(chunk)) => self.chunk(chunk)?,
                Ok(Piece::End(input, summary)) => self.end(input, summary)?,
                Err(RecvTimeoutError::Timeout) => self.quiet()?,
                Err(RecvTimeoutError::Disconnected) => {
                    self.pairer.finish(&mut self.calls);
                    return self.print_calls();
                }
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
    }

    fn chunk(&mut self, chunk: Chunk) -> Result<ControlFlow<()>> {
        if self.origin.is_none() {
            self.before = self.normaliser.counts.get(chunk.origin.input).cloned().unwrap_or_default();
            self.origin = Some(Arc::clone(&chunk.origin));
        }
        let works = self.intake.take(chunk);
        self.works(works)
    }

    /// Nothing came for a moment: what waits for more is whole.
    fn quiet(&mut self) -> Result<ControlFlow<()>> {
        let works = self.intake.flush_all();
        if self.works(works)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.pairer.expire(now(), &mut self.calls);
        self.print_calls()
    }

    fn end(&mut self, input: usize, summary: FileSummary) -> Result<ControlFlow<()>> {
        let works = self.intake.flush_all();
        let flow = self.works(works)?;
        let origin = self.origin.take();
        let counts = self.normaliser.counts.get(input).cloned().unwrap_or_default();
        let counts = since(&counts, &self.before);
        let is_own = self.config.sources.get(input).is_some_and(|source| source.parse.is_own());
        let format = origin.as_deref().and_then(|origin| self.intake.format(origin));
        let format = format.map(|bound| (bound.format.clone(), if is_own { counts.share_read() } else { bound.confidence }));
        self.told.push(told(&summary, format.as_ref(), &counts));
        if let Some(error) = summary.error {
            self.unreadable = true;
            self.out.flush()?;
            stderr::tell(format_args!("warning: {}", Error::from(error).chain()));
        }
        if let Some(origin) = origin {
            self.intake.forget(&origin);
        }
        Ok(flow)
    }

    fn works(&mut self, works: Vec<Work>) -> Result<ControlFlow<()>> {
        for work in works {
            // A request of spans is worked off by itself, so that each span's line is known.
            let flow = if work.format.format.ends_with("otlp") && !work.format.format.contains('+') {
                let format = &work.format;
                lines_of(&work.chunk).into_iter().try_fold(ControlFlow::Continue(()), |flow, chunk| match flow {
                    ControlFlow::Break(()) => Ok(flow),
                    ControlFlow::Continue(()) => self.work(&Work { chunk, format: Arc::clone(format) }),
                })?
            } else {
                self.work(&work)?
            };
            self.buffers.give_back(work.chunk.bytes);
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn work(&mut self, work: &Work) -> Result<ControlFlow<()>> {
        let now = now();
        self.normaliser.normalise(work, now);
        let lines = std::mem::take(&mut self.normaliser.lines);
        let spans = std::mem::take(&mut self.normaliser.spans);
        // Fresh dictionaries each time: no value folds into `(other)` because of those in other chunks.
        let batch = self.normaliser.take_batch();
        for row in 0..batch.records.len() {
            let record = batch.records.get(row, &batch.fields, &batch.dictionaries);
            if self.print(&record, lines.get(row).copied())?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        for span in spans {
            self.places.note(span.key, work.chunk.first_line);
            self.pairer.offer(span, now, &mut self.calls);
        }
        self.print_calls()
    }

    fn print_calls(&mut self) -> Result<ControlFlow<()>> {
        for call in std::mem::take(&mut self.calls) {
            let line = self.places.line_of(&call);
            if self.print(&call, line)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn print(&mut self, record: &Record, line: Option<u64>) -> Result<ControlFlow<()>> {
        if self.args.unparsed && record.text(Column::ParseError).is_none() {
            return Ok(ControlFlow::Continue(()));
        }
        if self.args.limit.is_some_and(|limit| self.printed >= limit) {
            return Ok(ControlFlow::Break(()));
        }
        let event = json(record, line, self.config);
        if self.args.json {
            serde_json::to_writer(&mut self.out, &event).map_err(std::io::Error::from)?;
            self.out.write_all(b"\n")?;
        } else {
            self.form.write(&event, &mut self.out)?;
        }
        self.printed += 1;
        let is_last = self.args.limit.is_some_and(|limit| self.printed >= limit);
        Ok(if is_last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn finish(mut self, outcome: Result<ControlFlow<()>>) -> Result<ExitCode> {
        let flow = outcome?;
        self.out.flush()?;
        if !self.args.json {
            self.told.iter().for_each(stderr::tell);
            if flow.is_break() {
                stderr::tell(format_args!("stopped after {}", numbers::counted(self.printed, "event")));
            }
        }
        Ok(ExitCode::from(u8::from(self.unreadable)))
    }
}

fn now() -> Timestamp {
    i64::try_from(jiff::Timestamp::now().as_nanosecond()).map_or(Timestamp::MAX, Timestamp)
}

/// The record as JSON with its line. A time that the event does not have itself is left out: it would be that of reading.
fn json(record: &Record, line: Option<u64>, config: &Config) -> Value {
    let mut event = record.to_json(&config.fields);
    if let Value::Object(members) = &mut event {
        if record.marks & mark::NO_TIME != 0 {
            members.remove("time");
        }
        if let Some(line) = line {
            members.insert("line".into(), line.into());
        }
    }
    event
}

/// What was counted since.
fn since(now: &Counts, before: &Counts) -> Counts {
    let mut since = now.clone();
    since.parsed -= before.parsed.min(now.parsed);
    since.unparsed -= before.unparsed.min(now.unparsed);
    since.skipped -= before.skipped.min(now.skipped);
    since.cut -= before.cut.min(now.cut);
    since.lossy -= before.lossy.min(now.lossy);
    for (reason, count) in &mut since.reasons {
        *count -= before.reasons.get(reason).copied().unwrap_or(0).min(*count);
    }
    since.reasons.retain(|_, count| *count > 0);
    since
}

/// `access.log: combined (98 %), 1,204 parsed, 3 unparsed (does not match the format: 3)`.
fn told(summary: &FileSummary, format: Option<&(String, f64)>, counts: &Counts) -> String {
    let name = crate::report::text::plain(&summary.path.display().to_string());
    let Some((format, confidence)) = format else { return format!("{name}: empty") };
    let mut words = vec![format!("{format} ({})", numbers::share(*confidence)), format!("{} parsed", numbers::count(counts.parsed))];
    let reasons: Vec<String> = counts.reasons.iter().map(|(reason, count)| format!("{}: {}", reason.0, numbers::count(*count))).collect();
    words.push(match reasons.is_empty() {
        true => format!("{} unparsed", numbers::count(counts.unparsed)),
        false => format!("{} unparsed ({})", numbers::count(counts.unparsed), reasons.join(", ")),
    });
    for (count, what) in [(counts.skipped, "headers or comments skipped"), (counts.cut, "cut"), (counts.lossy, "not UTF-8")] {
        if count > 0 {
            words.push(format!("{} {what}", numbers::count(count)));
        }
    }
    format!("{name}: {}", words.join(", ")).replace('\u{202f}', " ")
}

#[cfg(test)]
mod tests {
    use magpie_pipeline::normalise::values::Reason;

    use super::*;

    #[test]
    fn a_file_is_told_in_one_line() {
        let summary = FileSummary { path: "a.log".into(), bytes: 9, cut_lines: 0, error: None };
        let whole = Counts { parsed: 1_204, ..Counts::default() };
        let mut broken = Counts { parsed: 2, unparsed: 3, cut: 1, lossy: 2, skipped: 1, ..Counts::default() };
        broken.reasons.insert(Reason::NO_MATCH, 3);
        for (counts, expected) in [
            (&whole, "a.log: combined (98 %), 1,204 parsed, 0 unparsed"),
            (
                &broken,
                "a.log: combined (98 %), 2 parsed, 3 unparsed (does not match the format: 3), 1 headers or comments skipped, 1 cut, 2 not UTF-8",
            ),
        ] {
            assert_eq!(told(&summary, Some(&("combined".to_owned(), 0.98)), counts), expected);
        }
        assert_eq!(told(&summary, None, &whole), "a.log: empty");
    }

    #[test]
    fn a_second_file_of_a_source_is_counted_from_where_the_first_ended() {
        let mut before = Counts { parsed: 5, unparsed: 2, ..Counts::default() };
        before.reasons.insert(Reason::NO_MATCH, 2);
        let mut now = Counts { parsed: 9, unparsed: 3, ..Counts::default() };
        now.reasons.extend([(Reason::NO_MATCH, 2), (Reason::BAD_TIME, 1)]);
        let since = since(&now, &before);
        assert_eq!((since.parsed, since.unparsed, since.reasons.into_iter().collect::<Vec<_>>()), (4, 1, vec![(Reason::BAD_TIME, 1)]));
    }
}
