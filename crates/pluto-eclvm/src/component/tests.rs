//! Guests that behave, guests that do not, and bytes that are none.

mod guest;

use std::cell::RefCell;

use crate::PolicyProgram;
use pluto_core::Did;
use pluto_core::Namespace;
use pluto_core::policy::{
    Claim, Decision, Effect, EffectKind, Facts, Fallback, Fault, Gas, Outcome, Request, Value,
};
use pluto_core::trust::TrustVector;
use pluto_error::Coded;

use self::guest::{ANSWER, answer, component};
use super::*;

const LIMIT: Gas = Gas { network: 100, compute: 10_000, storage: 100, realm: 100 };

const fn did(number: u8) -> Did {
    Did { namespace: Namespace::Person, id: [number; 32] }
}

/// Knows identities 1 (trust 0.8, credential) and 2 (trust 0.5); counts what it is asked.
#[derive(Default)]
struct World {
    asked: RefCell<Vec<String>>,
}

impl World {
    fn note(&self, what: String) {
        self.asked.borrow_mut().push(what);
    }
}

impl Facts for World {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        self.note(format!("trust {}", who.id[0]));
        match who.id[0] {
            1 | 3 => Ok(TrustVector([800_000, 1, 2, 3, 4, 5])),
            2 => Ok(TrustVector([699_999; 6])),
            _ => Err(Fault::UnknownEntity),
        }
    }

    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        self.note(format!("balance {}", who.id[0]));
        Ok(-5)
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        self.note(format!("{claim:?} {}", who.id[0]));
        Ok(who.id[0] == 1 && matches!(claim, Claim::Credential("kyc") | Claim::Known))
    }

    fn record(&self, store: &str, version: u16, key: &str) -> Result<Option<Vec<Value>>, Fault> {
        self.note(format!("{store} {version} {key}"));
        Ok((key == "alice").then(|| vec![Value::Int(7), Value::Did(did(9))]))
    }

    fn now_ms(&self) -> i64 {
        1_700_000_000_000
    }
}

fn request(subject: u8, arguments: Vec<Value>) -> Request {
    Request { subject: did(subject), arguments }
}

fn decide_with(bytes: &[u8], request: &Request, limit: Gas) -> Decision {
    let host = ComponentHost::new().unwrap();
    host.load(bytes).unwrap().decide("guard", request, &World::default(), limit)
}

fn decide(body: &str) -> Decision {
    decide_with(&component(body), &request(1, vec![]), LIMIT)
}

fn allow() -> String {
    answer("(i32.const 1)", 0, 0)
}

#[track_caller]
fn check_fault(body: &str, fault: Fault) {
    assert_eq!(decide(&format!("{body} {}", allow())), Decision::fault(fault, LIMIT), "{body}");
}

#[test]
fn a_guest_reads_and_decides() {
    let host = ComponentHost::new().unwrap();
    let policy = host.load(&guest::trusted_and_proven()).unwrap();
    for (subject, outcome, rule, mask, network) in
        [(1, Outcome::Allow, 0, 3, 15), (2, Outcome::Deny, 1, 0, 10), (3, Outcome::Deny, 2, 1, 15)]
    {
        let found = policy.decide("guard", &request(subject, vec![]), &World::default(), LIMIT);
        assert_eq!((found.outcome, found.rule, found.mask), (outcome, rule, mask));
        assert_eq!((found.gas.network, found.gas.storage, found.gas.realm), (network, 0, 0));
        assert!(found.gas.compute > 0 && found.effects.is_empty());
    }
    let stranger = policy.decide("guard", &request(4, vec![]), &World::default(), LIMIT);
    assert_eq!(stranger, Decision::fault(Fault::UnknownEntity, LIMIT));
}

