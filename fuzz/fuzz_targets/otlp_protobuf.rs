//! See `magpie_fuzz::otlp_protobuf`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| magpie_fuzz::otlp_protobuf(data));
