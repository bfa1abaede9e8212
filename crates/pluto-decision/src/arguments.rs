//! What an action policy is told: its parameters by name.
//!
//! A few names are spoken for; every other parameter is taken from the context of the request. A
//! context comes from programs that know texts and numbers only, so a text is read as a symbol, a
//! variant or an identity where the policy declares one, and a whole number as its text. A value that is missing is `none` where the
//! policy declares an option, and a fault everywhere else.

use pluto_core::Did;
use pluto_core::policy::{Fault, Value};
use pluto_ecl::types::Type;
use pluto_identity::grant::Chain;

use crate::request::ActionRequest;

/// What an action policy can be told.
pub(crate) struct Told<'a> {
    pub(crate) request: &'a ActionRequest,
    pub(crate) role: &'static str,
    pub(crate) chain: Option<&'a Chain>,
}

impl Told<'_> {
    /// The arguments for these parameters.
    pub(crate) fn arguments(&self, params: &[(String, Type)]) -> Result<Vec<Value>, Fault> {
        params.iter().map(|(name, ty)| self.argument(name, ty)).collect()
    }

    fn argument(&self, name: &str, ty: &Type) -> Result<Value, Fault> {
        let (inner, optional) = match ty {
            Type::Option(inner) => (&**inner, true),
            ty => (ty, false),
        };
        let value = self.value(name).map(|value| fit(value, inner));
        match (value, optional) {
            (Some(value), false) => Ok(value),
            (value, true) => Ok(Value::Option(value.map(Box::new))),
            (None, false) => Err(Fault::BadRequest),
        }
    }

    fn value(&self, name: &str) -> Option<Value> {
        let whole = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        match name {
            "action" => Some(Value::Text(self.request.action.clone())),
            "resource" => Some(Value::Text(self.request.resource.clone())),
            "amount" => Some(whole(self.request.amount)),
            "role" => Some(Value::Text(self.role.to_owned())),
            "hops" => Some(whole(self.chain.map_or(0, |chain| chain.hops.len() as u64))),
            "grantor" => self.chain.map(|chain| Value::Did(chain.grantor())),
            name => self.request.get(name).map(crate::request::ContextValue::to_value),
        }
    }
}

/// The value in the type the policy declares, where a text or a number says as much.
fn fit(value: Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Text(text), Type::Symbol) => Value::Symbol(text),
        (Value::Text(text), Type::Enum(_)) => Value::Variant(text),
        (Value::Text(text), Type::Did) => match text.parse::<Did>() {
            Ok(did) => Value::Did(did),
            Err(_) => Value::Text(text),
        },
        // Numbers are written in one way, so the text is the one that was meant.
        (Value::Int(number), Type::Text(_)) => Value::Text(number.to_string()),
        (Value::Int(number), Type::Symbol) => Value::Symbol(number.to_string()),
        (Value::Int(number), Type::Time) => Value::Time(number),
        (Value::Int(number), Type::Duration) => Value::Duration(number),
        (value, _) => value,
    }
}