#[test]
fn the_same_question_costs_the_same_everywhere() {
    let bytes = guest::trusted_and_proven();
    let (here, there) = (ComponentHost::new().unwrap(), ComponentHost::new().unwrap());
    let (here, there) = (here.load(&bytes).unwrap(), there.load(&bytes).unwrap());
    let ask = |policy: &ComponentPolicy| {
        policy.decide("guard", &request(1, vec![]), &World::default(), LIMIT)
    };
    let first = ask(&here);
    assert_eq!(first.gas, Gas { network: 15, compute: 17, ..Gas::ZERO }, "part of the contract");
    assert_eq!([ask(&here), ask(&there), ask(&there)], [first.clone(), first.clone(), first]);
}

#[test]
fn a_limit_is_enough_or_not_and_changes_nothing_else() {
    let policy = ComponentHost::new().unwrap().load(&guest::trusted_and_proven()).unwrap();
    let ask = |limit| policy.decide("guard", &request(1, vec![]), &World::default(), limit);
    let whole = ask(GAS_MAX);
    assert!(whole.allows());
    assert_eq!(ask(whole.gas), whole, "what it costs is enough");
    assert_eq!(ask(Gas::MAX), whole);
    for short in [
        Gas { compute: whole.gas.compute - 1, ..whole.gas },
        Gas { network: whole.gas.network - 1, ..whole.gas },
        Gas::ZERO,
    ] {
        assert_eq!(ask(short), Decision::fault(Fault::OutOfGas, short));
    }
}

#[test]
fn every_read_reaches_the_facts_in_order() {
    // Each answer is added up into the rule, so that a wrong one shows.
    let body = format!(
        "(local.set $i (i32.wrap_i64 (call $balance (local.get $subject))))
         (local.set $i (i32.add (local.get $i) (call $holds (local.get $subject)
           (i32.const 3) (i32.const 0) (i32.const 0))))
         (local.set $i (i32.add (local.get $i) (i32.eq (i32.const 1700000000)
           (i32.wrap_i64 (i64.div_u (call $now) (i64.const 1000))))))
         (call $record (i32.const 280) (i32.const 8) (i32.const 2)
           (i32.const 288) (i32.const 5) (i32.const 512))
         (if (i32.ne (i32.load offset=8 (i32.const 512)) (i32.const 2)) (then unreachable))
         (local.set $j (i32.load offset=4 (i32.const 512)))
         (local.set $i (i32.add (local.get $i)
           (i32.load offset=8 (i32.load (local.get $j)))))
         (call $trust (i32.load offset=8 (i32.load offset=8 (local.get $j))) (i32.const 512))
         {}",
        allow()
    );
    let world = World::default();
    let bytes = component(&body);
    let host = ComponentHost::new().unwrap();
    let found = host.load(&bytes).unwrap().decide("guard", &request(1, vec![]), &world, LIMIT);
    assert_eq!(found, Decision::fault(Fault::UnknownEntity, LIMIT), "nobody knows identity 9");
    assert_eq!(*world.asked.borrow(), ["balance 1", "Known 1", "profiles 2 alice", "trust 9"],);
    let body = body.replace(
        "(call $trust (i32.load offset=8 (i32.load offset=8 (local.get $j))) (i32.const 512))",
        "(if (i32.ne (local.get $i) (i32.const 4)) (then unreachable))",
    );
    let found = decide(&body);
    assert!(found.allows(), "-5 + 1 + 1 + 7 = 4");
    assert_eq!((found.gas.network, found.gas.storage), (10, 5));
}

#[test]
fn arguments_arrive_as_nodes() {
    // One list of one record {a: 5} is three nodes; `receiver` is the handle after the subject's.
    let body = format!(
        "(if (i32.ne (local.get $arguments_len) (i32.const 2)) (then unreachable))
         (if (i32.ne (i32.load offset=4 (local.get $arguments)) (i32.const 3)) (then unreachable))
         (local.set $i (i32.load (local.get $arguments)))
         (if (i32.ne (i32.load8_u (local.get $i)) (i32.const 12)) (then unreachable))
         (if (i32.ne (i32.load8_u offset=32 (local.get $i)) (i32.const 13)) (then unreachable))
         (if (i64.ne (i64.load offset=72 (local.get $i)) (i64.const 5)) (then unreachable))
         (local.set $j (i32.load offset=8 (local.get $arguments)))
         (if (i32.ne (i32.load offset=8 (local.get $j)) (i32.const 1)) (then unreachable))
         {}",
        allow()
    );
    let arguments = vec![
        Value::List(vec![Value::Record(vec![("a".into(), Value::Int(5))])]),
        Value::Did(did(2)),
    ];
    assert!(decide_with(&component(&body), &request(1, arguments), LIMIT).allows());
}

