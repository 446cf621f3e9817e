//! Opens what a file holds: decompressed, without byte order mark, in UTF-8 or in whatever bytes it has.
//!
//! Compression is told by the first bytes, not by the name, since rotated files have all kinds of names. Offsets count
//! what comes out here; so only plain UTF-8 files can be entered in the middle, and all others are skipped through.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;
use crate::utf16::{Order, Utf16Reader};

/// Bytes that [`peek`] returns at most.
pub const PEEK: usize = 64 << 10;

/// Bytes that tell compression and encoding.
const MARK: usize = 4;

/// How the bytes on disk are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not at all.
    Plain,
    /// gzip, of one or several members.
    Gzip,
    /// Zstandard, of one or several frames.
    Zstd,
}

/// How the (unpacked) bytes stand for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// UTF-8 or any other in which `\n` is one byte; so many bytes of byte order mark come first.
    Bytes {
        mark: usize,
    },
    Utf16(Order),
}

/// An opened file or stream.
pub(crate) struct Content {
    /// Gives the text.
    pub(crate) reader: Box<dyn Read + Send>,
    /// Whether offsets are offsets on disk, so that it can be entered anywhere.
    pub(crate) seekable: bool,
    /// Whether it is compressed.
    pub(crate) packed: bool,
    /// Offset of the first byte that `reader` gives: behind the byte order mark of a text in UTF-8.
    pub(crate) start: u64,
    /// Bytes taken from disk so far.
    pub(crate) taken: Arc<AtomicU64>,
}

impl Content {
    /// From the start of a regular file. Moves the file's cursor.
    pub(crate) fn of_file(file: &Arc<File>) -> io::Result<Self> {
        let mut mark = [0; MARK];
        let length = file.read_at(&mut mark, 0)?;
        let (packing, encoding) = (packing(&mark[..length]), encoding(&mark[..length]));
        let taken = Arc::new(AtomicU64::new(0));
        let mut raw = Arc::clone(file);
        raw.rewind()?;
        if let (Packing::Plain, Encoding::Bytes { mark }) = (packing, encoding) {
            raw.seek(SeekFrom::Start(mark as u64))?;
            let reader = Box::new(Counted { inner: raw, taken: Arc::clone(&taken) });
            return Ok(Self { reader, seekable: true, packed: false, start: mark as u64, taken });
        }
        Self::unpack(Counted { inner: raw, taken: Arc::clone(&taken) }, packing, taken)
    }

    /// From a stream that can only be read forward.
    pub(crate) fn of_stream(stream: impl Read + Send + 'static) -> io::Result<Self> {
        let taken = Arc::new(AtomicU64::new(0));
        let mut raw = Counted { inner: stream, taken: Arc::clone(&taken) };
        let (mark, failed) = read_up_to(&mut raw, MARK);
        failed.map_or(Ok(()), Err)?;
        let packing = packing(&mark);
        Self::unpack(Cursor::new(mark).chain(raw), packing, taken)
    }

    fn unpack(raw: impl Read + Send + 'static, packing: Packing, taken: Arc<AtomicU64>) -> io::Result<Self> {
        let mut unpacked: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(raw),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(PEEK, raw))),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(raw)?),
        };
        let (mut mark, failed) = read_up_to(&mut unpacked, MARK);
        if let Some(error) = failed
            && mark.is_empty()
        {
            return Err(error);
        }
        let (reader, start): (Box<dyn Read + Send>, u64) = match encoding(&mark) {
            Encoding::Bytes { mark: length } => {
                mark.drain(..length);
                (Box::new(Cursor::new(mark).chain(unpacked)), length as u64)
            }
            Encoding::Utf16(order) => {
                mark.drain(..2);
                (Box::new(Utf16Reader::new(Cursor::new(mark).chain(unpacked), order)), 0)
            }
        };
        Ok(Self { reader, seekable: false, packed: packing != Packing::Plain, start, taken })
    }

    /// Goes to `offset`: by seeking in `file`, where that can be, else by reading up to it. Fails with `UnexpectedEof` if
    /// there is less.
    pub(crate) fn enter(&mut self, file: &Arc<File>, offset: u64) -> io::Result<()> {
        if self.seekable {
            Arc::clone(file).seek(SeekFrom::Start(offset.max(self.start)))?;
            return Ok(());
        }
        let wanted = offset.saturating_sub(self.start);
        let skipped = io::copy(&mut (&mut self.reader).take(wanted), &mut io::sink())?;
        if skipped < wanted { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// The first bytes (up to 64 KiB, decompressed, without byte order mark) of a file, for detecting its format. Of
/// compressed data that ends too early, what there is. Standard input cannot be peeked at: its first chunk serves.
pub fn peek(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    let file = open(path)?;
    let mut content = Content::of_file(&file).map_err(failed)?;
    let (bytes, error) = read_up_to(&mut content.reader, PEEK);
    match error {
        Some(source) if bytes.is_empty() => Err(failed(source)),
        _ => Ok(bytes),
    }
}

/// Opens a regular file. Never waits: what turns out to be a FIFO or a device is refused.
pub(crate) fn open(path: &Path) -> Result<Arc<File>, Error> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file: File =
        rustix::fs::open(path, flags, Mode::empty()).map_err(|error| Error::Open { path: path.to_owned(), source: error.into() })?.into();
    let metadata = file.metadata().map_err(|source| Error::Open { path: path.to_owned(), source })?;
    match special(&metadata) {
        Some(what) => Err(Error::NotAFile { path: path.to_owned(), what }),
        None => Ok(Arc::new(file)),
    }
}

/// What a path leads to that is no regular file.
pub(crate) fn special(metadata: &std::fs::Metadata) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some("a folder"),
        () if kind.is_fifo() => Some("a FIFO"),
        () if kind.is_socket() => Some("a socket"),
        () => Some("a device"),
    }
}

/// Reads until there are `count` bytes, the end, or an error.
pub(crate) fn read_up_to(reader: &mut impl Read, count: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut bytes = Vec::new();
    let outcome = reader.take(count as u64).read_to_end(&mut bytes);
    (bytes, outcome.err())
}

/// Whether a file is compressed, by its first bytes. Does not move its cursor.
pub(crate) fn is_packed(file: &File) -> bool {
    let mut mark = [0; MARK];
    file.read_at(&mut mark, 0).is_ok_and(|length| packing(&mark[..length]) != Packing::Plain)
}

/// Whether these first bytes are too few to tell what follows.
pub(crate) fn is_undecided(first: &[u8]) -> bool {
    const MARKS: [&[u8]; 5] = [&[0x1F, 0x8B, 0x08], &[0x28, 0xB5, 0x2F, 0xFD], &[0xFF, 0xFE], &[0xFE, 0xFF], &[0xEF, 0xBB, 0xBF]];
    MARKS.iter().any(|mark| first.len() < mark.len() && mark.starts_with(first))
}

/// Magic numbers of RFC 1952 (deflate is the only method) and RFC 8878.
fn packing(first: &[u8]) -> Packing {
    match first {
        [0x1F, 0x8B, 0x08, ..] => Packing::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Packing::Zstd,
        _ => Packing::Plain,
    }
}

fn encoding(first: &[u8]) -> Encoding {
    match first {
        [0xFF, 0xFE, ..] => Encoding::Utf16(Order::Little),
        [0xFE, 0xFF, ..] => Encoding::Utf16(Order::Big),
        [0xEF, 0xBB, 0xBF, ..] => Encoding::Bytes { mark: 3 },
        _ => Encoding::Bytes { mark: 0 },
    }
}

/// Counts what passes.
struct Counted<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
