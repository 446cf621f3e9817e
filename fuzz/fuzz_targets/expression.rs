//! See `magpie_fuzz::expression`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::expression(data));
