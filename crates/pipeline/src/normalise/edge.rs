//! Events that were normalised where they were written: out of an operator at the agent, and into an operator at the server.
//!
//! Both ends are here, so that what goes in at one comes out at the other: columns by name, numbers in decimal, the place of each
//! event. What only the server can say is said when it comes in: the id, which input and file it is, the scale of fields.

use magpie_model::agent_partial::AgentPartial;
use magpie_model::edge::{EdgeEvent, EdgeRecord, REST};
use magpie_model::field::{Decimal, MISSING};
use magpie_model::origin::Chunk;
use magpie_model::record::{Record, mark};
use magpie_model::{Column, Timestamp};

use super::counts::Counts;
use super::intake::Work;
use super::normaliser::{Normaliser, id_seed, record_id};
use super::plan::Plan;
use super::values::Reason;

/// Memory of dictionaries at which an operator that hands out words begins new ones.
const MOST_WORDS: usize = 1 << 20;

impl Normaliser {
    /// Makes events of a piece of work. What has none, as headers and blank lines, is a chunk without events; what is spans stays as
    /// it is, since their other halves are elsewhere. Together the chunks fill the range of the work.
    pub fn make_events(&mut self, work: Work, now: Timestamp) -> Vec<Chunk> {
        self.normalise(&work, now);
        let events = self.take_events(&work.chunk);
        let words: usize = Column::ALL.iter().map(|&column| self.dictionaries.of(column).memory()).sum();
        if words > MOST_WORDS {
            self.take_batch();
        }
        if !std::mem::take(&mut self.spans).is_empty() {
            return vec![work.chunk];
        }
        let chunk = work.chunk.without_content();
        let (offset, end) = (chunk.offset, chunk.end);
        let first = end - events.iter().map(|event| event.length).sum::<u64>();
        let skipped = Chunk { offset, end: first, ..chunk.clone() };
        let made = Chunk { offset: first, events, ..chunk };
        [skipped, made].into_iter().filter(|part| part.offset < part.end).collect()
    }

    /// Takes the records that were made of a chunk; those of one place are one event, which goes to the place of the next.
    fn take_events(&mut self, chunk: &Chunk) -> Vec<EdgeEvent> {
        let fields = self.fields();
        let mut events: Vec<(u64, EdgeEvent)> = Vec::new();
        for row in 0..self.records.len() {
            let mut record = self.records.get(row, &fields, &self.dictionaries);
            let values = std::mem::take(&mut record.fields);
            let measures = fields.iter().filter_map(|spec| {
                let value = Decimal { value: (*values.get(&spec.name)?).into(), scale: spec.scale };
                Some((spec.name.clone(), value.to_string()))
            });
            let offset = record.offset;
            let edge = EdgeRecord { measures: measures.collect(), record: without_place(record) };
            match events.last_mut() {
                Some((at, event)) if *at == offset => event.records.push(edge),
                _ => events.push((offset, EdgeEvent { length: 0, records: vec![edge] })),
            }
        }
        self.records.clear();
        self.lines.clear();
        let ends: Vec<u64> = events.iter().skip(1).map(|(at, _)| *at).chain([chunk.end]).collect();
        events.into_iter().zip(ends).map(|((at, event), end)| EdgeEvent { length: end - at, ..event }).collect()
    }

    /// Appends the records of events that an agent has made. Whether a time is possible is asked of this clock: hosts' differ.
    pub fn append_events(&mut self, chunk: &Chunk, now: Timestamp) {
        let origin = &chunk.origin;
        let seed = id_seed(self.plan(), origin);
        let input = self.plan().config.sources.get(origin.input).map_or_else(String::new, |source| source.name.clone());
        let fields = self.fields();
        let mut offset = chunk.offset;
        for event in &chunk.events {
            self.count(event, chunk, offset);
            for (sub, edge) in event.records.iter().enumerate() {
                let mut record = edge.record.clone();
                record.id = record_id(seed, offset, sub as u64);
                record.offset = offset;
                record.marks &= !mark::BAD_TIME;
                if record.marks & mark::NO_TIME == 0 && Plan::is_bad_time(record.time, now) {
                    record.marks |= mark::BAD_TIME;
                }
                record.set(Column::Input, &input);
                record.set(Column::File, &origin.file);
                for (name, number) in &edge.measures {
                    let value = fields.iter().find(|spec| spec.name == *name).map(|spec| spec.parse(number).unwrap_or(MISSING));
                    match value {
                        Some(value) => _ = record.fields.insert(name.clone(), value),
                        // The server has no such field: it keeps it as what else a line said.
                        None => record.attributes.push((name.clone(), number.clone())),
                    }
                }
                self.records.push(&record, &fields, &mut self.dictionaries);
            }
            offset += event.length;
        }
    }

    fn count(&mut self, event: &EdgeEvent, chunk: &Chunk, offset: u64) {
        let Some(EdgeRecord { record, .. }) = event.records.first() else { return };
        let counts = self.counts_of(chunk.origin.input);
        if event.is_partial() {
            return event.records.iter().for_each(|edge| count_partial(&edge.record, counts));
        }
        counts.cut += u64::from(record.marks & mark::CUT != 0);
        if event.is_unparsed() {
            let why = record.text(Column::ParseError).unwrap_or_default();
            return counts.add_unparsed(&chunk.origin, offset, reason(why), record.message.as_bytes());
        }
        counts.parsed += 1;
    }
}

