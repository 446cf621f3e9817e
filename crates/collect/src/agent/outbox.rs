//! What was counted and waits on disk to be sent.
//!
//! A sum cannot be cut anew as lines can: sent again, it must be of the same bytes. So a partial is on disk before anybody hears of
//! it, and from then on its lines are done with: their range counts as acknowledged, also for the next process. What is here is
//! sent as it is until a server has it. A file for each chunk, written beside its place and renamed into it: first bytes, CRC-32 of the rest
//! and length of the head (4 bytes each, little-endian), head in JSON, lines that could not be counted. The folder has a
//! bound; when it is full, nothing is counted any more, and what is read waits as ever.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use magpie_model::Timestamp;
use magpie_model::edge::EdgeEvent;
use magpie_model::origin::{Chunk, Cut, Origin};
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::status::Counts;

/// First bytes of a file; another version would have others.
const MAGIC: &[u8] = b"magpie-counted 1\n";

/// Partials on disk.
pub(super) struct Outbox {
    folder: PathBuf,
    limit: u64,
    /// Names of the sources, by their index.
    names: Vec<String>,
    counts: Arc<Counts>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Number, size and source of what waits; of a source that is not there now, it waits until it is back.
    waiting: BTreeMap<u64, (u64, Option<usize>)>,
    /// Number and size of what is under way.
    sent: BTreeMap<u64, u64>,
    next: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    source: String,
    host: String,
    file: String,
    generation: u64,
    modified: i64,
    offset: u64,
    end: u64,
    cuts: Vec<(usize, u64)>,
    events: Vec<EdgeEvent>,
}

impl Outbox {
    /// Opens the folder. The ranges of what is in there are noted in the ledger: they must not be read again.
    pub(super) fn open(folder: &Path, limit: u64, names: Vec<String>, counts: Arc<Counts>, ledger: &mut Ledger) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut state = State::default();
        for path in std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
            let Some(number) = number(&path) else { continue };
            state.next = state.next.max(number + 1);
            let bytes = std::fs::read(&path)?;
            let Some((head, _)) = unframe(&bytes) else {
                tracing::error!(file = %path.display(), "what was counted cannot be read and is not sent; it stays there");
                continue;
            };
            ledger.cover(&head.source, head.generation, &head.file, head.offset, head.end);
            let input = names.iter().position(|name| *name == head.source);
            state.waiting.insert(number, (bytes.len() as u64, input));
        }
        let outbox = Self { folder: folder.to_owned(), limit, names, counts, state: Mutex::new(state) };
        outbox.tell(&outbox.lock());
        Ok(outbox)
    }

    /// Makes a chunk durable; false if there is no room for it.
    pub(super) fn put(&self, chunk: &Chunk) -> io::Result<bool> {
        let bytes = frame(chunk, &self.names[chunk.origin.input]);
        let mut state = self.lock();
        if state.bytes() + bytes.len() as u64 > self.limit {
            return Ok(false);
        }
        let number = state.next;
        let (fresh, path) = (self.folder.join("new"), self.path(number));
        let mut file = File::create(&fresh)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
        File::open(&self.folder)?.sync_all()?;
        state.next += 1;
        state.waiting.insert(number, (bytes.len() as u64, Some(chunk.origin.input)));
        self.tell(&state);
        Ok(true)
    }

    /// Whether something waits to be sent.
    pub(super) fn has_waiting(&self) -> bool {
        self.lock().waiting.values().any(|(_, input)| input.is_some())
    }

    /// Takes the oldest of one source to be sent, up to about so many bytes. Each knows its number as an entry.
    pub(super) fn take(&self, most: usize) -> Vec<Chunk> {
        let mut state = self.lock();
        let (mut chunks, mut total) = (Vec::new(), 0);
        let Some(first) = state.waiting.values().find_map(|(_, input)| *input) else { return chunks };
        let numbers: Vec<u64> = state.waiting.iter().filter(|(_, (_, input))| *input == Some(first)).map(|(number, _)| *number).collect();
        for number in numbers {
            let Some((bytes, _)) = state.waiting.get(&number).copied() else { continue };
            if total > 0 && total + bytes > most as u64 {
                break;
            }
            total += bytes;
            state.waiting.remove(&number);
            match std::fs::read(self.path(number)).ok().as_deref().and_then(unframe) {
                Some((head, lines)) => {
                    state.sent.insert(number, bytes);
                    chunks.push(chunk_of(head, lines, first, number));
                }
                None => tracing::error!(file = %self.path(number).display(), "what was counted cannot be read any more"),
            }
        }
        chunks
    }

    /// A server has these, or will never take them.
    pub(super) fn done(&self, numbers: &[u64]) {
        let mut state = self.lock();
        for number in numbers {
            if state.sent.remove(number).is_some()
                && let Err(error) = std::fs::remove_file(self.path(*number))
            {
                // It is sent once more by the next process, and the server has it.
                tracing::warn!(file = %self.path(*number).display(), %error, "cannot be removed");
            }
        }
        self.tell(&state);
    }

    fn tell(&self, state: &State) {
        self.counts.counted_bytes.store(state.bytes(), Relaxed);
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:020}.counted"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn bytes(&self) -> u64 {
        self.waiting.values().map(|(bytes, _)| bytes).chain(self.sent.values()).sum()
    }
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(".counted")?.parse().ok()
}

