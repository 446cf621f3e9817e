//! Raw lines of any format → normalised records.
//!
//! Bytes become events (`events`), a parser reads an event into named values (`values`, `pattern`, `formats`), and the
//! compiled plan of the source makes columns of them: addresses, routes, times, expressions, who is who. Parsers know
//! nothing of columns, the plan knows nothing of formats; nothing here keeps state that depends on which operator reads
//! which chunk.

pub mod address;
mod batch;
mod bind;
mod bytes;
pub mod counts;
pub mod csv;
pub mod detect;
mod edge;
pub mod events;
pub mod expr;
mod formats;
pub mod grok;
mod inside;
pub mod intake;
pub mod json;
mod lines;
mod memo;
pub mod normaliser;
mod number;
pub mod pattern;
pub mod plan;
pub mod regex;
pub mod route;
mod rows;
pub mod spans;
pub mod spotting;
pub mod time;
pub mod values;
#[cfg(feature = "vrl")]
mod vrl;
pub mod who;
mod words;

pub use bind::Bound;
pub use counts::{Counts, Sample};
pub use intake::{Intake, Work};
pub use normaliser::Normaliser;
pub use plan::{Keep, Plan};

#[cfg(test)]
mod tests;
