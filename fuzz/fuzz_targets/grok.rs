//! See `magpie_fuzz::grok`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::grok(data));
