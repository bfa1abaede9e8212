//! What is left out, what is not, and what is known of numbers.

use super::*;
use crate::hir::Arithmetic;
use crate::lower::lower;

fn optimised(source: &str) -> Policy {
    let checked = crate::check::check_source(source);
    let bundle = checked.bundle.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    let module = optimise(&lower(&bundle).unwrap());
    crate::verify::verify_optimised(&module).unwrap();
    module.policies[0].clone()
}

fn ops(policy: &Policy) -> Vec<Op> {
    fn walk(nodes: &[Node], out: &mut Vec<Op>) {
        for node in nodes {
            match node {
                Node::Let(_, op) => out.push(*op),
                Node::If(_, then, otherwise) => {
                    walk(then, out);
                    walk(otherwise, out);
                }
                Node::Each { body, .. } => walk(body, out),
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    walk(&policy.body, &mut out);
    out
}

fn checked(policy: &Policy, op: Arithmetic) -> usize {
    ops(policy)
        .iter()
        .filter(|found| matches!(found, Op::Arithmetic(other, ..) if *other == op))
        .count()
}

#[test]
fn sums_of_trust_need_no_check() {
    let source = "policy p on custom () { let t = subject.trust require t.r + t.i + t.c >= 1.5 }";
    let policy = optimised(source);
    assert_eq!(checked(&policy, Arithmetic::Add), 0);
}

#[test]
fn a_number_of_a_request_can_be_anything_until_it_was_required_not_to_be() {
    let open = optimised("policy p on custom (a: int) { require a * 3 > 6 }");
    assert_eq!(checked(&open, Arithmetic::Mul), 1);
    let bounded =
        optimised("policy p on custom (a: int) { require a > 0 && a <= 10_000 require a * 3 > 6 }");
    assert_eq!(checked(&bounded, Arithmetic::Mul), 0);
    // What holds in one branch does not hold behind it.
    let branch =
        optimised("policy p on custom (a: int) { if a > 0 { require a < 9 } require a * 3 > 6 }");
    assert_eq!(checked(&branch, Arithmetic::Mul), 1);
}

#[test]
fn what_cannot_be_read_is_not_left_out() {
    let policy = optimised("policy p on custom (a: int) { let b = subject.balance require a > 0 }");
    assert_eq!(policy.inputs.len(), 3, "{:?}", policy.inputs);
    let unused = optimised("policy p on custom (a: int) { let b = a + 1 let c = a require c > 0 }");
    // The sum may overflow, so it stays.
    assert_eq!(checked(&unused, Arithmetic::Add), 1);
}

#[test]
fn a_known_branch_is_taken_and_costs_what_the_source_costs() {
    let source = "const on = 3\npolicy p on custom (a: int) {
        if min(on, 2) > 1 { require a > 1 } else { require a > 2 }
    }";
    let policy = optimised(source);
    assert!(
        !policy
            .body
            .iter()
            .any(|node| matches!(node, Node::If(_, t, e) if !t.is_empty() && !e.is_empty()))
    );
    let charged: u32 = policy
        .body
        .iter()
        .map(|node| match node {
            Node::Charge(gas) => gas.compute,
            _ => 0,
        })
        .sum();
    assert_eq!(charged, policy.bound.compute);
}

#[test]
fn ranges_compare_only_when_all_numbers_agree() {
    let (low, high) = (Range::new(0, 5), Range::new(5, 9));
    use crate::hir::Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    assert_eq!(low.compare(Le, high), Some(true));
    assert_eq!(low.compare(Gt, high), Some(false));
    assert_eq!(low.compare(Lt, high), None);
    assert_eq!(low.compare(Eq, high), None);
    assert_eq!(high.compare(Ge, low), Some(true));
    assert_eq!(Range::new(1, 1).compare(Ne, Range::new(1, 1)), Some(false));
    assert_eq!(low.corners(high, |a, b| a - b), Some(Range::new(-9, 0)));
    assert_eq!(Range::ALL.corners(low, |a, b| a + b), None);
}

fn small_ranges() -> Vec<Range> {
    let ends = [i64::MIN, -3, -2, -1, 0, 1, 2, 3, i64::MAX];
    let pairs = ends.iter().flat_map(|low| ends.iter().map(move |high| (*low, *high)));
    pairs.filter(|(low, high)| low <= high).map(|(low, high)| Range::new(low, high)).collect()
}

fn some_of(range: Range) -> impl Iterator<Item = i64> {
    let near = -5..=5;
    let far = [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX];
    near.chain(far).filter(move |x| range.low <= *x && *x <= range.high)
}

#[test]
fn a_condition_narrows_to_exactly_the_numbers_that_meet_it() {
    use crate::hir::Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    for range in small_ranges() {
        for value in [i64::MIN, -2, 0, 1, i64::MAX] {
            for op in [Eq, Ne, Lt, Le, Gt, Ge] {
                let narrowed = range.where_it(op, value);
                let meets = |x: &i64| crate::numeric::compare(op, *x, value);
                for x in some_of(range).filter(meets) {
                    assert!(
                        narrowed.low <= x && x <= narrowed.high,
                        "{range:?} {op:?} {value}: {x}"
                    );
                }
                let inside = some_of(range).any(|x| meets(&x));
                if inside && op != Ne {
                    assert!(some_of(narrowed).all(|x| meets(&x)), "{range:?} {op:?} {value}");
                }
                let one = Range::new(value, value);
                if let Some(answer) = range.compare(op, one) {
                    assert!(
                        some_of(range).all(|x| meets(&x) == answer),
                        "{range:?} {op:?} {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_range_of_results_holds_every_result_and_no_fault() {
    let all = [
        Arithmetic::Add,
        Arithmetic::Sub,
        Arithmetic::Mul,
        Arithmetic::Div,
        Arithmetic::Rem,
        Arithmetic::FixedMul,
        Arithmetic::FixedDiv,
    ];
    for op in all {
        for a in small_ranges() {
            for b in small_ranges() {
                let Some(range) = fold::arithmetic(op, a, b) else { continue };
                for (x, y) in some_of(a).flat_map(|x| some_of(b).map(move |y| (x, y))) {
                    let found = crate::numeric::arithmetic(op, x, y);
                    let inside = found.is_ok_and(|z| range.low <= z && z <= range.high);
                    assert!(inside, "{x} {op:?} {y} is {found:?}, not in {range:?}");
                }
            }
        }
    }
}
