//! The published bytes, and what becomes of changed ones.

use std::path::PathBuf;

use pluto_core::codec::{Canonical, CodecError};
use pluto_core::policy::{EffectKind, Fallback, Gas};

use super::*;
use crate::code::{
    Ending, Fact, Input, Kind, List, Node, Op, Policy, Reg, Rule, StoreRef, TextTest,
};
use crate::hir::{Arithmetic, ClaimKind, Comparison, EffectSite, PolicyKind, RuleKind};
use crate::interpreter::Program;
use crate::types::{EnumId, EnumType, RecordId, RecordType, Type, TypeTable};

const SOURCE_TEXT: &str = include_str!("../../corpus/crossing.ecl");

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/golden").join(name)
}

fn compiled() -> Artifact {
    let bundle = crate::check::check_source(SOURCE_TEXT).bundle.unwrap();
    let module = crate::lower::lower(&bundle).unwrap();
    Artifact { edition: 1, source: SOURCE_TEXT.into(), module, wasm: None }
}

fn every_operation() -> Vec<Op> {
    let (a, b, c) = (Reg(1), Reg(2), Reg(3));
    let comparisons =
        [Comparison::Eq, Comparison::Ne, Comparison::Lt, Comparison::Le, Comparison::Gt];
    let arithmetic = [
        Arithmetic::Add,
        Arithmetic::Sub,
        Arithmetic::Mul,
        Arithmetic::Div,
        Arithmetic::Rem,
        Arithmetic::FixedMul,
        Arithmetic::FixedDiv,
    ];
    let tests = [TextTest::Glob, TextTest::StartsWith, TextTest::EndsWith, TextTest::Contains];
    let mut ops = vec![
        Op::Const(-2),
        Op::Literal(1),
        Op::Input(2),
        Op::Absent,
        Op::Copy(a),
        Op::Select(a, b, c),
        Op::Not(a),
        Op::Negate(a),
        Op::Abs(a),
        Op::CompareConst(Comparison::Ge, a, i64::MIN),
        Op::And(a, b),
        Op::Or(a, b),
        Op::Unchecked(Arithmetic::Mul, a, b),
        Op::Min(a, b),
        Op::Max(a, b),
        Op::ToFixed(a),
        Op::ToInt(a),
        Op::Sqrt(a),
        Op::Bit(a, b),
        Op::Norm(a),
        Op::Combine(a, b),
        Op::ListLength(3),
        Op::Item(3, a, 4),
        Op::TextLength(a),
    ];
    ops.extend(comparisons.map(|op| Op::Compare(op, a, b)));
    ops.extend(arithmetic.map(|op| Op::Arithmetic(op, a, b)));
    ops.extend(tests.map(|test| Op::TextTest(test, a, b)));
    ops
}

fn every_node() -> Vec<Node> {
    let (a, b, c) = (Reg(1), Reg(2), Reg(3));
    let facts = [
        Fact::Trust,
        Fact::Balance,
        Fact::Known,
        Fact::Has(ClaimKind::Credential, 1),
        Fact::Has(ClaimKind::Capability, 2),
        Fact::Has(ClaimKind::Role, 3),
        Fact::Record(4),
    ];
    let mut body: Vec<Node> = every_operation().into_iter().map(|op| Node::Let(c, op)).collect();
    body.extend(facts.map(|fact| Node::Read { dst: a, fact, about: b }));
    body.push(Node::Charge(Gas { network: 1, compute: 2, storage: 3, realm: 4 }));
    body.push(Node::Each { list: 1, index: a, body: vec![Node::Mark(7, a)] });
    body.push(Node::Effect(2, vec![a, b]));
    body.push(Node::If(
        a,
        vec![Node::Decide(Ending::Deny, 1), Node::Decide(Ending::Allow, 2)],
        vec![Node::Decide(Ending::Escalate, 3)],
    ));
    body
}

