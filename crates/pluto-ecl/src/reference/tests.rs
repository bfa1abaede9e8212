//! What the language means, at its edges; and that nothing fails open.

use pluto_core::did::Did;
use pluto_core::policy::{Claim, Effect, EffectKind, Value};
use pluto_core::trust::TrustVector;

use super::*;
use crate::check::check_source;
use crate::testing::{World, identity};

fn bundle(source: &str) -> Bundle {
    let checked = check_source(source);
    checked.bundle.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

/// A host that answers everything with one fault, or with nonsense.
struct Host {
    fault: Option<Fault>,
}

impl Host {
    fn answer<T>(&self, value: T) -> Result<T, Fault> {
        self.fault.map_or(Ok(value), Err)
    }
}

impl Facts for Host {
    fn trust(&self, _: &Did) -> Result<TrustVector, Fault> {
        self.answer(TrustVector([2_000_000; 6]))
    }

    fn balance(&self, _: &Did) -> Result<i64, Fault> {
        self.answer(7)
    }

    fn holds(&self, _: &Did, _: Claim<'_>) -> Result<bool, Fault> {
        self.answer(true)
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        self.answer(Some(vec![Value::Text(String::from("far too long"))]))
    }

    fn now_ms(&self) -> i64 {
        1_000
    }
}

const GOOD: Host = Host { fault: None };

fn ask(source: &str, arguments: Vec<Value>, host: &Host, limit: Gas, bound: Gas) -> Decision {
    let request = Request { subject: identity("subject"), arguments };
    decide(&bundle(source), 0, &request, host, limit, bound)
}

#[track_caller]
fn answers(source: &str, arguments: Vec<Value>, expected: Outcome) -> Decision {
    let decision = ask(source, arguments, &GOOD, Gas::MAX, Gas::MAX);
    assert_eq!(decision.outcome, expected, "{source}");
    decision
}

#[track_caller]
fn faults(source: &str, arguments: Vec<Value>, expected: Fault) {
    let decision = answers(source, arguments, Outcome::Indeterminate(expected));
    assert_eq!(decision, Decision::fault(expected, Gas::MAX));
}

#[test]
fn a_fault_of_the_host_is_a_fault_and_never_data() {
    let reads = [
        "policy p on store { allow if subject.trust.r >= 0 || true }",
        "policy p on store { deny if subject.balance < 0 }",
        "policy p on store { deny if subject has role \"x\" }",
        "policy p on store { deny if !known(subject) }",
        "store s { x: text<4> } policy p on store { deny if present(s[\"k\"]) && false }",
    ];
    for source in reads {
        for fault in [Fault::UnknownEntity, Fault::NotSupported] {
            let host = Host { fault: Some(fault) };
            let decision = ask(source, vec![], &host, Gas::MAX, Gas::MAX);
            assert_eq!(decision, Decision::fault(fault, Gas::MAX), "{source}");
        }
    }
}

#[test]
fn a_host_that_breaks_its_promise_is_a_fault_of_the_engine() {
    faults("policy p on custom { allow if subject.trust.r > 0 }", vec![], Fault::Engine);
    let short = "store s { x: text<4> } policy p on store { allow if present(s[\"k\"]) }";
    faults(short, vec![], Fault::Engine);
    let wider = "store s { x: text<64>, y: int } policy p on store { allow if present(s[\"k\"]) }";
    faults(wider, vec![], Fault::Engine);
    let fits = "store s { x: text<64> } policy p on store { allow if present(s[\"k\"]) }";
    answers(fits, vec![], Outcome::Allow);
}

#[test]
fn without_gas_nothing_is_allowed() {
    let source = "policy p on custom (a: int) { require a > 1 emit seen { a } }";
    let cost = answers(source, vec![Value::Int(5)], Outcome::Allow).gas;
    assert_eq!(cost, Gas { compute: 5, realm: 10, ..Gas::ZERO });
    let asked = |limit| ask(source, vec![Value::Int(5)], &GOOD, limit, cost);
    assert!(asked(cost).allows());
    let short = [
        Gas::ZERO,
        Gas { compute: 4, ..cost },
        Gas { realm: 9, ..cost },
        Gas { compute: u32::MAX, realm: 0, ..cost },
    ];
    for limit in short {
        let expected = Decision::fault(Fault::OutOfGas, cost.min(limit));
        assert_eq!(asked(limit), expected);
    }
}

#[test]
fn a_path_below_the_limit_is_decided_though_the_bound_is_above() {
    let source = "policy p on custom (a: int) { require a > 1 emit seen { a } }";
    let bound = Gas { compute: 5, realm: 10, ..Gas::ZERO };
    let limit = Gas { compute: 4, ..Gas::ZERO };
    let decision = ask(source, vec![Value::Int(1)], &GOOD, limit, bound);
    assert_eq!((decision.outcome, decision.rule), (Outcome::Deny, 1));
    assert_eq!(decision.gas, limit);
}

#[test]
fn under_a_short_limit_every_fault_is_out_of_gas() {
    let source = "policy p on custom (a: int) { require 1 / a > 1 emit seen { a } }";
    let bound = Gas { compute: 10, realm: 10, ..Gas::ZERO };
    let short = Gas { realm: 9, ..bound };
    let asked = |limit, a| ask(source, a, &GOOD, limit, bound);
    assert_eq!(asked(bound, vec![Value::Int(0)]), Decision::fault(Fault::DivisionByZero, bound));
    assert_eq!(asked(short, vec![Value::Int(0)]), Decision::fault(Fault::OutOfGas, short));
    // A question that is wrong in itself stays so.
    assert_eq!(asked(short, vec![]), Decision::fault(Fault::BadRequest, short));
}

#[test]
fn a_question_fits_the_parameters_or_is_refused() {
    let source = "enum e { x, y } record r { a: int, b: e }
        policy p on custom (r: r, t: text<3>, l: list<int, 2>, s: set<e>, o: option<int>, y: symbol, u: trust) {
            deny if r.a > 0 && t == \"\" && length(l) > 0 && r.b in s && present(o) && y == Q && u.r > 0 }";
    let record = |a, b: &str| {
        Value::Record(vec![
            (String::from("a"), Value::Int(a)),
            (String::from("b"), Value::Variant(String::from(b))),
        ])
    };
    let text = |t: &str| Value::Text(String::from(t));
    let ints = |n| Value::List(vec![Value::Int(1); n]);
    let names = |n: &[&str]| Value::Set(n.iter().map(|n| String::from(*n)).collect());
    let symbol = |n: usize| Value::Symbol("s".repeat(n));
    let trust = |ppm| Value::Trust(TrustVector([ppm; 6]));
    let good = vec![
        record(1, "y"),
        text("abc"),
        ints(2),
        names(&["y", "y"]),
        Value::Option(None),
        symbol(64),
        trust(1_000_000),
    ];
    answers(source, good.clone(), Outcome::Allow);
    let swapped = Value::Record(vec![
        (String::from("b"), Value::Variant(String::from("x"))),
        (String::from("a"), Value::Int(1)),
    ]);
    let bad = [
        (0, record(1, "z"), Fault::BadRequest),
        (0, swapped, Fault::BadRequest),
        (0, Value::Record(vec![]), Fault::BadRequest),
        (1, text("abcd"), Fault::TooLarge),
        (1, Value::Symbol(String::from("abc")), Fault::BadRequest),
        (2, ints(3), Fault::TooLarge),
        (2, Value::List(vec![Value::Fixed(1)]), Fault::BadRequest),
        (3, names(&["z"]), Fault::BadRequest),
        (4, Value::Int(1), Fault::BadRequest),
        (4, Value::Option(Some(Box::new(text("a")))), Fault::BadRequest),
        (5, symbol(65), Fault::TooLarge),
        (6, trust(1_000_001), Fault::BadRequest),
    ];
    for (place, value, fault) in bad {
        let mut arguments = good.clone();
        arguments[place] = value;
        faults(source, arguments, fault);
    }
    faults(source, good[1..].to_vec(), Fault::BadRequest);
}

#[test]
fn a_policy_that_is_not_there_is_a_fault() {
    let request = Request { subject: identity("subject"), arguments: vec![] };
    let decision = decide(&Bundle::default(), 0, &request, &GOOD, Gas::MAX, Gas::ZERO);
    assert_eq!(decision, Decision::fault(Fault::NoPolicy, Gas::ZERO));
}

#[test]
fn what_is_skipped_neither_faults_nor_costs() {
    let guarded = "policy p on custom (a: int) { allow if a != 0 && 10 / a > 1 }";
    let skipped = answers(guarded, vec![Value::Int(0)], Outcome::Deny);
    // allow 2, and 1, != 2
    assert_eq!(skipped.gas, Gas::compute(5));
    let taken = answers(guarded, vec![Value::Int(3)], Outcome::Allow);
    assert_eq!(taken.gas, Gas::compute(5 + 5 + 2));
    answers(
        "policy p on custom (a: int) { allow if a == 0 || 1 / a > 5 }",
        vec![Value::Int(0)],
        Outcome::Allow,
    );
    answers(
        "policy p on custom (a: int) { allow if (if a == 0 then 1 else 1 / a) == 1 }",
        vec![Value::Int(0)],
        Outcome::Allow,
    );
    let both = "policy p on custom (a: int, o: option<int>) { allow if or_else(o, 1 / a) == 1 }";
    let one = Value::Option(Some(Box::new(Value::Int(1))));
    faults(both, vec![Value::Int(0), one], Fault::DivisionByZero);
    let right = "policy p on custom (a: int, o: option<int>) { deny if o > 1 / a }";
    faults(right, vec![Value::Int(0), Value::Option(None)], Fault::DivisionByZero);
}

#[test]
fn lists_are_looked_at_to_their_end() {
    let list = |items: &[i64]| vec![Value::List(items.iter().map(|n| Value::Int(*n)).collect())];
    let any = "policy p on custom (l: list<int, 4>) { allow if any(x in l where 6 / x > 1) }";
    faults(any, list(&[1, 0]), Fault::DivisionByZero);
    // allow 2, any 2, and for each item: one, div 5, > 2
    let decision = answers(any, list(&[1, 2]), Outcome::Allow);
    assert_eq!(decision.gas, Gas::compute(4 + 2 * 8));
    let sum = "policy p on custom (l: list<int, 4>) { allow if sum(x in l) == 0 }";
    faults(sum, list(&[i64::MAX, 1, -1, i64::MIN]), Fault::Overflow);
    answers(sum, list(&[i64::MAX, -i64::MAX]), Outcome::Allow);
    for (source, outcome) in [
        ("any(x in l)", Outcome::Deny),
        ("!any(x in l where x > 0)", Outcome::Allow),
        ("all(x in l where x > 0)", Outcome::Allow),
        ("count(x in l) == 0", Outcome::Allow),
    ] {
        let source = format!("policy p on custom (l: list<int, 4>) {{ allow if {source} }}");
        answers(&source, list(&[]), outcome);
    }
}

#[test]
fn a_comparison_with_nothing_is_false() {
    for op in ["==", "!=", "<", "<=", ">", ">="] {
        let source = format!("policy p on custom (o: option<int>) {{ allow if o {op} 0 }}");
        answers(&source, vec![Value::Option(None)], Outcome::Deny);
    }
    let nested =
        "record a { x: option<int> } policy p on custom (a: option<a>) { allow if a?.x == 1 }";
    let a = |x| Value::Option(Some(Box::new(Value::Record(vec![(String::from("x"), x)]))));
    answers(nested, vec![Value::Option(None)], Outcome::Deny);
    answers(nested, vec![a(Value::Option(None))], Outcome::Deny);
    let one = Value::Option(Some(Box::new(Value::Int(1))));
    answers(nested, vec![a(one)], Outcome::Allow);
}

#[test]
fn numbers_at_their_edges() {
    let cases = [
        ("a + 1 > 0", i64::MAX, Err(Fault::Overflow)),
        ("-a > 0", i64::MIN, Err(Fault::Overflow)),
        ("abs(a) > 0", i64::MIN, Err(Fault::Overflow)),
        ("a / -1 > 0", i64::MIN, Err(Fault::Overflow)),
        ("a % -1 == 0", i64::MIN, Ok(true)),
        ("-7 / a == -3 && -7 % a == -1 && 7 % -a == 1", 2, Ok(true)),
        ("sqrt(a) > 0", -1, Err(Fault::Overflow)),
        ("fixed(a) > 0", 9_223_372_036_855, Err(Fault::Overflow)),
        ("clamp(a, 9, 3) == 3", 5, Ok(true)),
        ("fixed(a) / 3.0 == 0.333333 && -fixed(a) / 3.0 == -0.333333", 1, Ok(true)),
        ("int(fixed(a) - 0.000001) == -1", -1, Ok(true)),
    ];
    for (condition, a, expected) in cases {
        let source = format!("policy p on custom (a: int) {{ allow if {condition} }}");
        let outcome = match expected {
            Ok(held) => outcome_of(held),
            Err(fault) => Outcome::Indeterminate(fault),
        };
        answers(&source, vec![Value::Int(a)], outcome);
    }
    let later = "policy p on custom (t: time, d: duration) { allow if t + d > t }";
    faults(later, vec![Value::Time(i64::MAX), Value::Duration(1)], Fault::Overflow);
}

#[test]
fn the_mask_tells_which_conditions_held() {
    let source = "policy p on custom (a: int) {
        require a > 0
        deny if a > 100
        if a > 10 { deny if a > 50 } else { require a < 9 }
        allow if a == 5
        deny \"rest\"
    }";
    let asked = |a| {
        let decision = ask(source, vec![Value::Int(a)], &GOOD, Gas::MAX, Gas::MAX);
        (decision.rule, decision.mask)
    };
    assert_eq!(asked(0), (1, 0));
    assert_eq!(asked(101), (2, 0b11));
    assert_eq!(asked(51), (3, 0b101));
    assert_eq!(asked(9), (4, 0b1));
    assert_eq!(asked(5), (5, 0b1_1001));
    assert_eq!(asked(6), (6, 0b1001));
    let many = "require a > 0 ".repeat(41);
    let source = format!("policy p on custom (a: int) {{ {many} }}");
    let decision = ask(&source, vec![Value::Int(1)], &GOOD, Gas::MAX, Gas::MAX);
    assert_eq!((decision.rule, decision.mask), (0, (1 << 40) - 1));
}

#[test]
fn effects_come_with_an_allow_only() {
    let source = "enum e { x, y } store s { n: int, note: option<text<8>> = none }
        policy p on store (a: int, w: set<e>) {
            emit early { a, w }
            put s[\"k\"] { n: a + 1 }
            require a > 0
            cost { mana: a }
            delete s[\"old\"]
        }";
    let names = Value::Set(vec![String::from("y"), String::from("x")]);
    let denied = answers(source, vec![Value::Int(0), names.clone()], Outcome::Deny);
    assert_eq!(denied.effects, []);
    let allowed = answers(source, vec![Value::Int(3), names], Outcome::Allow);
    let effect = |kind, name: &str, fields: &[(&str, Value)]| Effect {
        kind,
        name: String::from(name),
        fields: fields.iter().map(|(n, v)| (String::from(*n), v.clone())).collect(),
    };
    let text = |t: &str| Value::Text(String::from(t));
    let both = Value::Set(vec![String::from("x"), String::from("y")]);
    assert_eq!(
        allowed.effects,
        [
            effect(EffectKind::Emit, "early", &[("a", Value::Int(3)), ("w", both)]),
            effect(
                EffectKind::Put,
                "s",
                &[("key", text("k")), ("n", Value::Int(4)), ("note", Value::Option(None))]
            ),
            effect(EffectKind::Cost, "", &[("mana", Value::Int(3))]),
            effect(EffectKind::Delete, "s", &[("key", text("old"))]),
        ]
    );
}

#[test]
fn records_are_migrated_step_by_step() {
    let bundle = bundle(
        "store s version 3 { name: text<64>, mail: option<text<32>>, n: int = 0 }
        migrate s from 1 { full: text<16>, n: text<4> } { name: old.full mail: \"none\" n: length(old.n) }
        migrate s from 2 { name: text<32>, mail: text<32>, n: int } {
            name: old.name
            mail: if old.mail == \"none\" then none else some(old.mail)
            n: 10 / old.n
        }
        policy p on store (k: text) { require present(s[k]) }",
    );
    let text = |t: &str| Value::Text(String::from(t));
    let from_one = |n: &str| migrate(&bundle, "s", 1, &[text("Ann"), text(n)]);
    let none = Value::Option(None);
    assert_eq!(from_one("abcd"), Ok(vec![text("Ann"), none, Value::Int(2)]));
    assert_eq!(from_one(""), Err(Fault::DivisionByZero));
    let two = [text("Ann"), text("a@b"), Value::Int(1)];
    let mail = Value::Option(Some(Box::new(text("a@b"))));
    assert_eq!(migrate(&bundle, "s", 2, &two), Ok(vec![text("Ann"), mail, Value::Int(10)]));
    assert_eq!(migrate(&bundle, "s", 3, &two), Ok(two.to_vec()));
    assert_eq!(migrate(&bundle, "s", 4, &two), Err(Fault::NoPolicy));
    assert_eq!(migrate(&bundle, "t", 1, &two), Err(Fault::NoPolicy));
    assert_eq!(migrate(&bundle, "s", 1, &two), Err(Fault::Engine));
}

#[test]
fn the_same_question_gives_the_same_answer() {
    let source = include_str!("../../corpus/stores.ecl");
    let bundle = bundle(source);
    for test in &bundle.tests {
        let world = World::of(&bundle, test);
        let index = usize::from(test.policy);
        let asked = || decide(&bundle, index, &world.request(test), &world, Gas::MAX, Gas::MAX);
        assert_eq!(asked(), asked());
    }
}
