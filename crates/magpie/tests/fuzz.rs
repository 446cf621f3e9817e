//! Every parser against mutated seeds, for a bounded time: what `fuzz/` does without end, in each run of the tests.
//!
//! The seeds are lines, configurations and files of ours in `fuzz/seeds/<target>/`. The mutations are the plain ones: bytes
//! changed, cut, doubled, moved, and pieces of other seeds put in. `MAGPIE_FUZZ_SECONDS` makes it run longer,
//! `MAGPIE_FUZZ_SEED` makes it run differently.

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "to libFuzzer it is a library")]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use targets::{TARGETS, Target};

/// Of a target, where nothing else is said.
const SECONDS: f64 = 1.5;
/// Longest input.
const LONGEST: usize = 4096;
/// What breaks parsers.
const PIECES: [&str; 22] = [
    "\n",
    "\r\n",
    "\"",
    "\\",
    "<",
    ">",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "%",
    ":",
    "=",
    "\t",
    "\0",
    "\u{feff}",
    "é",
    "9999999999999999999999",
    "-1",
    "\u{1F426}",
];

#[test]
fn no_parser_can_be_broken() {
    let seconds = number("MAGPIE_FUZZ_SECONDS").unwrap_or(SECONDS);
    let seed = number("MAGPIE_FUZZ_SEED").unwrap_or(1.0) as u64;
    // Two at a time: one slow target does not hold up the rest.
    std::thread::scope(|scope| {
        for half in TARGETS.chunks(TARGETS.len().div_ceil(2)) {
            scope.spawn(move || half.iter().for_each(|target| run(target, seed, Duration::from_secs_f64(seconds))));
        }
    });
}

fn number(name: &str) -> Option<f64> {
    std::env::var(name).ok()?.parse().ok()
}

fn run((name, target): &Target, seed: u64, length: Duration) {
    let seeds = seeds(name);
    let mut random = fastrand::Rng::with_seed(seed);
    let end = Instant::now() + length;
    let mut inputs = seeds.iter().cloned().map(Some).chain(std::iter::repeat(None));
    let mut tried = 0u64;
    while tried <= seeds.len() as u64 || Instant::now() < end {
        let input = inputs.next().flatten().unwrap_or_else(|| mutated(&seeds, &mut random));
        let began = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
            panic!("`{name}` broke on {}\n(put these bytes into fuzz/seeds/{name}/ when it is mended)", shown(&input));
        }
        assert!(began.elapsed() < Duration::from_secs(20), "`{name}` took {:?} for {}", began.elapsed(), shown(&input));
        tried += 1;
    }
    eprintln!("{name}: {tried} inputs");
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no seeds", folder.display());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn mutated(seeds: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = seeds[random.usize(..seeds.len())].clone();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(..=bytes.len());
        let end = (at + random.usize(0..24)).min(bytes.len());
        match random.u8(..7) {
            0 if at < bytes.len() => bytes[at] = random.u8(..),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
            3 => bytes.splice(at..end, PIECES[random.usize(..PIECES.len())].bytes()).for_each(drop),
            4 => {
                let other = &seeds[random.usize(..seeds.len())];
                let from = random.usize(..=other.len());
                let to = (from + random.usize(0..64)).min(other.len());
                bytes.splice(at..end, other[from..to].to_vec()).for_each(drop);
            }
            5 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

fn shown(input: &[u8]) -> String {
    format!("\"{}\" ({} bytes)", input.escape_ascii(), input.len())
}
