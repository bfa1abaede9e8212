//! Files are bounded when read and whole when replaced.

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

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("a.ecl"), folder.path().join("link.ecl"));
    std::fs::write(&file, "old").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    replace(&link, b"new").unwrap();
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&file).unwrap(), b"new");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside");
}
