//! See `magpie_fuzz::address`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::address(data));
