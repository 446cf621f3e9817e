//! The child of the expression pool, as a program of its own for tests; the real one is a hidden command of `magpie`.

use std::io;

fn main() -> io::Result<()> {
    let memory = std::env::args().nth(1).and_then(|bytes| bytes.parse().ok()).unwrap_or(256 << 20);
    magpie_flows::expression::serve_expressions(io::stdin().lock(), io::stdout().lock(), memory)
}
