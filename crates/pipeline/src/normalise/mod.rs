//! Raw lines of any format → normalised records.
//!
//! Bytes become events (`events`), a parser reads an event into named values (`values`, `pattern`, `formats`), and the
//! compiled plan of the source makes columns of them: addresses, routes, times, expressions, who is who. Parsers know
//! nothing of columns, the plan knows nothing of formats; nothing here keeps state that depends on which operator reads
//! which chunk.

pub mod detect;
mod formats;
pub mod time;
pub mod values;
pub mod address;
pub mod expr;
mod memo;
pub mod pattern;
pub mod route;
pub mod spans;
pub mod who;
