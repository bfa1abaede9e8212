//! Compatible and breaking changes.

use super::*;
use crate::types::Type;

fn fields(list: &[(&str, Type)]) -> Vec<(String, Type)> {
    list.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect()
}

#[track_caller]
fn check(
    old: &[(&str, Type)],
    new: &[(&str, Type)],
    defaults: &[bool],
    indexes: (&[u16], &[u16]),
    expected: &[Change],
) {
    let (before, now) = (fields(old), fields(new));
    let found = changes(
        SchemaView { fields: &before, defaults: &[], indexes: indexes.0 },
        SchemaView { fields: &now, defaults, indexes: indexes.1 },
    );
    assert_eq!(found, expected);
}

#[test]
fn changes_are_named_and_judged() {
    let (name, age) = ([("name", Type::Text(64))], [("age", Type::Int)]);
    check(&name, &name, &[false], (&[], &[]), &[]);
    let added = |default| Change::Added { field: "age".into(), default };
    let both = [name[0].clone(), age[0].clone()];
    check(&name, &both, &[false, true], (&[], &[]), &[added(true)]);
    check(&name, &both, &[false, false], (&[], &[]), &[added(false)]);
    let removed = Change::Removed { field: "age".into() };
    check(&both, &name, &[false], (&[], &[]), std::slice::from_ref(&removed));
    let retyped = Change::Retyped { field: "age".into() };
    check(&age, &[("age", Type::Fixed)], &[false], (&[], &[]), std::slice::from_ref(&retyped));
    let moved = Change::Moved { field: "name".into() };
    let swapped = [age[0].clone(), name[0].clone()];
    check(&name, &swapped, &[true, false], (&[], &[]), &[added(true), moved.clone()]);
    check(&name, &name, &[false], (&[], &[0]), &[Change::Indexed]);
    assert!(added(true).is_compatible() && Change::Indexed.is_compatible());
    for breaking in [added(false), removed, retyped, moved] {
        assert!(!breaking.is_compatible(), "{breaking:?}");
    }
}