/// Counts the lines that a partial stands for. A sample beside it is one of them.
fn count_partial(record: &Record, counts: &mut Counts) {
    if record.marks & mark::FROM_AGENT != 0
        && let Some(partial) = AgentPartial::of(record)
    {
        counts.add_counted(partial.records, record.text(Column::ParseError).map(reason));
    }
}

/// A record without what the server says of it.
fn without_place(mut record: Record) -> Record {
    (record.id, record.offset) = (0, 0);
    record.columns.remove(&Column::Input);
    record.columns.remove(&Column::File);
    record
}

/// The reason that an agent tells, as one of those that are counted.
fn reason(told: &str) -> Reason {
    const REST_OF_EVENT: Reason = Reason(REST);
    const OTHER: Reason = Reason("not understood by its agent");
    let known = Reason::ALL.into_iter().chain([REST_OF_EVENT]).find(|reason| reason.0 == told);
    known.unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use magpie_model::config::{Config, Parse, Source};
    use magpie_model::origin::Origin;

    use super::super::intake::Intake;
    use super::super::plan::Keep;
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-28T10:20:00Z").unwrap()
    }

    /// What an agent sends of a file that begins at offset 100.
    fn made(parse: Parse, text: &str) -> Vec<Chunk> {
        let sources = vec![Source { name: "s".to_owned(), parse, ..Source::default() }];
        let plan = Plan::compile(&Config { sources, ..Config::default() }).unwrap();
        let origin = Origin::new(0, "web-1".into(), "a.log".into(), 1, now());
        let (bytes, end) = (text.as_bytes().to_vec(), 100 + text.len() as u64);
        let (cuts, events, entries) = (Vec::new(), Vec::new(), Vec::new());
        let chunk = Chunk { origin: Arc::new(origin), offset: 100, bytes, cuts, first_line: 0, end, events, entries };
        let (mut intake, mut normaliser) = (Intake::new(Arc::clone(&plan)), Normaliser::new(plan, Keep::Everything));
        let works = [intake.take(chunk), intake.flush_all()].concat();
        works.into_iter().flat_map(|work| normaliser.make_events(work, now())).collect()
    }

    /// Ranges of chunks, and lengths of their events.
    fn places(chunks: &[Chunk]) -> Vec<(u64, u64, Vec<u64>)> {
        chunks.iter().map(|chunk| (chunk.offset, chunk.end, chunk.events.iter().map(|event| event.length).collect())).collect()
    }

    #[test]
    fn events_fill_the_range_of_their_lines() {
        for (text, expected) in [
            // The header is no event; blank lines go to the event before them.
            ("time,service\n2026-11-28T10:00:00Z,/a\n\n\n2026-11-28T10:00:01Z,/b\n", vec![(100, 113, vec![]), (113, 163, vec![26, 24])]),
            ("\n\n", vec![(100, 102, vec![])]),
        ] {
            assert_eq!(places(&made(Parse::Csv { delimiter: ',', columns: Vec::new() }, text)), expected, "{text:?}");
        }
    }

    #[test]
    fn spans_stay_lines() {
        let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","kind":2,"startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#;
        let chunks = made(Parse::named("otlp"), &format!("{span}\n"));
        assert_eq!((chunks.len(), chunks[0].bytes.len(), chunks[0].events.len()), (1, span.len() + 1, 0));
    }

    fn only(server: &mut Normaliser) -> Record {
        let batch = server.take_batch();
        assert_eq!(batch.records.len(), 1);
        batch.records.get(0, &batch.fields, &batch.dictionaries)
    }

    #[test]
    fn the_clock_of_the_server_says_which_times_are_impossible() {
        let plan = Plan::compile(&Config { sources: vec![Source::default()], ..Config::default() }).unwrap();
        let mut server = Normaliser::new(plan, Keep::Everything);
        // An hour ahead of the agent's clock, then of the server's.
        let chunk = made(Parse::named("json"), "{\"time\":\"2026-11-28T11:20:00Z\",\"elapsed_ms\":1.5}\n").remove(0);
        for (clock, marks) in [(now().plus(magpie_model::time::HOUR), 0), (now(), mark::BAD_TIME)] {
            server.append_events(&chunk, clock);
            assert_eq!(only(&mut server).marks, marks);
        }
    }

    #[test]
    fn a_field_that_the_server_does_not_have_is_an_attribute() {
        let mut chunk = made(Parse::named("json"), "{\"time\":\"2026-11-28T10:00:00Z\",\"elapsed_ms\":1.5}\n").remove(0);
        chunk.events[0].records[0].measures.push(("depth".to_owned(), "7".to_owned()));
        let plan = Plan::compile(&Config { sources: vec![Source::default()], ..Config::default() }).unwrap();
        let mut server = Normaliser::new(plan, Keep::Everything);
        server.append_events(&chunk, now());
        let record = only(&mut server);
        assert_eq!((record.fields["elapsed_ms"], record.fields.contains_key("depth")), (1_500_000, false));
        assert!(record.attributes.contains(&("depth".to_owned(), "7".to_owned())), "{:?}", record.attributes);
    }
}
