//! See `magpie_fuzz::regex`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::regex(data));
