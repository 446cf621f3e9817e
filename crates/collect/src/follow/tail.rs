//! The bytes just before a position: how a reader notices that the file under it was truncated and written again.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::cutter::Piece;

/// Bytes before a position that are remembered.
pub(super) const TAIL: usize = 64;

/// The last bytes handed out, as they stand in the file just before the position.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail(pub(super) Vec<u8>);

impl Tail {
    /// The bytes before `offset`.
    pub(super) fn of(file: &File, offset: u64) -> io::Result<Self> {
        let length = offset.min(TAIL as u64);
        let mut tail = vec![0; length as usize];
        file.read_exact_at(&mut tail, offset - length)?;
        Ok(Self(tail))
    }

    /// Whether the bytes before `offset` are still those that were handed out; yes, if none are known.
    pub(super) fn is_intact(&self, file: &File, offset: u64) -> io::Result<bool> {
        if self.0.is_empty() {
            return Ok(true);
        }
        let mut now = [0; TAIL];
        let now = &mut now[..self.0.len()];
        match file.read_exact_at(now, offset - self.0.len() as u64) {
            Ok(()) => Ok(*now == *self.0),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps the end of a piece that is handed out. Behind a cut the bytes are not those of the file: then none.
    pub(super) fn remember(&mut self, piece: &Piece) {
        let fresh = piece.cuts.last().map_or(piece.bytes.len(), |cut| {
            let line = &piece.bytes[cut.at..];
            memchr::memchr(b'\n', line).map_or(0, |newline| line.len() - newline)
        });
        if fresh < piece.bytes.len() || !piece.cuts.is_empty() || fresh >= TAIL {
            self.0.clear();
        }
        self.0.extend_from_slice(&piece.bytes[piece.bytes.len() - fresh.min(TAIL)..]);
        let surplus = self.0.len().saturating_sub(TAIL);
        self.0.drain(..surplus);
    }
}
