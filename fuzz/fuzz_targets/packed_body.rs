//! See `magpie_fuzz::packed_body`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::packed_body(data));