#[test]
fn effects_are_returned_charged_and_only_with_allow() {
    // One effect at 600: emit "seen" { who: subject }.
    let effect = format!(
        "(i32.store offset=48 (i32.const {ANSWER}) (i32.const 600))
         (i32.store offset=52 (i32.const {ANSWER}) (i32.const 1))
         (i32.store offset=4 (i32.const 600) (i32.const 264))
         (i32.store offset=8 (i32.const 600) (i32.const 4))
         (i32.store offset=12 (i32.const 600) (i32.const 640))
         (i32.store offset=16 (i32.const 600) (i32.const 1))
         (i32.store (i32.const 640) (i32.const 272))
         (i32.store offset=4 (i32.const 640) (i32.const 3))
         (i32.store offset=8 (i32.const 640) (i32.const 672))
         (i32.store offset=12 (i32.const 640) (i32.const 1))
         (i32.store8 (i32.const 672) (i32.const 5))
         (i32.store offset=8 (i32.const 672) (local.get $subject))"
    );
    let found = decide(&format!("{effect} {}", allow()));
    let asked = Effect {
        kind: EffectKind::Emit,
        name: "seen".into(),
        fields: vec![("who".into(), Value::Did(did(1)))],
    };
    assert_eq!((found.outcome, found.effects), (Outcome::Allow, vec![asked]));
    assert_eq!(found.gas.realm, 10);
    let denied = decide(&format!("{effect} {}", answer("(i32.const 0)", 1, 0)));
    assert_eq!((denied.outcome, denied.effects.len()), (Outcome::Deny, 0));
    // A handle nobody gave out; a put whose first field is no text; more effects than may be.
    let broken = "(i32.store offset=8 (i32.const 672) (i32.const 77))";
    check_fault(&format!("{effect} {broken}"), Fault::Engine);
    let put = "(i32.store8 (i32.const 600) (i32.const 3))";
    check_fault(&format!("{effect} {put}"), Fault::Engine);
    let many = format!(
        "(i32.store offset=48 (i32.const {ANSWER}) (i32.const 8192))
         (i32.store offset=52 (i32.const {ANSWER}) (i32.const 65))"
    );
    check_fault(&many, Fault::TooLarge);
}

#[test]
fn a_guest_can_escalate_and_fault() {
    let found = decide(&format!(
        "{} (i64.store offset=16 (i32.const {ANSWER}) (i64.const 86400000))
         (i32.store8 offset=24 (i32.const {ANSWER}) (i32.const 1))",
        answer("(i32.const 2)", 4, 8)
    ));
    let outcome = Outcome::Escalate { timeout_ms: 86_400_000, fallback: Fallback::Allow };
    assert_eq!((found.outcome, found.rule, found.mask), (outcome, 4, 8));
    for fault in Fault::ALL {
        let number = fault as u8 - 1;
        let found = decide(&format!(
            "(i32.store8 (i32.const {ANSWER}) (i32.const 1))
             (i32.store8 offset=8 (i32.const {ANSWER}) (i32.const {number}))"
        ));
        assert_eq!(found, Decision::fault(fault, LIMIT), "the order of the WIT file is ours");
    }
}

