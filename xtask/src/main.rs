//! The workspace gates.

fn main() {}
