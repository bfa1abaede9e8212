//! Rules of realms as people type and read them: `max_events=100+10/day`.
//!
//! One spelling for each type of value, one way for each law; what is shown can be typed again.

use std::collections::BTreeSet;

use pluto_core::{Did, Kind, RealmId};
use pluto_realm::governance::Method;
use pluto_realm::lattice::{All, AtLeast, AtMost, Only};
use pluto_realm::{Isolation, Limit, Rule, RuleSet};
use serde_json::{Map, Value, json};

use crate::error::NodeError;
use crate::output::ppm;

/// What takes a rule away.
const NONE: &str = "none";
/// An empty list, where it is not the same as no list.
const NOTHING: &str = "nothing";

/// How values of one type are written.
struct Spelling<T: 'static> {
    show: fn(&T) -> String,
    json: fn(&T) -> Value,
    read: fn(&str) -> Option<T>,
    expected: &'static str,
}

/// A rule of one set.
trait Slot {
    fn text(&self) -> Option<String>;
    fn json(&self) -> Value;
    /// Takes over what is said; says whether it can be.
    fn read(&mut self, text: &str) -> bool;
    fn clear(&mut self);
    fn expected(&self) -> &'static str;
}

struct In<'a, L, T: 'static>(&'a mut L, &'static Spelling<T>);

impl<T: Default + PartialEq> Slot for In<'_, AtLeast<T>, T> {
    fn text(&self) -> Option<String> {
        (self.0.0 != T::default()).then(|| (self.1.show)(&self.0.0))
    }

    fn json(&self) -> Value {
        (self.1.json)(&self.0.0)
    }

    fn read(&mut self, text: &str) -> bool {
        (self.1.read)(text).map(|value| self.0.0 = value).is_some()
    }

    fn clear(&mut self) {
        self.0.0 = T::default();
    }

    fn expected(&self) -> &'static str {
        self.1.expected
    }
}

impl<T> Slot for In<'_, AtMost<T>, T> {
    fn text(&self) -> Option<String> {
        self.0.0.as_ref().map(self.1.show)
    }

    fn json(&self) -> Value {
        self.0.0.as_ref().map_or(Value::Null, self.1.json)
    }

    fn read(&mut self, text: &str) -> bool {
        (self.1.read)(text).map(|value| self.0.0 = Some(value)).is_some()
    }

    fn clear(&mut self) {
        self.0.0 = None;
    }

    fn expected(&self) -> &'static str {
        self.1.expected
    }
}

impl<T: Ord> Slot for In<'_, All<T>, T> {
    fn text(&self) -> Option<String> {
        (!self.0.0.is_empty()).then(|| listed(&self.0.0, self.1))
    }

    fn json(&self) -> Value {
        self.0.0.iter().map(self.1.json).collect()
    }

    fn read(&mut self, text: &str) -> bool {
        list(text, self.1).map(|value| self.0.0 = value).is_some()
    }

    fn clear(&mut self) {
        self.0.0.clear();
    }

    fn expected(&self) -> &'static str {
        self.1.expected
    }
}

impl<T: Ord> Slot for In<'_, Only<T>, T> {
    fn text(&self) -> Option<String> {
        self.0.0.as_ref().map(|items| listed(items, self.1))
    }

    fn json(&self) -> Value {
        let items = self.0.0.as_ref();
        items.map_or(Value::Null, |items| items.iter().map(self.1.json).collect())
    }

    fn read(&mut self, text: &str) -> bool {
        list(text, self.1).map(|value| self.0.0 = Some(value)).is_some()
    }

    fn clear(&mut self) {
        self.0.0 = None;
    }

    fn expected(&self) -> &'static str {
        self.1.expected
    }
}

fn listed<T>(items: &BTreeSet<T>, spelling: &Spelling<T>) -> String {
    if items.is_empty() {
        return NOTHING.to_owned();
    }
    items.iter().map(spelling.show).collect::<Vec<_>>().join(",")
}

fn list<T: Ord>(text: &str, spelling: &Spelling<T>) -> Option<BTreeSet<T>> {
    if text == NOTHING {
        return Some(BTreeSet::new());
    }
    text.split(',').map(spelling.read).collect()
}

