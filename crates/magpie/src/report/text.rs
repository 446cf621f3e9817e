//! Log content made safe to show: what a log says may be hostile, a terminal and a browser both obey what they read.
//!
//! Names and samples come from whoever could reach the watched system, so escape sequences, control characters and
//! marks that turn the direction of text become U+FFFD, and markup becomes entities. Layout is left to the forms.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text without anything that a terminal or a reader's eye would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if obeyed(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// The text as content or quoted attribute of XML and HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' => safe.push(' '),
            c if obeyed(c) => safe.push(char::REPLACEMENT_CHARACTER),
            c => safe.push(c),
        }
    }
    safe
}

/// Controls, direction marks, and what XML 1.0 (2.2) has no place for.
fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Columns that the text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns` columns; what is cut from its end is shown by an ellipsis.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = take(text.chars(), columns.saturating_sub(1));
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// The text in at most `columns` columns, cut in the middle: routes and addresses differ at both ends.
pub(crate) fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns || columns < 5 {
        return cut(text, columns);
    }
    let tail: String = take(text.chars().rev(), (columns - 1) / 2).chars().rev().collect();
    format!("{}…{tail}", take(text.chars(), columns - 1 - width(&tail)))
}

fn take(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

/// The text filled with spaces to `columns`, which it must not exceed.
pub(crate) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text moved to the right end of `columns`.
pub(crate) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_or_browser_obeys_is_taken_out() {
        for (text, on_terminal, in_markup) in [
            ("GET /a?b=1&c=2", "GET /a?b=1&c=2", "GET /a?b=1&amp;c=2"),
            ("<script>alert('x')</script>", "<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\" onload=\"", "\" onload=\"", "&quot; onload=&quot;"),
            ("\u{1b}[31mred", "\u{fffd}[31mred", "\u{fffd}[31mred"),
            ("a\0b\r\nc", "a\u{fffd}b\u{fffd}\u{fffd}c", "a\u{fffd}b\u{fffd}\u{fffd}c"),
            ("evil\u{202e}txt", "evil\u{fffd}txt", "evil\u{fffd}txt"),
            ("\u{ffff}\u{9b}x", "\u{fffd}\u{fffd}x", "\u{fffd}\u{fffd}x"),
            ("支付 ✓", "支付 ✓", "支付 ✓"),
        ] {
            assert_eq!(plain(text), on_terminal);
            assert_eq!(escaped(text), in_markup);
        }
    }

    #[test]
    fn text_is_cut_by_columns_not_by_characters() {
        for (text, columns, end, middle) in [
            ("/search/{id}", 12, "/search/{id}", "/search/{id}"),
            ("/search/{id}/items", 10, "/search/{…", "/sear…tems"),
            ("支付服务网关", 7, "支付服…", "支付…关"),
            ("abc", 0, "", ""),
        ] {
            assert_eq!(cut(text, columns), end);
            assert_eq!(cut_middle(text, columns), middle, "{text}");
            assert!(width(&cut_middle(text, columns)) <= columns);
        }
    }
}
