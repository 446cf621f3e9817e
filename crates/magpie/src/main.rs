//! The `magpie` binary.

#[cfg(test)]
mod demo;
#[cfg(test)]
mod report;

fn main() {}
