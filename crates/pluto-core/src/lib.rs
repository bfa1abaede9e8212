//! Domain types, canonical codec and shared traits.
