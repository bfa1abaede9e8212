//! Sources that are right: the examples of the reference, the policies of `tests/policies`.

use std::path::Path;

/// The programs of `docs/ecl.md`.
pub(crate) fn reference() -> Vec<String> {
    let page = include_str!("../../../../../docs/ecl.md");
    let blocks = page.split("```ecl\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// The policies of `tests/policies`, in the order of their names.
pub(crate) fn policies() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Both.
pub(crate) fn all() -> Vec<String> {
    [reference(), policies()].concat()
}