#[test]
fn what_a_guest_breaks_is_a_fault() {
    check_fault("(loop $again (br $again))", Fault::OutOfGas);
    check_fault("unreachable", Fault::Engine);
    check_fault("(drop (i32.div_u (i32.const 1) (local.get $i)))", Fault::Engine);
    check_fault("(drop (i32.load (i32.const -4)))", Fault::Engine);
    // Grows past the bound; grows step by step; fills what it has again and again.
    check_fault("(drop (memory.grow (i32.const 64)))", Fault::Engine);
    check_fault("(loop $more (drop (memory.grow (i32.const 1))) (br $more))", Fault::Engine);
    check_fault(
        "(loop $more (memory.fill (i32.const 8192) (i32.const 1) (i32.const 32768)) (br $more))",
        Fault::OutOfGas,
    );
    // More reads than the limit pays for; an identity nobody named; a mask of 41 bits.
    check_fault(
        "(loop $more (call $trust (local.get $subject) (i32.const 512)) (br $more))",
        Fault::OutOfGas,
    );
    check_fault("(call $trust (i32.const 7) (i32.const 512))", Fault::UnknownEntity);
    let wide = answer("(i32.const 1)", 0, 1 << 40);
    assert_eq!(decide(&wide), Decision::fault(Fault::TooLarge, LIMIT));
    // A claim longer than a text can be; one longer than anything that is handed over.
    for (length, fault) in [(4097, Fault::TooLarge), (60_000 + 8_000, Fault::Engine)] {
        check_fault(
            &format!(
                "(drop (memory.grow (i32.const 1)))
                 (drop (call $holds (local.get $subject)
                   (i32.const 0) (i32.const 4096) (i32.const {length})))"
            ),
            fault,
        );
    }
}

#[test]
fn a_guest_that_calls_itself_for_ever_ends() {
    let wat = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
        (func $deeper (param i32) (result i32)
          (i32.add (local.get 0) (call $deeper (i32.add (local.get 0) (i32.const 1)))))
        (func (export "evaluate") (param i32 i32 i32 i32 i32) (result i32)
          (call $deeper (i32.const 0))))"#;
    let bytes = guest::encode(wat);
    let short = Gas { compute: 100, ..GAS_MAX };
    let found = decide_with(&bytes, &request(1, vec![]), short);
    assert_eq!(found, Decision::fault(Fault::OutOfGas, short), "before its stack is full");
    let found = decide_with(&bytes, &request(1, vec![]), GAS_MAX);
    assert_eq!(found, Decision::fault(Fault::Engine, GAS_MAX), "its stack is full");
}

#[test]
fn the_largest_memory_is_usable() {
    let grow = "(if (i32.ne (memory.grow (i32.const 63)) (i32.const 1)) (then unreachable))
                (i32.store (i32.const 4194300) (i32.const 1))";
    assert!(decide(&format!("{grow} {}", allow())).allows());
}

#[test]
fn a_guest_keeps_nothing_between_decisions() {
    let count = format!(
        "(i32.store (i32.const 768) (i32.add (i32.load (i32.const 768)) (i32.const 1)))
         (global.set $free (i32.add (global.get $free) (i32.const 64)))
         {}
         (i32.store16 offset=32 (i32.const {ANSWER})
           (i32.add (i32.load (i32.const 768)) (global.get $free)))",
        allow()
    );
    let policy = ComponentHost::new().unwrap().load(&component(&count)).unwrap();
    let ask = || policy.decide("guard", &request(1, vec![]), &World::default(), LIMIT);
    let first = ask();
    assert!(first.allows());
    (0..100).for_each(|_| assert_eq!(ask(), first));
}

#[test]
fn remaining_is_what_the_decision_leaves() {
    let body = format!(
        "(call $trust (local.get $subject) (i32.const 512))
         (call $remaining (i32.const 512))
         (if (i32.ne (i32.load (i32.const 512)) (i32.const 90)) (then unreachable))
         (if (i32.ge_u (i32.load offset=4 (i32.const 512)) (i32.const 10000)) (then unreachable))
         (if (i32.lt_u (i32.load offset=4 (i32.const 512)) (i32.const 9900)) (then unreachable))
         {}",
        allow()
    );
    assert!(decide(&body).allows());
}

