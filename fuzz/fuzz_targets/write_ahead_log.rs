//! See `magpie_fuzz::write_ahead_log`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::write_ahead_log(data));
