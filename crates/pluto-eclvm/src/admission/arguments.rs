//! What an admission policy can be told about an event: parameters by name.

use pluto_core::payload::{Attestation, MembershipChange, RecordDeleted, RecordPut, payload_of};
use pluto_core::policy::{Fault, Value};
use pluto_core::state::{self, MemberRecord, member_key};
use pluto_core::traits::StateView;
use pluto_core::{Component, Did, Event, Kind};
use pluto_ecl::types::Type;

/// A parameter that an admission policy may declare.
#[derive(Clone, Copy)]
enum Parameter {
    Kind,
    Size,
    Sequence,
    Role,
    Collection,
    Key,
    Target,
}

impl Parameter {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "kind" => Self::Kind,
            "size" => Self::Size,
            "sequence" => Self::Sequence,
            "role" => Self::Role,
            "collection" => Self::Collection,
            "key" => Self::Key,
            "target" => Self::Target,
            _ => return None,
        })
    }

    fn accepts(self, ty: &Type) -> bool {
        match (self, ty) {
            (Self::Kind | Self::Role, Type::Symbol) | (Self::Size | Self::Sequence, Type::Int) => {
                true
            }
            (Self::Collection | Self::Key, Type::Option(inner)) => matches!(**inner, Type::Text(_)),
            (Self::Target, Type::Option(inner)) => **inner == Type::Did,
            _ => false,
        }
    }

    fn value(self, view: &dyn StateView, event: &Event) -> Value {
        let header = &event.header;
        match self {
            Self::Kind => Value::Symbol(header.kind.to_string()),
            Self::Size => Value::Int(i64::from(header.payload_len)),
            Self::Sequence => Value::Int(i64::try_from(header.author_seq).unwrap_or(i64::MAX)),
            Self::Role => Value::Symbol(role(view, header.author).to_owned()),
            Self::Collection => option(record_name(event).map(|(name, _)| Value::Text(name))),
            Self::Key => option(
                record_name(event)
                    .and_then(|(_, key)| String::from_utf8(key).ok())
                    .map(Value::Text),
            ),
            Self::Target => option(target(event).map(Value::Did)),
        }
    }
}

/// Whether an admission policy with these parameters can be asked.
pub(crate) fn check_signature(params: &[(String, Type)]) -> bool {
    params
        .iter()
        .all(|(name, ty)| Parameter::from_name(name).is_some_and(|parameter| parameter.accepts(ty)))
}

/// The arguments for these parameters.
pub(super) fn of_event(
    view: &dyn StateView,
    event: &Event,
    params: &[(String, Type)],
) -> Result<Vec<Value>, Fault> {
    params
        .iter()
        .map(|(name, _)| Parameter::from_name(name).map(|found| found.value(view, event)))
        .collect::<Option<_>>()
        .ok_or(Fault::BadRequest)
}

fn option(value: Option<Value>) -> Value {
    Value::Option(value.map(Box::new))
}

fn role(view: &dyn StateView, who: Did) -> &'static str {
    let member: Option<MemberRecord> = state::read(view, Component::Realm, &member_key(who));
    member.filter(|record| !record.banned).map_or("stranger", |record| record.role.as_str())
}

fn record_name(event: &Event) -> Option<(String, Vec<u8>)> {
    match event.header.kind.known()? {
        Kind::RecordPut => payload_of(event).ok().map(|put: RecordPut| (put.collection, put.key)),
        Kind::RecordDeleted => {
            payload_of(event).ok().map(|deleted: RecordDeleted| (deleted.collection, deleted.key))
        }
        _ => None,
    }
}

fn target(event: &Event) -> Option<Did> {
    match event.header.kind.known()? {
        Kind::Attestation => {
            payload_of(event).ok().map(|attestation: Attestation| attestation.subject)
        }
        Kind::MembershipChange => {
            payload_of(event).ok().map(|change: MembershipChange| change.subject)
        }
        _ => None,
    }
}
