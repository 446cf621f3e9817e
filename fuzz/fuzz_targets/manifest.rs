//! See `magpie_fuzz::manifest`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::manifest(data));
