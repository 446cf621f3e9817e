//! See `magpie_fuzz::syslog_stream`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::syslog_stream(data));
