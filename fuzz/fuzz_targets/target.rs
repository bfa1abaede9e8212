//! Runs the target named by `PLUTO_FUZZ_TARGET`; without it, writes every target's seeds and says how.
//!
//! One binary for all targets: the list stands in `tests/src/fuzz.rs` and nowhere else.

#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use pluto_tests::fuzz::{TARGETS, Target, seeds, target};

static CHOSEN: OnceLock<Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("PLUTO_FUZZ_TARGET").unwrap_or_default();
        match target(&name) {
            Some(found) => CHOSEN.get_or_init(|| found),
            None => explain(),
        };
    },
    |bytes: &[u8]| {
        if let Some((_, run)) = CHOSEN.get() {
            run(bytes);
        }
    }
);

fn explain() -> ! {
    for (name, _) in TARGETS {
        let folder = Path::new("corpus").join(name);
        std::fs::create_dir_all(&folder).expect("the corpus can be written");
        for (index, seed) in seeds(name).expect("the golden files can be read").iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{index}")), seed).expect("a seed is written");
        }
        eprintln!("PLUTO_FUZZ_TARGET={name} cargo +nightly fuzz run target corpus/{name}");
    }
    std::process::exit(0)
}
