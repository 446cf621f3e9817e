//! Bytes of a sender → whole lines, none longer than allowed.

use magpie_model::origin::Cut;

use super::Delivery;

/// Makes a delivery of lines; one that is too long loses its end, as in a file.
pub(super) fn delivery(mut lines: Vec<u8>, max_line: usize) -> Delivery {
    if lines.last().is_some_and(|&last| last != b'\n') {
        lines.push(b'\n');
    }
    let is_long = |line: &[u8]| line.len() > max_line;
    if !lines.split(|&byte| byte == b'\n').any(is_long) {
        return Delivery { lines, ..Delivery::default() };
    }
    let (mut kept, mut cuts) = (Vec::with_capacity(lines.len()), Vec::new());
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        let text = &line[..line.len() - 1];
        if is_long(text) {
            cuts.push(Cut { at: kept.len(), dropped: (text.len() - max_line) as u64 });
        }
        kept.extend_from_slice(&text[..text.len().min(max_line)]);
        kept.push(b'\n');
    }
    Delivery { lines: kept, cuts, ..Delivery::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_and_are_no_longer_than_allowed() {
        for (sent, kept, cuts) in [
            (&b"a\nb\n"[..], &b"a\nb\n"[..], vec![]),
            (b"a\nb", b"a\nb\n", vec![]),
            (b"", b"", vec![]),
            (b"12345\n1234567\n1\n123456", b"12345\n12345\n1\n12345\n", vec![(6, 2), (14, 1)]),
        ] {
            let delivery = delivery(sent.to_vec(), 5);
            let found: Vec<(usize, u64)> = delivery.cuts.iter().map(|cut| (cut.at, cut.dropped)).collect();
            assert_eq!((delivery.lines.as_slice(), found), (kept, cuts));
        }
    }
}