fn every_type() -> TypeTable {
    let types = [
        Type::Bool,
        Type::Int,
        Type::Fixed,
        Type::Time,
        Type::Duration,
        Type::Did,
        Type::Symbol,
        Type::Text(64),
        Type::Trust,
        Type::Enum(EnumId(0)),
        Type::Set(EnumId(0)),
        Type::Record(RecordId(1)),
        Type::Option(Box::new(Type::Int)),
        Type::List(Box::new(Type::Did), 9),
    ];
    let fields = types.map(|ty| ("f".to_owned(), ty)).to_vec();
    TypeTable {
        enums: vec![EnumType { name: "E".into(), variants: vec!["a".into(), "b".into()] }],
        records: vec![RecordType { name: "R".into(), fields }],
    }
}

fn empty_policy(kind: PolicyKind) -> Policy {
    Policy {
        name: "p".into(),
        kind,
        params: Vec::new(),
        rules: Vec::new(),
        effects: Vec::new(),
        inputs: Vec::new(),
        lists: Vec::new(),
        registers: Vec::new(),
        body: Vec::new(),
        bound: Gas::ZERO,
    }
}

fn full_policy() -> Policy {
    use EffectKind::{Audit, Cost, Delete, Emit, Put};
    let kinds = [RuleKind::Require, RuleKind::Allow, RuleKind::Deny, RuleKind::Escalate];
    let rules = kinds.map(|kind| Rule {
        kind,
        reason: "why".into(),
        timeout_ms: 5,
        fallback: if kind == RuleKind::Allow { Fallback::Allow } else { Fallback::Deny },
        span: (6, 7),
    });
    let effects = [Emit, Cost, Audit, Put, Delete].map(|kind| EffectSite {
        kind,
        name: "e".into(),
        fields: vec![("f".into(), Type::Bool)],
    });
    Policy {
        params: vec![("x".into(), Type::Int)],
        rules: rules.to_vec(),
        effects: effects.to_vec(),
        inputs: vec![
            Input::Param { param: 1, part: 2 },
            Input::Subject,
            Input::Now,
            Input::Fact { fact: Fact::Trust, about: 1, part: 5 },
        ],
        lists: vec![List { param: 1, path: vec![2, 3], item: Type::Did, stride: 1, max: 9 }],
        registers: vec![Kind::Bool, Kind::Number, Kind::Text, Kind::Did],
        body: every_node(),
        bound: Gas { network: 9, compute: 8, storage: 7, realm: 6 },
        ..empty_policy(PolicyKind::Custom)
    }
}

/// Every variant of every table once; it does not verify.
fn everything() -> Artifact {
    let policies = PolicyKind::ALL.map(empty_policy).into_iter().chain([full_policy()]).collect();
    let module = Module {
        types: every_type(),
        literals: vec![String::new(), "ü".into()],
        stores: vec![StoreRef { name: "s".into(), version: 2, schema: RecordId(0), history: None }],
        policies,
    };
    Artifact { edition: 1, source: "// nothing".into(), module, wasm: Some(Digest([7; 32])) }
}

#[test]
#[ignore = "writes the golden files; run it only when the format gets a new version"]
fn write_golden_files() {
    std::fs::write(golden("eclc-v1.bin"), compiled().encode()).unwrap();
    std::fs::write(golden("eclc-v1-everything.bin"), everything().encode()).unwrap();
}

#[test]
fn every_table_is_written_as_published() {
    let bytes = std::fs::read(golden("eclc-v1-everything.bin")).unwrap();
    assert_eq!(everything().encode(), bytes);
    assert_eq!(Artifact::from_bytes(&bytes).unwrap(), everything());
}

#[test]
fn a_published_artifact_still_runs() {
    let bytes = std::fs::read(golden("eclc-v1.bin")).unwrap();
    let artifact = Artifact::from_bytes(&bytes).unwrap();
    assert_eq!(artifact.encode(), bytes);
    let names: Vec<_> = artifact.module.policies.iter().map(|policy| policy.name.clone()).collect();
    assert!(!names.is_empty());
    let program = Program::load(&artifact.module).unwrap();
    names.iter().enumerate().for_each(|(at, name)| assert_eq!(program.find(name), Some(at)));
}

const STORE_TEXT: &str = "enum level { low, high }
store people version 2 { name: text<64> level: level note: option<int> = none index name }
migrate people from 1 { name: text<64>, age: int } {
  name: old.name
  level: if old.age > 40 then high else low
  note: none
}
policy people on store (key: text<64>) { require present(people[key]) }
";

