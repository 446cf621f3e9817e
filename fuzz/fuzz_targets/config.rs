//! See `magpie_fuzz::configuration`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::configuration(data));
