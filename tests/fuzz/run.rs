//! Every binary is this file under another name; the name says which target it runs.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(target) = rosterd_fuzz::named(env!("CARGO_BIN_NAME")) {
        (target.run)(bytes);
    }
});
