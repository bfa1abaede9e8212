//! Killed while writing, again and again: nothing acknowledged is lost.

use std::process::Command;

/// Rounds of this test; `cargo run --release -p pluto-tests --bin crash -- --rounds 2000` for more.
const ROUNDS: &str = "200";

#[test]
fn two_hundred_kills_lose_no_acknowledged_event() {
    let rounds = std::env::var("PLUTO_CRASH_ROUNDS").unwrap_or_else(|_| ROUNDS.to_owned());
    let crash = env!("CARGO_BIN_EXE_crash");
    let output = Command::new(crash).args(["--rounds", &rounds, "--seed", "7"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    println!("{told}");
}
