//! Golden proof files hold, and no change of theirs does.

use std::path::PathBuf;

use crate::{FILE_BYTES_MAX, Outcome, Report, verify_any};

fn golden(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden");
    std::fs::read(folder.join(name)).unwrap()
}

fn outcomes(report: &Report) -> Vec<Outcome> {
    report.checks.iter().map(|check| check.outcome).collect()
}

fn fact<'a>(report: &'a Report, name: &str) -> &'a str {
    &report.summary.iter().find(|fact| fact.name == name).unwrap().value
}

const KINDS: [&str; 3] = ["signed", "absence", "unsigned"];

#[test]
fn golden_proof_files_hold_with_the_witness_left_open() {
    for kind in KINDS {
        let report = verify_any(&golden(&format!("proof-file-v1-{kind}.bin")));
        let expected = [Outcome::Ok, Outcome::Ok, Outcome::Ok, Outcome::Open];
        assert_eq!(outcomes(&report), expected, "{kind}: {report:?}");
        assert!(report.holds);
        assert_eq!(fact(&report, "value") == "absent", kind == "absence");
        assert_eq!(fact(&report, "root").len(), 64);
    }
}

#[test]
fn every_changed_byte_and_every_cut_is_refused_without_a_summary() {
    for kind in KINDS {
        let whole = golden(&format!("proof-file-v1-{kind}.bin"));
        let refused = |bytes: &[u8], place| {
            let report = verify_any(bytes);
            assert!(!report.holds, "{kind} {place}");
            assert_eq!(report.checks.last().unwrap().outcome, Outcome::Refused);
            assert!(report.summary.is_empty());
        };
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 0xff;
            refused(&flipped, place);
            refused(&whole[..place], place);
        }
        refused(&[whole.as_slice(), &[0]].concat(), whole.len());
    }
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    for bytes in [&b""[..], b"PLUTOPR", b"PLUTOPRF", &vec![0; FILE_BYTES_MAX]] {
        let report = verify_any(bytes);
        assert_eq!(outcomes(&report), [Outcome::Refused], "{report:?}");
    }
    let large = [b"PLUTOPRF".as_slice(), &vec![0; FILE_BYTES_MAX]].concat();
    assert!(verify_any(&large).checks[0].detail.starts_with("expected at most"));
}

#[test]
fn json_has_the_fields_a_page_reads() {
    let report = verify_any(b"?");
    assert_eq!(
        report.to_json(),
        format!(
            "{{\"verifier\":\"{}\",\"format\":\"unknown\",\"holds\":false,\"checks\":[{{\"check\":\
             \"known kind of file\",\"outcome\":\"refused\",\"detail\":\"it begins like no file that \
             `pluto prove` writes\"}}],\"summary\":[]}}",
            env!("CARGO_PKG_VERSION")
        )
    );
}
