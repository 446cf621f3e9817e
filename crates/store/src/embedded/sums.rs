//! Files that are summed as they are written, and checked as they are read.
//!
//! The manifest has one checksum of a whole file, which only `magpie doctor` can afford to compare. So that a flipped bit is
//! noticed when somebody reads the page it is in, a file's own metadata also has a checksum of every 16 KiB before that
//! metadata, and a read compares those it touches; the metadata's checksum is in the manifest and compared when the file is opened. (Parquet has a place for a checksum in each page, which the Parquet
//! crate compares but does not write.) Files of before have none and are read as they are.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use serde::{Deserialize, Serialize};

use super::disk::{Disk, DiskFile, ReadAt};
use crate::telemetry::{Metadata, SegmentFile};
use crate::{Error, Result};

/// Bytes that share a checksum: a page or two.
const BLOCK: usize = 16 << 10;
/// Bytes that are written at once: the Parquet crate's 8 KiB cost the file system twice the time.
const WRITTEN_AT_ONCE: usize = 256 << 10;

/// Checksums of a file's beginning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct BlockSums {
    /// Bytes of a block.
    block: usize,
    /// Bytes that are covered; the last block may be shorter.
    bytes: u64,
    /// CRC-32 of each block.
    sums: Vec<u32>,
}

/// A file being written that counts and sums what goes through.
pub(super) struct SummedFile {
    file: BufWriter<Box<dyn DiskFile>>,
    path: PathBuf,
    bytes: u64,
    sum: crc32fast::Hasher,
    blocks: Vec<u32>,
    /// Of the block that is not full yet.
    block: crc32fast::Hasher,
    /// Where the metadata begin, and their sum so far.
    metadata: Option<(u64, crc32fast::Hasher)>,
    /// Why the last write failed: what writes through this may tell it as a text only.
    failure: Option<io::Error>,
}

impl SummedFile {
    /// Creates a file.
    pub(super) fn create(disk: &dyn Disk, path: &Path) -> Result<Self> {
        let file = BufWriter::with_capacity(WRITTEN_AT_ONCE, disk.create(path).map_err(Error::io("create", path))?);
        let (sum, block) = (crc32fast::Hasher::new(), crc32fast::Hasher::new());
        Ok(Self { file, path: path.to_owned(), bytes: 0, sum, blocks: Vec::new(), block, metadata: None, failure: None })
    }

    /// The checksums of what was written so far. What follows are the metadata.
    pub(super) fn block_sums(&mut self) -> BlockSums {
        self.metadata = Some((self.bytes, crc32fast::Hasher::new()));
        let mut sums = self.blocks.clone();
        if self.in_block() > 0 {
            sums.push(self.block.clone().finalize());
        }
        BlockSums { block: BLOCK, bytes: self.bytes, sums }
    }

    /// Makes the content durable; gives what the manifest says of the file.
    pub(super) fn finish(mut self, name: String) -> Result<SegmentFile> {
        self.file.flush().and_then(|()| self.file.get_mut().sync()).map_err(Error::io("sync", &self.path))?;
        let metadata = self.metadata.map(|(from, sum)| Metadata { from, checksum: sum.finalize() });
        Ok(SegmentFile { name, bytes: self.bytes, checksum: self.sum.finalize(), metadata })
    }

    /// Why the last write failed, if one did.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Notes why it failed, if it did.
    fn remember<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            self.failure = Some(error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error));
        })
    }

    fn in_block(&self) -> usize {
        (self.bytes % BLOCK as u64) as usize
    }

    fn sum(&mut self, mut bytes: &[u8]) {
        self.sum.update(bytes);
        if let Some((_, sum)) = &mut self.metadata {
            sum.update(bytes);
        }
        while !bytes.is_empty() {
            let (head, rest) = bytes.split_at(bytes.len().min(BLOCK - self.in_block()));
            self.block.update(head);
            self.bytes += head.len() as u64;
            if self.in_block() == 0 {
                self.blocks.push(std::mem::take(&mut self.block).finalize());
            }
            bytes = rest;
        }
    }
}

impl Write for SummedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        let written = self.remember(written)?;
        self.sum(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.file.flush();
        self.remember(flushed)
    }
}

/// A file as the Parquet reader wants it.
#[derive(Clone)]
pub(super) struct Chunks {
    file: Arc<dyn ReadAt>,
    sums: Option<Arc<BlockSums>>,
}

impl Chunks {
    /// Opens a file whose metadata are what the manifest says; what is before them is read as it is.
    pub(super) fn open(disk: &dyn Disk, path: &Path, metadata: Option<Metadata>) -> Result<Self> {
        let file = Self { file: disk.open(path).map_err(Error::io("open", path))?, sums: None };
        if let Some(Metadata { from, checksum }) = metadata {
            let length = file.len().checked_sub(from).ok_or_else(|| Error::damaged(path, "its end is missing"))?;
            let found = file.read_at(from, length as usize).map_err(Error::io("read the metadata of", path))?;
            if crc32fast::hash(&found) != checksum {
                return Err(Error::damaged(path, "its metadata do not fit their checksum: run `magpie doctor`"));
            }
        }
        Ok(file)
    }

    /// The same, compared with checksums from now on. Some that cannot be right are refused.
    pub(super) fn checked(self, sums: Option<BlockSums>, path: &Path) -> Result<Self> {
        let fits = |sums: &BlockSums| {
            sums.block > 0 && sums.bytes <= self.file.length() && sums.bytes.div_ceil(sums.block as u64) == sums.sums.len() as u64
        };
        if !sums.as_ref().is_none_or(fits) {
            return Err(Error::damaged(path, "its checksums do not fit it"));
        }
        Ok(Self { sums: sums.map(Arc::new), ..self })
    }

