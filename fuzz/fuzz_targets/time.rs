//! See `magpie_fuzz::time`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::time(data));
