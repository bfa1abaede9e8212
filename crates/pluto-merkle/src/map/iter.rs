//! Iteration in the order of key hashes.

use super::node::{Bucket, Link, Node, Slot};

/// The entries of a map, in the order of the hashes of their keys.
#[derive(Debug)]
pub struct Iter<'a> {
    todo: Vec<&'a Link>,
    bucket: Option<(&'a Bucket, std::slice::Iter<'a, Slot>)>,
}

impl<'a> Iter<'a> {
    pub(super) fn new(root: Option<&'a Link>) -> Self {
        Self { todo: root.into_iter().collect(), bucket: None }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((bucket, slots)) = &mut self.bucket
                && let Some(slot) = slots.next()
            {
                let entry = bucket.entry(slot);
                return Some((entry.key, entry.value));
            }
            match &self.todo.pop()?.node {
                Node::Bucket(bucket) => self.bucket = Some((bucket, bucket.slots().iter())),
                Node::Inner(inner) => {
                    self.todo.extend(inner.right.as_ref());
                    self.todo.extend(inner.left.as_ref());
                }
            }
        }
    }
}
