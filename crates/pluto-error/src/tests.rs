//! The conversion keeps code, place and causes.

use std::fmt;

use crate::{Code, Coded, Kind, Result, Subsystem};

const TORN: Code = Code::new("STO-9999", Kind::Corrupt, "a stored record is damaged");

#[derive(Debug)]
struct Leaf(std::io::Error);

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("record is torn")
    }
}

impl std::error::Error for Leaf {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Coded for Leaf {
    fn code(&self) -> Code {
        TORN
    }
}

fn fails() -> Result<()> {
    Err(Leaf(std::io::Error::other("device says no")))?;
    Ok(())
}

#[test]
fn question_mark_keeps_code_call_site_and_causes() {
    let error = fails().unwrap_err().note("open `log`").note("start");
    assert_eq!(error.code(), TORN);
    assert_eq!(error.kind(), Kind::Corrupt);
    assert_eq!(error.subsystem(), Subsystem::Storage);
    assert!(error.location().file().ends_with("tests.rs"));
    assert_eq!(error.to_string(), "record is torn");
    assert_eq!(error.chain(), "start: open `log`: record is torn: device says no");
    assert!(error.leaf::<Leaf>().is_some());
}

fn guarded(value: u32) -> Result<u32> {
    crate::invariant!(value < 3, Leaf(std::io::Error::other("too large")));
    Ok(value)
}

#[test]
fn invariant_passes_what_holds() {
    assert_eq!(guarded(2).unwrap(), 2);
}

#[test]
#[should_panic(expected = "invariant broken")]
fn invariant_stops_tests_at_the_fault() {
    let _ = guarded(3);
}
