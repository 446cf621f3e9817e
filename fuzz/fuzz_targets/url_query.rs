//! See `magpie_fuzz::url_query`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::url_query(data));