fn frame(chunk: &Chunk, source: &str) -> Vec<u8> {
    let origin = &chunk.origin;
    let head = Head {
        source: source.to_owned(),
        host: origin.host.to_string(),
        file: origin.file.to_string(),
        generation: origin.generation,
        modified: origin.modified.0,
        offset: chunk.offset,
        end: chunk.end,
        cuts: chunk.cuts.iter().map(|cut| (cut.at, cut.dropped)).collect(),
        events: chunk.events.clone(),
    };
    // Texts and numbers can always be written.
    let head = serde_json::to_vec(&head).unwrap_or_default();
    let body = [&(head.len() as u32).to_le_bytes()[..], &head, &chunk.bytes].concat();
    [MAGIC, &crc32fast::hash(&body).to_le_bytes(), &body].concat()
}

fn unframe(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (checksum, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (length, rest) = body.split_first_chunk::<4>()?;
    let (head, lines) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((serde_json::from_slice(head).ok()?, lines))
}

fn chunk_of(head: Head, lines: &[u8], input: usize, number: u64) -> Chunk {
    let Head { host, file, generation, modified, offset, end, cuts, events, .. } = head;
    let origin = Origin::new(input, host.into(), file.into(), generation, Timestamp(modified));
    let cuts = cuts.into_iter().map(|(at, dropped)| Cut { at, dropped }).collect();
    Chunk { origin: Arc::new(origin), offset, bytes: lines.to_vec(), cuts, first_line: 0, end, events, entries: vec![number] }
}

#[cfg(test)]
mod tests {
    use magpie_model::agent_partial::ATTRIBUTE;
    use magpie_model::edge::EdgeRecord;
    use magpie_model::record::{Record, mark};

    use super::*;

    fn chunk(offset: u64, text: &str) -> Chunk {
        let attributes = vec![(ATTRIBUTE.to_owned(), text.to_owned())];
        let record = Record { marks: mark::FROM_AGENT, attributes, ..Record::default() };
        let events = vec![EdgeEvent { length: 10, records: vec![EdgeRecord { record, measures: Vec::new() }] }];
        let origin = Origin::new(1, "h".into(), "/a".into(), 7, Timestamp(5));
        let (bytes, cuts, entries) = (Vec::new(), Vec::new(), Vec::new());
        Chunk { origin: Arc::new(origin), offset, bytes, cuts, first_line: 0, end: offset + 10, events, entries }
    }

    fn open(folder: &Path, limit: u64, names: &[&str], ledger: &mut Ledger) -> Outbox {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Outbox::open(&folder.join("counted"), limit, names, Arc::default(), ledger).unwrap()
    }

    #[test]
    fn what_was_counted_is_sent_as_it_is_until_a_server_has_it_and_its_lines_are_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        let outbox = open(folder.path(), 1 << 20, &["x", "app"], &mut ledger);
        assert!(outbox.put(&chunk(0, "one")).unwrap() && outbox.put(&chunk(10, "two")).unwrap());
        let sent = outbox.take(1 << 20);
        assert_eq!((sent.len(), outbox.has_waiting()), (2, false));
        outbox.done(&sent[0].entries);
        drop(outbox);
        // Killed: of the next process it is the same, under another number of its source.
        let mut ledger = Ledger::open(folder.path()).unwrap();
        let outbox = open(folder.path(), 1 << 20, &["app"], &mut ledger);
        assert_eq!(ledger.positions("app")[0].offset, 20);
        assert!(ledger.holes("app").iter().all(|hole| (hole.from, hole.to) == (0, 10)), "the ledger has the first from elsewhere");
        let again = outbox.take(1 << 20);
        let told = |chunk: &Chunk| (chunk.offset, chunk.end, chunk.events.clone());
        assert_eq!(again.iter().map(told).collect::<Vec<_>>(), [told(&chunk(10, "two"))]);
        outbox.done(&again[0].entries);
        assert_eq!(std::fs::read_dir(folder.path().join("counted")).unwrap().count(), 0);
    }

    #[test]
    fn a_full_outbox_takes_nothing_and_a_damaged_file_stays_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path()).unwrap();
        // Numbers of another length make a file longer by a byte or two.
        let size = frame(&chunk(0, "one"), "app").len() as u64 + 4;
        let outbox = open(folder.path(), size * 2, &["x", "app"], &mut ledger);
        let taken: Vec<bool> = [0, 1, 2].iter().map(|at| outbox.put(&chunk(at * 10, "one")).unwrap()).collect();
        assert_eq!(taken, [true, true, false]);
        outbox.done(&outbox.take(1).remove(0).entries);
        assert!(outbox.put(&chunk(20, "one")).unwrap());
        let path = outbox.path(1);
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let mut ledger = Ledger::open(tempfile::tempdir().unwrap().path()).unwrap();
        let outbox = open(folder.path(), size * 2, &["x", "app"], &mut ledger);
        assert_eq!(outbox.take(1 << 20).iter().map(|chunk| chunk.offset).collect::<Vec<_>>(), [20]);
        assert!(path.exists());
    }
}
