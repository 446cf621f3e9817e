//! See `magpie_fuzz::query`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::query(data));
