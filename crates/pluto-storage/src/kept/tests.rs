//! Tests of kept files.

use super::KeptFiles;

#[test]
fn files_are_there_again_and_nothing_is_made_before_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("footings");
    let kept = KeptFiles::new(path.clone());
    assert!(kept.names().unwrap().is_empty());
    assert_eq!(kept.get("a").unwrap(), None);
    assert!(!path.exists());

    kept.put("a", b"one").unwrap();
    kept.put("b", b"two").unwrap();
    kept.put("a", b"three").unwrap();
    std::fs::write(path.join("c.tmp"), b"cut off").unwrap();
    let again = KeptFiles::new(path);
    assert_eq!(again.names().unwrap(), ["a", "b"]);
    assert_eq!(again.get("a").unwrap().as_deref(), Some(&b"three"[..]));
    assert_eq!(again.get("c").unwrap(), None);
    again.remove("a").unwrap();
    again.remove("a").unwrap();
    assert_eq!(again.names().unwrap(), ["b"]);
}
