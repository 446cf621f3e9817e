//! The `magpie` binary.

#[cfg(test)]
mod demo;

fn main() {}