#[test]
fn more_decisions_than_places_wait_and_agree() {
    let policy = ComponentHost::new().unwrap().load(&guest::trusted_and_proven()).unwrap();
    let ask = || policy.decide("guard", &request(1, vec![]), &World::default(), LIMIT);
    let first = ask();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..RUNS_MAX + 16)
            .map(|_| scope.spawn(|| (0..20).map(|_| ask()).collect::<Vec<_>>()))
            .collect();
        for thread in threads {
            assert!(thread.join().unwrap().iter().all(|found| *found == first));
        }
    });
}

#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let Err(error) = ComponentHost::new().unwrap().load(bytes) else { panic!("it was loaded") };
    assert_eq!(error.code().id(), "EVM-0004");
    error.to_string()
}

#[test]
fn what_is_no_component_of_the_world_is_refused() {
    let good = guest::trusted_and_proven();
    for bytes in [&[][..], b"garbage", &good[..good.len() / 2], b"(component)", b"\0asm\x01\0\0\0"]
    {
        refused(bytes);
    }
    assert!(refused(&vec![0; COMPONENT_BYTES_MAX + 1]).contains("bytes"));
    assert!(refused(b"\0asm\x0d\0\x01\0").contains("evaluate"));
}

#[test]
fn foreign_imports_are_refused() {
    let clock = "package wasi:clocks@0.2.0;
        interface wall-clock { seconds: func() -> u64; }
        world policy { import wall-clock; export evaluate: func(); }";
    let wat = r#"(module
        (import "wasi:clocks/wall-clock@0.2.0" "seconds" (func $seconds (result i64)))
        (func (export "evaluate") (drop (call $seconds))))"#;
    let found = refused(&guest::encode_for(wat, clock, "policy").unwrap());
    assert!(found.contains("wasi:clocks/wall-clock"), "{found}");
    // A function that the world does not have, under a name that it has.
    let more =
        guest::WIT.replace("interface meter {", "interface meter { refund: func(units: u32);");
    let wat = r#"(module
        (import "erynoa:ecl/meter@1.0.0" "refund" (func $refund (param i32)))
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "evaluate") (param i32 i32 i32 i32 i32) (result i32)
          (call $refund (i32.const 1)) unreachable))"#;
    assert!(refused(&guest::encode_for(wat, &more, "policy").unwrap()).contains("refund"));
}

#[test]
fn a_memory_above_the_bound_is_refused_at_once() {
    let wat = r#"(module
        (memory (export "memory") 65)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "evaluate") (param i32 i32 i32 i32 i32) (result i32) unreachable))"#;
    refused(&guest::encode(wat));
}

#[test]
fn a_guest_without_imports_or_with_a_start_function_is_fine() {
    let wat = format!(
        r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
        (func $start (i32.store8 offset=8 (i32.const {ANSWER}) (i32.const 1)))
        (start $start)
        (func (export "evaluate") (param i32 i32 i32 i32 i32) (result i32) (i32.const {ANSWER})))"#
    );
    assert!(decide_with(&guest::encode(&wat), &request(1, vec![]), LIMIT).allows());
    let endless = wat.replace("(func $start ", "(func $start (loop $again (br $again)) ");
    let found = decide_with(&guest::encode(&endless), &request(1, vec![]), LIMIT);
    assert_eq!(found, Decision::fault(Fault::OutOfGas, LIMIT));
}

/// A component of version 1 as it was first built.
const GOLDEN: &[u8] = include_bytes!("../../../../docs/formats/golden/component-v1.wasm");

#[test]
fn components_of_this_version_stay_loadable() {
    let policy = ComponentHost::new().unwrap().load(GOLDEN).unwrap();
    let found = policy.decide("guard", &request(1, vec![]), &World::default(), LIMIT);
    assert_eq!(
        found,
        Decision {
            outcome: Outcome::Allow,
            rule: 0,
            mask: 3,
            gas: Gas { network: 15, compute: 17, ..Gas::ZERO },
            effects: vec![],
        }
    );
}
