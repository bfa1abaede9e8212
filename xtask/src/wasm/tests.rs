//! Which toolchain is chosen, and what the script holds.

use std::path::{Path, PathBuf};

use super::toolchain::{Std, TARGET, Toolchain, choose};
use super::{base64, script};

/// A sysroot with some parts below `lib/rustlib`.
fn sysroot(folder: &Path, name: &str, parts: &[&str]) -> (PathBuf, PathBuf) {
    let root = folder.join(name);
    for part in parts {
        let path = root.join("lib/rustlib").join(part);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    (root, PathBuf::from(name))
}

const SOURCE: &str = "src/rust/library/Cargo.lock";
const LINKER: &str = "some-host/bin/rust-lld";

fn check(at_work: &[&str], debian: &[&str], expected: Option<(&str, Option<&str>)>) {
    let folder = tempfile::tempdir().unwrap();
    let compilers =
        [sysroot(folder.path(), "rustup", at_work), sysroot(folder.path(), "debian", debian)];
    let expected = expected.map(|(rustc, linker)| {
        let linker = linker.map(|owner| folder.path().join(owner).join("lib/rustlib").join(LINKER));
        let installed = compilers.iter().any(|(root, name)| {
            *name == Path::new(rustc) && root.join("lib/rustlib").join(TARGET).exists()
        });
        let std = if installed { Std::Installed } else { Std::Source { linker } };
        Toolchain { rustc: rustc.into(), std }
    });
    assert_eq!(choose(&compilers), expected);
}

#[test]
fn an_installed_target_wins_over_any_source() {
    let target = format!("{TARGET}/lib/libstd.rlib");
    check(&[&target, SOURCE, LINKER], &[SOURCE], Some(("rustup", None)));
    check(&[SOURCE, LINKER], &[&target], Some(("debian", None)));
}

#[test]
fn source_is_built_with_the_compiler_it_belongs_to_and_any_linker() {
    check(&[SOURCE, LINKER], &[SOURCE], Some(("rustup", Some("rustup"))));
    check(&[LINKER], &[SOURCE], Some(("debian", Some("rustup"))));
    check(&[], &[SOURCE], Some(("debian", None)));
    check(&[LINKER], &[LINKER], None);
}

#[test]
fn base64_is_that_of_the_rfc() {
    let cases = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];
    for (plain, encoded) in cases {
        assert_eq!(base64::encode(plain.as_bytes()), encoded);
    }
    assert_eq!(base64::encode(&[0xfb, 0xff, 0xfe]), "+//+");
}

#[test]
fn the_script_holds_module_and_hash() {
    let script = script(b"foobar");
    assert!(script.contains("base64: \"Zm9vYmFy\""), "{script}");
    assert!(script.contains("sha256: \"c3ab8ff13720e8ad"), "{script}");
}
