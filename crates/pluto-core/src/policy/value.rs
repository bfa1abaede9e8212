//! Values that go into a policy and come out of it.

use crate::did::Did;
use crate::trust::TrustVector;

/// A typed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number in millionths.
    Fixed(i64),
    /// A moment in Unix milliseconds.
    Time(i64),
    /// A span in milliseconds.
    Duration(i64),
    /// An identity.
    Did(Did),
    /// A word from an open vocabulary.
    Symbol(String),
    /// Free text.
    Text(String),
    /// Trust in six dimensions.
    Trust(TrustVector),
    /// A variant of an enum, by name.
    Variant(String),
    /// Variants of one enum, by name.
    Set(Vec<String>),
    /// A value, or none.
    Option(Option<Box<Self>>),
    /// Values of one type.
    List(Vec<Self>),
    /// Named values, in the order of their declaration.
    Record(Vec<(String, Self)>),
}

/// A question to a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who acts.
    pub subject: Did,
    /// The arguments, in the order of the policy's parameters.
    pub arguments: Vec<Value>,
}
