//! Numbers, names and sets agree with each other.

use super::{COMPONENT_COUNT, Component, ComponentSet};

#[test]
fn numbers_are_dense_and_names_round_trip() {
    for (index, component) in Component::ALL.into_iter().enumerate() {
        assert_eq!(component.index(), index);
        assert_eq!(Component::from_number(component.number()), Some(component));
        assert_eq!(component.as_str().to_lowercase().parse::<Component>().unwrap(), component);
    }
    assert_eq!(Component::from_number(COMPONENT_COUNT as u16), None);
}

#[test]
fn sets_hold_what_was_put_in() {
    let set = ComponentSet::of(&[Component::BlueprintComposer, Component::Identity]);
    assert_eq!(set.iter().collect::<Vec<_>>(), [Component::Identity, Component::BlueprintComposer]);
    assert_eq!(set.len(), 2);
    assert!(set.contains(Component::Identity) && !set.contains(Component::Trust));
    assert_eq!(ComponentSet::ALL.iter().count(), COMPONENT_COUNT);
    assert!(ComponentSet::EMPTY.iter().next().is_none());
    assert_eq!(set.intersection(Component::Trust.bit()), ComponentSet::EMPTY);
}
