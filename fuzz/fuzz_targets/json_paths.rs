//! See `magpie_fuzz::json_paths`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::json_paths(data));
