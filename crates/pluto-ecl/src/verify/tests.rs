//! Good code, broken in one way at a time.

use pluto_core::policy::EffectKind;

use super::*;
use crate::code::{Ending, Fact, Input, Kind, Module, Node, Op, Policy, Reg, StoreRef, TextTest};
use crate::hir::{Arithmetic, Comparison, EffectSite, PolicyKind, RuleKind};
use crate::types::{EnumId, RecordId, RecordType, Type};

const SOURCE: &str = r#"
store notes { title: text<8> }
policy p on store (a: int, d: did, t: text<40>, xs: list<int, 4>) {
    require a > 0 && norm(d.trust) >= 0.5
    require any(x in xs where x + a > 3)
    require glob("a*", t)
    require present(notes[t])
    if a > 7 { emit big { a, t } }
    escalate { timeout: 1h, fallback: deny }
}
"#;

fn good() -> Module {
    let checked = crate::check::check_source(SOURCE);
    let bundle = checked.bundle.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    crate::lower::lower(&bundle).unwrap()
}

/// The rule that is broken after `change`; the worst case is stated anew, so that it is not that.
fn broken(change: impl FnOnce(&mut Module)) -> Option<Refusal> {
    let mut module = good();
    change(&mut module);
    for policy in &mut module.policies {
        policy.bound = bound(&policy.body, &policy.lists);
    }
    verify(&module).err().map(|error| error.rule)
}

fn body(change: impl FnOnce(&mut Policy)) -> Option<Refusal> {
    broken(|module| change(&mut module.policies[0]))
}

fn fresh(policy: &mut Policy, kind: Kind) -> Reg {
    policy.registers.push(kind);
    Reg(u16::try_from(policy.registers.len() - 1).unwrap())
}

/// Puts nodes in front of the code.
fn front(policy: &mut Policy, nodes: impl IntoIterator<Item = Node>) {
    policy.body.splice(0..0, nodes);
}

/// The answer when a fresh register of that kind gets `op`.
fn op(kind: Kind, op: impl FnOnce(&Policy) -> Op) -> Option<Refusal> {
    body(|policy| {
        let op = op(policy);
        let reg = fresh(policy, kind);
        front(policy, [Node::Let(reg, op)]);
    })
}

#[test]
fn lowered_code_passes() {
    assert_eq!(broken(|_| {}), None);
}

#[test]
fn numbers_name_something() {
    use Refusal::Range;
    assert_eq!(op(Kind::Number, |_| Op::Input(99)), Some(Range("input")));
    assert_eq!(op(Kind::Text, |_| Op::Literal(99)), Some(Range("literal")));
    assert_eq!(op(Kind::Number, |_| Op::ListLength(9)), Some(Range("list")));
    assert_eq!(op(Kind::Number, |_| Op::Copy(Reg(4000))), Some(Range("register")));
    assert_eq!(op(Kind::Number, |_| Op::Norm(Reg(u16::MAX))), Some(Range("register")));
    assert_eq!(body(|p| front(p, [Node::Decide(Ending::Deny, 77)])), Some(Range("rule")));
    assert_eq!(body(|p| front(p, [Node::Decide(Ending::Escalate, 0)])), Some(Range("rule")));
    assert_eq!(body(|p| front(p, [Node::Effect(9, Vec::new())])), Some(Range("effect")));
    assert_eq!(body(|p| p.lists[0].param = 40), Some(Range("parameter")));
    assert_eq!(body(|p| p.lists[0].path = vec![0]), Some(Range("field")));
    let part = body(|p| p.inputs.push(Input::Param { param: 0, part: 1 }));
    assert_eq!(part, Some(Range("part of a parameter")));
    // The list parameter takes a number, but is no input.
    let list = body(|p| p.inputs.push(Input::Param { param: 3, part: 0 }));
    assert_eq!(list, Some(Range("part of a parameter")));
}

#[test]
fn handles_are_not_made_from_numbers() {
    assert!(matches!(op(Kind::Did, |_| Op::Const(0)), Some(Refusal::Kind(_))));
    assert!(matches!(op(Kind::Text, |_| Op::Const(1)), Some(Refusal::Kind(_))));
    assert!(matches!(op(Kind::Bool, |_| Op::Const(2)), Some(Refusal::Kind(_))));
    assert_eq!(op(Kind::Bool, |_| Op::Const(1)), None);
    assert_eq!(op(Kind::Did, |_| Op::Absent), None);
    // A fact about a number, a comparison of unlike things, an order of texts.
    let fact = |about| Input::Fact { fact: Fact::Balance, about, part: 0 };
    let number = body(|p| {
        let at = p.inputs.iter().position(|i| matches!(i, Input::Param { param: 0, .. })).unwrap();
        p.inputs.push(fact(u16::try_from(at).unwrap()));
    });
    assert_eq!(number, Some(Refusal::Type("a fact about no identity")));
    let order = body(|p| {
        let (text, flag) = (fresh(p, Kind::Text), fresh(p, Kind::Bool));
        let compare = Op::Compare(Comparison::Lt, text, text);
        front(p, [Node::Let(text, Op::Literal(0)), Node::Let(flag, compare)]);
    });
    assert!(matches!(order, Some(Refusal::Kind(_))));
    let division = body(|p| {
        let number = fresh(p, Kind::Number);
        let unchecked = Op::Unchecked(Arithmetic::Div, number, number);
        front(p, [Node::Let(number, Op::Const(1)), Node::Let(number, unchecked)]);
    });
    assert_eq!(division, Some(Refusal::Place("a division that is not checked")));
}