fn with_store() -> Artifact {
    let module = crate::compile::compile(STORE_TEXT).result.unwrap().1;
    Artifact { edition: 1, source: STORE_TEXT.into(), module, wasm: None }
}

#[test]
#[ignore = "writes the golden file; run it only when the format gets a new version"]
fn write_golden_file_with_history() {
    std::fs::write(golden("eclc-v2.bin"), with_store().encode()).unwrap();
}

#[test]
fn a_published_history_still_reads() {
    let bytes = std::fs::read(golden("eclc-v2.bin")).unwrap();
    let artifact = Artifact::from_bytes(&bytes).unwrap();
    assert_eq!(artifact.encode(), bytes);
    assert_eq!(artifact, with_store());
    let program = Program::load(&artifact.module).unwrap();
    assert!(program.find("people@1").is_some());
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        if let Ok(artifact) = Artifact::from_bytes(&other) {
            assert_eq!(artifact.encode(), other, "byte {at}");
            let _ = Program::load(&artifact.module);
        }
    }
}

#[test]
fn a_bundle_without_stores_has_the_bytes_of_version_1() {
    assert_eq!(compiled().encode()[8], 1);
    let mut bytes = compiled().encode();
    bytes[8] = 2;
    assert!(matches!(Artifact::from_bytes(&bytes), Err(CodecError::NotCanonical("version"))));
    assert_eq!(with_store().encode()[8], 2);
    let mut old = with_store();
    old.module.stores[0].history = None;
    let bytes = old.encode();
    assert_eq!(bytes[8], 1);
    assert_eq!(Artifact::from_bytes(&bytes).unwrap(), old);
}

#[test]
fn an_artifact_is_what_was_compiled() {
    let artifact = compiled();
    let bytes = artifact.to_bytes().unwrap();
    assert_eq!(Artifact::from_bytes(&bytes).unwrap(), artifact);
    assert_ne!(Artifact::id(&bytes), Artifact::source_hash(&artifact.source));
}

#[test]
fn what_is_too_large_is_neither_written_nor_read() {
    let mut artifact = compiled();
    artifact.module.literals = (0..20).map(|_| "x".repeat(4096)).collect();
    let found = artifact.encode().len();
    assert_eq!(artifact.to_bytes(), Err(ArtifactError::TooLarge { found }));
    let refused = Artifact::from_bytes(&artifact.encode()).unwrap_err();
    assert!(matches!(refused, CodecError::TooLarge { what: "artifact", .. }));
}

#[test]
fn every_other_byte_and_every_cut_is_refused_or_another_artifact() {
    let bytes = compiled().encode();
    for length in 0..bytes.len() {
        assert!(Artifact::from_bytes(&bytes[..length]).is_err(), "cut at {length}");
    }
    let mut other = bytes.clone();
    for at in 0..bytes.len() {
        other[at] ^= 1;
        if let Ok(artifact) = Artifact::from_bytes(&other) {
            assert_eq!(artifact.encode(), other, "byte {at}");
            // Refused or run, never a panic.
            let _ = Program::load(&artifact.module);
        }
        other[at] ^= 1;
    }
}

#[test]
fn nesting_is_bounded_before_the_stack_is() {
    let mut artifact = compiled();
    let policy = artifact.module.policies.first_mut().unwrap();
    // Encoding recurses as well: the bytes are made by hand.
    policy.body = Vec::new();
    let plain = artifact.encode();
    let mut marked = artifact.clone();
    marked.module.policies[0].body = vec![Node::Decide(Ending::Deny, 0)];
    let at = plain.iter().zip(marked.encode()).position(|(a, b)| *a != b).unwrap() - 1;
    let mut deep = plain[..at].to_vec();
    for _ in 0..20_000 {
        deep.extend_from_slice(&[0, 1, 3, 0, 0]);
    }
    let deep = deep.get(..ARTIFACT_BYTES_MAX).unwrap();
    assert!(matches!(
        Artifact::from_bytes(deep),
        Err(CodecError::TooLarge { what: "nesting", .. })
    ));
}
