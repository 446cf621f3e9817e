//! See `magpie_fuzz::formats`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::formats(data));
