//! The lines that differ between two texts, after the longest common subsequence, each marked with ` `, `-` or `+`.
//!
//! Flows are short documents, so the plain quadratic table is enough; what both texts begin and end with is taken off before.

/// Lines around a change that are shown.
const AROUND: usize = 3;
/// Most entries of the table; beyond, what differs is shown as one change.
const MOST: usize = 4_000_000;

/// The changed lines of `after` against `before`, with some lines around them; `…` where lines are left out.
pub(super) fn diff(before: &str, after: &str) -> Vec<String> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let (old, new) = (&before[same..], &after[same..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let mut lines: Vec<(char, &str)> = before[..same].iter().map(|&line| (' ', line)).collect();
    lines.extend(changed(old, new));
    lines.extend(before[before.len() - end..].iter().map(|&line| (' ', line)));
    shown(&lines)
}

fn changed<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(char, &'t str)> {
    if old.len().saturating_mul(new.len()) > MOST {
        return old.iter().map(|&line| ('-', line)).chain(new.iter().map(|&line| ('+', line))).collect();
    }
    let width = new.len() + 1;
    // Length of the longest common subsequence of what is left from each place on.
    let mut longest = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

fn shown(lines: &[(char, &str)]) -> Vec<String> {
    let near = |at: usize| lines[at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len())].iter().any(|(mark, _)| *mark != ' ');
    let mut shown: Vec<String> = Vec::new();
    for (at, (mark, line)) in lines.iter().enumerate() {
        if near(at) {
            shown.push(format!("{mark} {line}"));
        } else if shown.last().is_some_and(|last| last != "…") {
            shown.push("…".to_owned());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_with_those_around_them() {
        for (before, after, expected) in [
            ("a\nb\nc", "a\nb\nc", vec![]),
            ("a\nb\nc", "a\nx\nc", vec!["  a", "- b", "+ x", "  c"]),
            ("", "a", vec!["+ a"]),
            ("a\nb\na", "b\na\nb", vec!["- a", "  b", "  a", "+ b"]),
            ("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\n5\n6\n7\n8\nX", vec!["  6", "  7", "  8", "- 9", "+ X"]),
            (
                "0\n1\n2\n3\n4\n5\n6\n7\n8\n9",
                "X\n1\n2\n3\n4\n5\n6\n7\n8\nY",
                vec!["- 0", "+ X", "  1", "  2", "  3", "…", "  6", "  7", "  8", "- 9", "+ Y"],
            ),
        ] {
            assert_eq!(diff(before, after), expected, "{before:?} {after:?}");
        }
    }
}
