//! Values to and from the nodes of the WIT file.
//!
//! WIT knows no recursive types, so a value is its nodes in pre-order. What comes from a guest is
//! taken apart node by node: a tree, never a graph, and never deeper or longer than its bound.

use pluto_core::policy::{Fault, Value};
use pluto_core::trust::{PPM, TrustVector};
use pluto_ecl::limits::{LIST_LENGTH_MAX, TEXT_BYTES_MAX, TYPE_DEPTH_MAX};

use super::bindings::types::{self, Node};
use super::guest::Handles;

/// Nodes that go into a guest at once.
const NODES_MAX: usize = 16 * 1024;

/// Refuses a text above its bound.
pub(super) fn bounded(text: &str) -> Result<(), Fault> {
    if text.len() > usize::from(TEXT_BYTES_MAX) { Err(Fault::TooLarge) } else { Ok(()) }
}

/// Values for a guest.
pub(super) fn lower(values: &[Value], handles: &mut Handles) -> Result<Vec<types::Value>, Fault> {
    let mut left = NODES_MAX;
    values
        .iter()
        .map(|value| {
            let mut nodes = Vec::with_capacity(1);
            let room = left;
            lower_into(value, handles, &mut nodes, room, 0)?;
            left -= nodes.len();
            Ok(nodes)
        })
        .collect()
}

fn lower_into(
    value: &Value,
    handles: &mut Handles,
    out: &mut Vec<Node>,
    room: usize,
    depth: usize,
) -> Result<(), Fault> {
    if depth > TYPE_DEPTH_MAX || out.len() >= room {
        return Err(Fault::TooLarge);
    }
    out.push(match value {
        Value::Bool(truth) => Node::Boolean(*truth),
        Value::Int(number) => Node::Int(*number),
        Value::Fixed(millionths) => Node::Fixed(*millionths),
        Value::Time(ms) => Node::Time(*ms),
        Value::Duration(ms) => Node::Duration(*ms),
        Value::Did(did) => Node::Did(handles.handle(*did)?),
        Value::Symbol(word) => Node::Symbol(word.clone()),
        Value::Text(text) => Node::Text(text.clone()),
        Value::Trust(trust) => Node::Trust((*trust).into()),
        Value::Variant(name) => Node::Enumerator(name.clone()),
        Value::Set(names) => Node::Enumerators(names.clone()),
        Value::Option(inner) => Node::Optional(inner.is_some()),
        Value::List(items) => Node::Items(u32::try_from(items.len()).map_err(|_| Fault::TooLarge)?),
        Value::Record(fields) => {
            Node::Fields(fields.iter().map(|(name, _)| name.clone()).collect())
        }
    });
    let mut down = |value| lower_into(value, handles, out, room, depth + 1);
    match value {
        Value::Option(Some(inner)) => down(inner),
        Value::List(items) => items.iter().try_for_each(down),
        Value::Record(fields) => fields.iter().try_for_each(|(_, value)| down(value)),
        _ => Ok(()),
    }
}

/// A value from a guest. What is no value is the guest's failure: the fault `engine`.
pub(super) fn lift(nodes: types::Value, handles: &Handles) -> Result<Value, Fault> {
    let mut nodes = nodes.into_iter();
    let value = lift_from(&mut nodes, handles, 0)?;
    if nodes.next().is_some() { Err(Fault::Engine) } else { Ok(value) }
}

fn lift_from(
    nodes: &mut impl Iterator<Item = Node>,
    handles: &Handles,
    depth: usize,
) -> Result<Value, Fault> {
    if depth > TYPE_DEPTH_MAX {
        return Err(Fault::TooLarge);
    }
    Ok(match nodes.next().ok_or(Fault::Engine)? {
        Node::Boolean(truth) => Value::Bool(truth),
        Node::Int(number) => Value::Int(number),
        Node::Fixed(millionths) => Value::Fixed(millionths),
        Node::Time(ms) => Value::Time(ms),
        Node::Duration(ms) => Value::Duration(ms),
        Node::Did(handle) => Value::Did(handles.did(handle).ok_or(Fault::Engine)?),
        Node::Symbol(word) => Value::Symbol(text(word)?),
        Node::Text(words) => Value::Text(text(words)?),
        Node::Trust(trust) => Value::Trust(lift_trust(trust)?),
        Node::Enumerator(name) => Value::Variant(text(name)?),
        Node::Enumerators(names) => {
            Value::Set(names.into_iter().map(text).collect::<Result<_, _>>()?)
        }
        Node::Optional(false) => Value::Option(None),
        Node::Optional(true) => {
            Value::Option(Some(Box::new(lift_from(nodes, handles, depth + 1)?)))
        }
        Node::Items(count) if count > u32::from(LIST_LENGTH_MAX) => return Err(Fault::TooLarge),
        Node::Items(count) => Value::List(
            (0..count).map(|_| lift_from(nodes, handles, depth + 1)).collect::<Result<_, _>>()?,
        ),
        Node::Fields(names) => Value::Record(
            names
                .into_iter()
                .map(|name| Ok((text(name)?, lift_from(nodes, handles, depth + 1)?)))
                .collect::<Result<_, Fault>>()?,
        ),
    })
}

fn text(text: String) -> Result<String, Fault> {
    bounded(&text).map(|()| text)
}

fn lift_trust(trust: types::TrustVector) -> Result<TrustVector, Fault> {
    let types::TrustVector { r, i, c, p, v, omega } = trust;
    let dimensions = [r, i, c, p, v, omega];
    if dimensions.iter().any(|value| *value > PPM) {
        return Err(Fault::Engine);
    }
    Ok(TrustVector(dimensions))
}

#[cfg(test)]
mod tests;