const ISOLATION: &Spelling<Isolation> = &Spelling {
    show: |value| isolation(*value).to_owned(),
    json: |value| json!(isolation(*value)),
    read: |text| {
        let all = [Isolation::Public, Isolation::Members];
        all.into_iter().find(|value| isolation(*value) == text)
    },
    expected: "`public` or `members`",
};

const fn isolation(value: Isolation) -> &'static str {
    match value {
        Isolation::Public => "public",
        Isolation::Members => "members",
    }
}

const SHARE: &Spelling<u32> = &Spelling {
    show: |value| ppm(*value),
    json: |value| json!(value),
    read: share,
    expected: "a share such as `0.25`, at most 1",
};

/// `0.25` in parts per million.
fn share(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > 6 {
        return None;
    }
    let part: u32 = format!("{part:0<6}").parse().ok()?;
    let value = whole.parse::<u32>().ok()?.checked_mul(1_000_000)?.checked_add(part)?;
    (value <= 1_000_000).then_some(value)
}

const MILLIS: &Spelling<u64> = &Spelling {
    show: ToString::to_string,
    json: |value| json!(value),
    read: |text| text.parse().ok(),
    expected: "milliseconds",
};

const NUMBER: &Spelling<u32> = &Spelling {
    show: ToString::to_string,
    json: |value| json!(value),
    read: |text| text.parse().ok(),
    expected: "a whole number",
};

const FLAG: &Spelling<bool> = &Spelling {
    show: |value| if *value { "yes" } else { "no" }.to_owned(),
    json: |value| json!(value),
    read: |text| match text {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    },
    expected: "`yes` or `no`",
};

const LIMIT: &Spelling<Limit> = &Spelling {
    show: limit_text,
    json: |limit| json!({ "capacity": limit.capacity, "per_day": limit.per_day }),
    read: limit,
    expected: "most at a time and what comes back in a day, such as `100+10/day`, or `100`",
};

/// A quota in words.
#[must_use]
pub fn limit_text(limit: &Limit) -> String {
    match limit.per_day {
        0 => limit.capacity.to_string(),
        per_day => format!("{}+{per_day}/day", limit.capacity),
    }
}

fn limit(text: &str) -> Option<Limit> {
    let Some((capacity, back)) = text.split_once('+') else {
        return Some(Limit { capacity: text.parse().ok()?, per_day: 0 });
    };
    let per_day = back.strip_suffix("/day")?.parse().ok()?;
    Some(Limit { capacity: capacity.parse().ok()?, per_day })
}

const SCHEMA: &Spelling<String> = &Spelling {
    show: String::clone,
    json: |schema| json!(schema),
    read: |text| (!text.is_empty()).then(|| text.to_owned()),
    expected: "schemas of credentials, with commas between",
};

const KIND: &Spelling<u16> = &Spelling {
    show: |number| pluto_core::KindNumber(*number).to_string(),
    json: |number| json!(pluto_core::KindNumber(*number).to_string()),
    read: |text| {
        let named = Kind::ALL.iter().find(|kind| kind.as_str() == text);
        named.map(|kind| kind.number().0)
    },
    expected: "kinds of events such as `RecordPut`, with commas between",
};

const METHODS: [Method; 3] = [Method::MemberEqual, Method::Reputation, Method::Quadratic];

const METHOD: &Spelling<u16> = &Spelling {
    show: |number| method_name(*number),
    json: |number| json!(method_name(*number)),
    read: |text| method(text).map(|method| u16::from(method as u8)),
    expected: "`member-equal`, `reputation` or `quadratic`, with commas between",
};

/// The way of counting votes with that name.
#[must_use]
pub fn method(text: &str) -> Option<Method> {
    METHODS.into_iter().find(|method| method.as_str() == text)
}

fn method_name(number: u16) -> String {
    let known = METHODS.into_iter().find(|method| u16::from(*method as u8) == number);
    known.map_or_else(|| number.to_string(), |method| method.as_str().to_owned())
}

const REALM: &Spelling<RealmId> = &Spelling {
    show: ToString::to_string,
    json: |realm| json!(realm.to_string()),
    read: |text| text.parse().ok(),
    expected: "realms, with commas between",
};

