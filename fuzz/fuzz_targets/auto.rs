//! See `magpie_fuzz::auto`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::auto(data));
