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