const PARTY: &Spelling<Did> = &Spelling {
    show: ToString::to_string,
    json: |party| json!(party.to_string()),
    read: |text| text.parse().ok(),
    expected: "parties, with commas between",
};

fn slot(rules: &mut RuleSet, rule: Rule) -> Box<dyn Slot + '_> {
    match rule {
        Rule::MinIsolation => Box::new(In(&mut rules.min_isolation, ISOLATION)),
        Rule::MinTrust => Box::new(In(&mut rules.min_trust, SHARE)),
        Rule::MinQuorum => Box::new(In(&mut rules.min_quorum, NUMBER)),
        Rule::Governed => Box::new(In(&mut rules.governed, FLAG)),
        Rule::MaxPayload => Box::new(In(&mut rules.max_payload, NUMBER)),
        Rule::MaxGas => Box::new(In(&mut rules.max_gas, LIMIT)),
        Rule::MaxMana => Box::new(In(&mut rules.max_mana, LIMIT)),
        Rule::MaxEvents => Box::new(In(&mut rules.max_events, LIMIT)),
        Rule::MaxStorage => Box::new(In(&mut rules.max_storage, LIMIT)),
        Rule::MaxCrossings => Box::new(In(&mut rules.max_crossings, LIMIT)),
        Rule::RequiredCredentials => Box::new(In(&mut rules.required_credentials, SCHEMA)),
        Rule::AllowedKinds => Box::new(In(&mut rules.allowed_kinds, KIND)),
        Rule::AllowedMethods => Box::new(In(&mut rules.allowed_methods, METHOD)),
        Rule::AllowedRealms => Box::new(In(&mut rules.allowed_realms, REALM)),
        Rule::DeniedRealms => Box::new(In(&mut rules.denied_realms, REALM)),
        Rule::DeniedParties => Box::new(In(&mut rules.denied_parties, PARTY)),
        Rule::MinRetentionMs => Box::new(In(&mut rules.min_retention_ms, MILLIS)),
        Rule::RequiredAttestations => Box::new(In(&mut rules.required_attestations, SCHEMA)),
    }
}

/// What a rule says; none where it restricts nothing.
#[must_use]
pub fn text(rules: &RuleSet, rule: Rule) -> Option<String> {
    slot(&mut rules.clone(), rule).text()
}

/// What a rule says, for programs.
#[must_use]
pub fn value(rules: &RuleSet, rule: Rule) -> Value {
    slot(&mut rules.clone(), rule).json()
}

/// All rules that restrict something, for programs.
#[must_use]
pub fn json(rules: &RuleSet) -> Value {
    let restricting = Rule::ALL.iter().filter(|rule| text(rules, **rule).is_some());
    let object: Map<String, Value> =
        restricting.map(|rule| (rule.as_str().to_owned(), value(rules, *rule))).collect();
    Value::Object(object)
}

/// Takes over one rule, written `name=value`; `none` as value takes it away.
///
/// # Errors
/// `NOD-0007` with what was expected.
pub fn set(rules: &mut RuleSet, words: &str) -> Result<(), NodeError> {
    let (rule, text) = parts(words)?;
    let mut slot = slot(rules, rule);
    if text == NONE {
        slot.clear();
        return Ok(());
    }
    if slot.read(text) {
        return Ok(());
    }
    let expected = slot.expected();
    Err(NodeError::BadArgument(format!("expected {expected} for `{rule}`, found `{text}`")))
}

/// The rule and the value of `name=value`.
///
/// # Errors
/// As [`set`].
pub fn parts(words: &str) -> Result<(Rule, &str), NodeError> {
    let (name, value) = words.split_once('=').ok_or_else(|| {
        NodeError::BadArgument(format!("expected `<rule>=<value>`, found `{words}`"))
    })?;
    let rule = Rule::ALL.iter().find(|rule| rule.as_str() == name).ok_or_else(|| {
        let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
        let names = names.join(", ");
        NodeError::BadArgument(format!("no rule is called `{name}`; there are {names}"))
    })?;
    Ok((*rule, value))
}

#[cfg(test)]
mod tests;