    /// Exactly these bytes.
    pub(super) fn read_at(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let Some(sums) = self.sums.as_deref().filter(|sums| length > 0 && offset < sums.bytes) else {
            return self.file.read_at(offset, length);
        };
        let block = sums.block as u64;
        let first = offset / block;
        let start = first * block;
        let end = offset + length as u64;
        // What is not covered is read along as it is.
        let covered = end.next_multiple_of(block).min(sums.bytes);
        let bytes = self.file.read_at(start, (covered.max(end) - start) as usize)?;
        let compared = bytes[..(covered - start) as usize].chunks(sums.block).zip(&sums.sums[first as usize..]);
        for (at, (found, expected)) in compared.enumerate() {
            if crc32fast::hash(found) != *expected {
                let place = start + at as u64 * block;
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("the {} bytes from {place} on do not fit their checksum: run `magpie doctor`", found.len()),
                ));
            }
        }
        let from = (offset - start) as usize;
        Ok(bytes.slice(from..from + length))
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.file.length()
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<ReadFrom>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::with_capacity(BLOCK, ReadFrom { file: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.read_at(start, length)?)
    }
}

/// Reads a file from some offset on.
pub(super) struct ReadFrom {
    file: Chunks,
    at: u64,
}

impl Read for ReadFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.file.len().saturating_sub(self.at);
        // Up to the end of a block, so that no block is read twice.
        let to_border = BLOCK - (self.at % BLOCK as u64) as usize;
        let length = (buffer.len().min(to_border) as u64).min(left) as usize;
        buffer[..length].copy_from_slice(&self.file.read_at(self.at, length)?);
        self.at += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::super::disk::RealDisk;
    use super::*;

    fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf, BlockSums) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut file = SummedFile::create(&RealDisk, &path).unwrap();
        bytes.chunks(1_000).for_each(|piece| file.write_all(piece).unwrap());
        let sums = file.block_sums();
        file.write_all(b"the metadata").unwrap();
        let file = file.finish("f".into()).unwrap();
        assert_eq!(file.checksum, crc32fast::hash(&[bytes, b"the metadata"].concat()));
        assert_eq!(file.metadata, Some(Metadata { from: bytes.len() as u64, checksum: crc32fast::hash(b"the metadata") }));
        (dir, path, sums)
    }

    fn open(path: &Path, sums: &BlockSums) -> Chunks {
        Chunks::open(&RealDisk, path, None).unwrap().checked(Some(sums.clone()), path).unwrap()
    }

    #[test]
    fn every_part_reads_as_it_was_written() {
        let bytes: Vec<u8> = (0..3 * BLOCK + 100).map(|n| (n * 7 % 251) as u8).collect();
        let (_dir, path, sums) = written(&bytes);
        let whole = [&bytes[..], b"the metadata"].concat();
        let file = open(&path, &sums);
        for (offset, length) in [(0, 1), (5, 2 * BLOCK), (BLOCK, BLOCK), (3 * BLOCK + 90, 22), (bytes.len(), 12), (0, whole.len()), (7, 0)]
        {
            assert_eq!(file.read_at(offset as u64, length).unwrap(), whole[offset..offset + length]);
        }
        let mut read = Vec::new();
        file.get_read(10).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, whole[10..]);
    }

    #[test]
    fn a_flipped_bit_is_told_by_who_reads_there_and_by_nobody_else() {
        let bytes = vec![7u8; 2 * BLOCK + 10];
        let (_dir, path, sums) = written(&bytes);
        for flipped in [0, BLOCK - 1, BLOCK, 2 * BLOCK + 9] {
            let mut damaged = std::fs::read(&path).unwrap();
            damaged[flipped] ^= 4;
            let other = path.with_extension("damaged");
            std::fs::write(&other, damaged).unwrap();
            let file = open(&other, &sums);
            for block in 0..3 {
                let read = file.read_at((block * BLOCK) as u64, 5);
                assert_eq!(read.is_err(), flipped / BLOCK == block, "bit {flipped}, block {block}: {read:?}");
            }
        }
    }

    #[test]
    fn a_flipped_bit_in_the_metadata_is_told_when_the_file_is_opened() {
        let (_dir, path, _) = written(&[7u8; 100]);
        let told = Metadata { from: 100, checksum: crc32fast::hash(b"the metadata") };
        assert!(Chunks::open(&RealDisk, &path, Some(told)).is_ok());
        for (flipped, is_metadata) in [(99, false), (100, true), (111, true)] {
            let mut damaged = std::fs::read(&path).unwrap();
            damaged[flipped] ^= 1;
            let other = path.with_extension("damaged");
            std::fs::write(&other, damaged).unwrap();
            assert_eq!(Chunks::open(&RealDisk, &other, Some(told)).is_err(), is_metadata, "byte {flipped}");
        }
        assert!(Chunks::open(&RealDisk, &path, Some(Metadata { from: 113, ..told })).is_err());
    }

    #[test]
    fn checksums_that_cannot_be_right_are_refused() {
        let (_dir, path, sums) = written(&[1; 100]);
        for wrong in [
            BlockSums { block: 0, ..sums.clone() },
            BlockSums { bytes: 1_000, ..sums.clone() },
            BlockSums { sums: Vec::new(), ..sums.clone() },
        ] {
            assert!(Chunks::open(&RealDisk, &path, None).unwrap().checked(Some(wrong), &path).is_err());
        }
    }
}
