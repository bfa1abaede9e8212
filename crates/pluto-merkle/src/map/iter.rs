//! Iteration in the order of key hashes.

use super::node::{Link, Node, Run};

/// The entries of a map, in the order of the hashes of their keys.
#[derive(Debug)]
pub struct Iter<'a> {
    todo: Vec<&'a Link>,
    run: Run<'a>,
}

impl<'a> Iter<'a> {
    pub(super) fn new(root: Option<&'a Link>) -> Self {
        Self { todo: root.into_iter().collect(), run: Run::default() }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((entry, rest)) = self.run.split_first() {
                self.run = rest;
                return Some((entry.key, entry.value));
            }
            match &self.todo.pop()?.node {
                Node::Bucket(bucket) => self.run = Run(bucket),
                Node::Inner(inner) => {
                    self.todo.extend(inner.right.as_ref());
                    self.todo.extend(inner.left.as_ref());
                }
            }
        }
    }
}
