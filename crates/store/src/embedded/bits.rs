//! Integers as Parquet packs them: the hybrid of runs and packed bits, and deltas of blocks.
//!
//! Forms are those of the specification (<https://parquet.apache.org/docs/file-format/data-pages/encodings/>): RLE and
//! bit-packing hybrid for levels and codes, `DELTA_BINARY_PACKED` for numbers and lengths.

use arrow_buffer::NullBuffer;

/// Equal codes that follow each other from which a run of them takes less room than packed bits.
const LEAST_RUN: usize = 16;
/// Numbers in a block of deltas, and in each of its four parts, which have widths of their own.
const BLOCK: usize = 128;
const PART: usize = BLOCK / 4;

/// The definition levels of a page: 1 where there is a value.
pub(super) fn levels(page: &mut Vec<u8>, rows: usize, valid: Option<&NullBuffer>) {
    let Some(valid) = valid.filter(|valid| (1..rows).contains(&valid.null_count())) else {
        let level = u8::from(valid.is_none_or(|valid| valid.null_count() == 0));
        varint(page, (rows as u64) << 1);
        page.push(level);
        return;
    };
    // Arrow's bits of validity are packed just as levels of one bit are.
    let bits = valid.inner().sliced();
    varint(page, (rows.div_ceil(8) as u64) << 1 | 1);
    page.extend_from_slice(&bits.as_slice()[..rows.div_ceil(8)]);
}

/// Codes as runs of equal ones and, between them, groups of eight packed ones.
pub(super) fn hybrid(page: &mut Vec<u8>, codes: &[u32], width: u32) {
    let mut packed = 0;
    let mut at = 0;
    while at < codes.len() {
        let run = codes[at..].iter().take_while(|&&code| code == codes[at]).count();
        if run < LEAST_RUN && at + run < codes.len() {
            // A run may only begin where a group of eight ends.
            at += 8;
            continue;
        }
        groups_of_eight(page, &codes[packed..at], width);
        self::run(page, run, codes[at], width);
        at += run;
        packed = at;
    }
    groups_of_eight(page, &codes[packed.min(codes.len())..], width);
}

/// So many equal codes.
pub(super) fn run(page: &mut Vec<u8>, length: usize, code: u32, width: u32) {
    varint(page, (length as u64) << 1);
    page.extend_from_slice(&code.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Packed codes, the last group of eight filled up with zeros.
fn groups_of_eight(page: &mut Vec<u8>, codes: &[u32], width: u32) {
    if codes.is_empty() {
        return;
    }
    let groups = codes.len().div_ceil(8);
    varint(page, (groups as u64) << 1 | 1);
    pack(page, codes, groups * 8, |code| code.into(), width);
}

/// Numbers as their distances from each other, packed as narrowly as each part of a block allows.
pub(super) fn deltas(page: &mut Vec<u8>, numbers: &[i64]) {
    varint(page, BLOCK as u64);
    varint(page, (BLOCK / PART) as u64);
    varint(page, numbers.len() as u64);
    varint(page, zigzag(numbers.first().copied().unwrap_or(0)));
    let mut block = Vec::with_capacity(BLOCK);
    for pairs in numbers.get(1..).unwrap_or_default().chunks(BLOCK).zip(numbers.chunks(BLOCK)) {
        block.clear();
        block.extend(pairs.0.iter().zip(pairs.1).map(|(number, before)| number.wrapping_sub(*before)));
        let least = block.iter().copied().min().unwrap_or(0);
        varint(page, zigzag(least));
        let above = |delta: i64| delta.wrapping_sub(least) as u64;
        let widths: [u32; BLOCK / PART] = std::array::from_fn(|part| {
            let part = block.iter().skip(part * PART).take(PART);
            u64::BITS - part.fold(0, |bits, &delta| bits | above(delta)).leading_zeros()
        });
        page.extend(widths.map(|width| width as u8));
        for (part, width) in block.chunks(PART).zip(widths) {
            // Of a part with any number in it all places are written.
            pack(page, part, PART, above, width);
        }
    }
}

/// Numbers packed bit by bit, the last ones filled up with zeros to so many places, which are whole groups of eight.
fn pack<T: Copy>(page: &mut Vec<u8>, numbers: &[T], places: usize, bits_of: impl Fn(T) -> u64, width: u32) {
    let (start, bytes) = (page.len(), width as usize);
    // A group is written with more than its own bytes, over which the next one is written.
    page.resize(start + places / 8 * bytes + size_of::<u128>(), 0);
    let mut at = start;
    for group in numbers.chunks(8) {
        match width {
            0..=8 => {
                let bits = group.iter().rev().fold(0u64, |bits, &number| bits << width | bits_of(number));
                page[at..at + 8].copy_from_slice(&bits.to_le_bytes());
            }
            9..=16 => {
                let bits = group.iter().rev().fold(0u128, |bits, &number| bits << width | u128::from(bits_of(number)));
                page[at..at + 16].copy_from_slice(&bits.to_le_bytes());
            }
            _ => {
                let (mut bits, mut filled, mut to) = (0u128, 0, at);
                for &number in group {
                    bits |= u128::from(bits_of(number)) << filled;
                    filled += width;
                    if filled >= u64::BITS {
                        page[to..to + 8].copy_from_slice(&(bits as u64).to_le_bytes());
                        bits >>= u64::BITS;
                        filled -= u64::BITS;
                        to += 8;
                    }
                }
                page[to..to + 8].copy_from_slice(&(bits as u64).to_le_bytes());
            }
        }
        at += bytes;
    }
    page.truncate(start + places / 8 * bytes);
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn varint(page: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        page.push(value as u8 | 0x80);
        value >>= 7;
    }
    page.push(value as u8);
}
