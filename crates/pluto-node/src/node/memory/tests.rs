//! Which sizes are understood, and what a file says.

use super::*;

#[test]
fn sizes_have_a_unit_and_a_least() {
    let check =
        |text: &str, bytes: Option<u64>| assert_eq!(parse_memory(text).ok(), bytes, "{text}");
    check("256MiB", Some(256 << 20));
    check("2 GiB", Some(2 << 30));
    check("8192KiB", Some(8 << 20));
    check("8191KiB", None);
    check("256", None);
    check("256MB", None);
    check("-1GiB", None);
    check("99999999999999999GiB", None);
    check("", None);
}

#[test]
fn the_file_sets_the_bound() {
    let load = |text: Option<&str>| {
        let dir = tempfile::tempdir().unwrap();
        if let Some(text) = text {
            std::fs::write(dir.path().join("node.toml"), text).unwrap();
        }
        let bytes = NodeConfig::load(dir.path()).and_then(|config| config.resident_bytes());
        bytes.map_err(|error| error.code())
    };
    assert_eq!(load(None).unwrap(), RESIDENT_BYTES);
    assert_eq!(load(Some("")).unwrap(), RESIDENT_BYTES);
    assert_eq!(load(Some("memory = \"64MiB\"")).unwrap(), 64 << 20);
    assert_eq!(load(Some("memory = \"much\"")).unwrap_err(), crate::codes::BAD_ARGUMENT);
    assert_eq!(load(Some("memroy = \"64MiB\"")).unwrap_err(), crate::codes::BAD_ARGUMENT);
}
