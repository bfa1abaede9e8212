//! Files are bounded when read.

use super::*;

#[test]
fn what_is_above_its_bound_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ecl");
    let write = |bytes: usize| std::fs::write(&path, " ".repeat(bytes)).unwrap();
    write(SOURCE_BYTES_MAX);
    assert_eq!(source(&path).unwrap().text().len(), SOURCE_BYTES_MAX);
    write(SOURCE_BYTES_MAX + 1);
    assert_eq!(source(&path).unwrap_err().code().id(), "ECL-0001");
    let path = folder.path().join("a.eclc");
    std::fs::write(&path, vec![0; ARTIFACT_BYTES_MAX + 1]).unwrap();
    let error = artifact(&path).unwrap_err().chain();
    assert!(error.contains("a.eclc") && error.contains(&ARTIFACT_BYTES_MAX.to_string()), "{error}");
}

#[test]
fn folders_are_their_sources_in_order() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    for name in ["c.ecl", "b/z.ecl", "a.ecl", "a.eclc", "notes"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let found = sources(&[folder.path().into()]).unwrap();
    assert_eq!(found, ["a.ecl", "b/z.ecl", "c.ecl"].map(|name| folder.path().join(name)));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(sources(&[empty.path().into()]).unwrap_err().code().id(), "NOD-0003");
}