#[test]
fn what_is_read_was_set_on_every_way() {
    let one_way = |otherwise: bool| {
        body(move |p| {
            let (flag, number) = (fresh(p, Kind::Bool), fresh(p, Kind::Number));
            let set = vec![Node::Let(number, Op::Const(3))];
            let other = if otherwise { set.clone() } else { Vec::new() };
            front(
                p,
                [
                    Node::Let(flag, Op::Const(1)),
                    Node::If(flag, set, other),
                    Node::Let(number, Op::Copy(number)),
                ],
            );
        })
    };
    assert!(matches!(one_way(false), Some(Refusal::Unset(_))));
    assert_eq!(one_way(true), None);
    // A loop may run for no item.
    let behind_loop = body(|p| {
        let (index, number) = (fresh(p, Kind::Number), fresh(p, Kind::Number));
        let body = vec![Node::Let(number, Op::Const(1))];
        let read = Node::Let(number, Op::Copy(number));
        front(p, [Node::Each { list: 0, index, body }, read]);
    });
    assert!(matches!(behind_loop, Some(Refusal::Unset(_))));
}

#[test]
fn every_way_ends_in_one_decision_outside_loops() {
    use Refusal::Place;
    let no_end = body(|p| {
        p.body.pop();
    });
    assert_eq!(no_end, Some(Place("the end is reached without a decision")));
    let after = body(|p| p.body.push(Node::Decide(Ending::Deny, 0)));
    assert_eq!(after, Some(Place("code after a decision")));
    let inside = |node: Node| {
        body(|p| {
            let index = fresh(p, Kind::Number);
            front(p, [Node::Each { list: 0, index, body: vec![node] }]);
        })
    };
    assert_eq!(inside(Node::Decide(Ending::Deny, 0)), Some(Place("a decision in a loop")));
    assert_eq!(inside(Node::Effect(0, Vec::new())), Some(Place("a decision in a loop")));
    let item = op(Kind::Number, |_| Op::Item(0, Reg(0), 0));
    assert_eq!(item, Some(Place("an item outside its loop")));
    let index = body(|p| {
        let index = fresh(p, Kind::Number);
        let body = vec![Node::Let(index, Op::Const(0))];
        front(p, [Node::Each { list: 0, index, body }]);
    });
    assert_eq!(index, Some(Place("an index is set")));
}

#[test]
fn rules_end_as_their_statement_says() {
    let refused = body(|p| p.rules.iter_mut().for_each(|rule| rule.kind = RuleKind::Allow));
    assert_eq!(refused, Some(Refusal::Place("a rule that ends otherwise")));
}

#[test]
fn the_worst_case_is_the_one_of_the_code() {
    let mut module = good();
    module.policies[0].bound.compute -= 1;
    assert_eq!(verify(&module).unwrap_err().rule, Refusal::WrongBound);
    module.policies[0].bound.compute += 2;
    assert_eq!(verify(&module).unwrap_err().rule, Refusal::WrongBound);
    // What the optimiser made may be cheaper, never dearer.
    assert_eq!(verify_optimised(&module), Ok(()));
    module.policies[0].bound.compute -= 2;
    assert_eq!(verify_optimised(&module).unwrap_err().rule, Refusal::WrongBound);
}

fn forget_charges(nodes: &mut Vec<Node>, keep: impl Fn(&Node) -> bool + Copy) {
    nodes.retain(|node| !matches!(node, Node::Charge(_)) || keep(node));
    for node in nodes {
        match node {
            Node::If(_, then, otherwise) => {
                forget_charges(then, keep);
                forget_charges(otherwise, keep);
            }
            Node::Each { body, .. } => forget_charges(body, keep),
            _ => {}
        }
    }
}

