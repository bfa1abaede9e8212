//! Composition root of Pluto.

pub mod trust_study;
