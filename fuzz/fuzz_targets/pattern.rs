//! See `magpie_fuzz::pattern`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::pattern(data));