#[test]
fn reads_and_loops_are_paid_for() {
    // Without charges the read of the record and the effect are not paid for.
    let free = body(|p| forget_charges(&mut p.body, |_| false));
    assert_eq!(free, Some(Refusal::Unpaid));
    // A loop in a loop in a loop, for nothing.
    let work = body(|p| {
        p.params[3].1 = Type::List(Box::new(Type::Int), 1024);
        p.lists[0].max = 1024;
        let mut block = Vec::new();
        for _ in 0..3 {
            let index = fresh(p, Kind::Number);
            block = vec![Node::Each { list: 0, index, body: block }];
        }
        front(p, block);
    });
    assert_eq!(work, Some(Refusal::Unpaid));
    // A question about long texts, many times, for one unit.
    let test = |paid: u32| {
        body(move |p| {
            p.params[2].1 = Type::Text(4096);
            let (text, flag) = (fresh(p, Kind::Text), fresh(p, Kind::Bool));
            let at = p.inputs.iter().position(|i| matches!(i, Input::Param { param: 2, .. }));
            let input = Op::Input(u16::try_from(at.unwrap()).unwrap());
            let glob = Op::TextTest(TextTest::Glob, text, text);
            let gas = Gas::compute(paid);
            let nodes = [Node::Charge(gas), Node::Let(text, input), Node::Let(flag, glob)];
            front(p, nodes);
        })
    };
    assert_eq!(test(1), Some(Refusal::Unpaid));
    assert_eq!(test(4 * 257 * 257), None);
}

#[test]
fn types_stand_before_what_they_are_used_in() {
    use Refusal::{Bound, Type as Bad};
    let record = |fields: Vec<Type>| RecordType {
        name: "r".into(),
        fields: fields.into_iter().map(|ty| ("f".to_owned(), ty)).collect(),
    };
    let with = |records: Vec<RecordType>| broken(|module| module.types.records.extend(records));
    let next = RecordId(u16::try_from(good().types.records.len()).unwrap());
    let own = with(vec![record(vec![Type::Record(next)])]);
    assert_eq!(own, Some(Bad("a record of a later one")));
    let option = Type::Option(Box::new(Type::Int));
    let nested = with(vec![record(vec![Type::Option(Box::new(option))])]);
    assert_eq!(nested, Some(Bad("an option of an option or list")));
    let list = Type::List(Box::new(Type::Int), 2);
    let lists = with(vec![record(vec![Type::List(Box::new(list.clone()), 2)])]);
    assert_eq!(lists, Some(Bad("a list of lists, or above its bound")));
    let hidden = vec![record(vec![list]), record(vec![Type::Option(Box::new(Type::Record(next)))])];
    assert_eq!(with(hidden), Some(Bad("an option holds a list")));
    assert_eq!(with(vec![record(vec![Type::Enum(EnumId(9))])]), Some(Refusal::Range("enum")));
    // Each record is twice the one before: 2^40 words, refused without counting them.
    let mut doubling = vec![record(vec![Type::Int])];
    for at in 0..40 {
        let before = Type::Record(RecordId(next.0 + at));
        doubling.push(record(vec![before.clone(), before]));
    }
    assert_eq!(with(doubling), Some(Bound("words of a record")));
}

#[test]
fn writes_need_a_policy_and_a_store_for_them() {
    let site = |name: &str| EffectSite {
        kind: EffectKind::Put,
        name: name.into(),
        fields: vec![("key".into(), Type::Text(8))],
    };
    assert_eq!(body(|p| p.effects.push(site("notes"))), None);
    assert_eq!(body(|p| p.effects.push(site("elsewhere"))), Some(Refusal::Range("store")));
    let elsewhere = body(|p| {
        p.kind = PolicyKind::Crossing;
        p.effects.push(site("notes"));
    });
    assert_eq!(elsewhere, Some(Refusal::Place("a write in a policy that may not write")));
    let twice = broken(|module| module.literals.push(module.literals[0].clone()));
    assert_eq!(twice, Some(Refusal::Place("a literal stands twice")));
    let schema = broken(|module| {
        module.stores.push(StoreRef {
            name: "s".into(),
            version: 1,
            schema: RecordId(99),
            history: None,
        });
    });
    assert_eq!(schema, Some(Refusal::Range("schema")));
}

#[test]
fn nesting_and_size_are_bounded() {
    let deep = body(|p| {
        let flag = fresh(p, Kind::Bool);
        let mut block = Vec::new();
        for _ in 0..300 {
            block = vec![Node::If(flag, block, Vec::new())];
        }
        block.insert(0, Node::Let(flag, Op::Const(1)));
        front(p, block);
    });
    assert_eq!(deep, Some(Refusal::Bound("nesting")));
    let long = body(|p| {
        let number = fresh(p, Kind::Number);
        front(p, vec![Node::Let(number, Op::Const(1)); crate::limits::NODES_MAX]);
    });
    assert_eq!(long, Some(Refusal::Bound("nodes")));
}
