//! Cuts what a command writes into lines of bounded length.

/// Longest line in bytes; a longer one is told in pieces.
const LONGEST: usize = 16 << 10;

/// The unfinished line of one stream.
#[derive(Default)]
pub(super) struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    /// Takes a piece and gives each line that is whole.
    pub(super) fn take(&mut self, mut piece: &[u8], each: &mut dyn FnMut(String)) {
        while let Some(end) = piece.iter().position(|&byte| byte == b'\n') {
            self.add(&piece[..end], each);
            each(self.finished());
            piece = &piece[end + 1..];
        }
        self.add(piece, each);
    }

    /// The last line, when it has no end.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(String)) {
        if !self.pending.is_empty() {
            each(self.finished());
        }
    }

    fn add(&mut self, mut piece: &[u8], each: &mut dyn FnMut(String)) {
        while self.pending.len() + piece.len() > LONGEST {
            let (now, later) = piece.split_at(LONGEST - self.pending.len());
            self.pending.extend_from_slice(now);
            each(self.finished());
            piece = later;
        }
        self.pending.extend_from_slice(piece);
    }

    fn finished(&mut self) -> String {
        let line = std::mem::take(&mut self.pending);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        String::from_utf8_lossy(line).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_written() {
        let long = "x".repeat(LONGEST + 5);
        for (pieces, expected) in [
            (vec!["a\nb\n"], vec!["a", "b"]),
            (vec!["a", "b\r\n", "c"], vec!["ab", "c"]),
            (vec!["\n\n"], vec!["", ""]),
            (vec![], vec![]),
            (vec![long.as_str(), "\n"], vec![&long[..LONGEST], "xxxxx"]),
        ] {
            let (mut lines, mut seen) = (Lines::default(), Vec::new());
            pieces.iter().for_each(|piece| lines.take(piece.as_bytes(), &mut |line| seen.push(line)));
            lines.end(&mut |line| seen.push(line));
            assert_eq!(seen, expected);
        }
    }
}
