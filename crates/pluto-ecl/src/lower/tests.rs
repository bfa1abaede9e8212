//! What becomes an input, what it costs, what does not become code.

use super::*;
use crate::code::{Input, Node};

fn compile(source: &str) -> Result<Module, Vec<Diagnostic>> {
    let checked = crate::check::check_source(source);
    lower(&checked.bundle.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)))
}

fn policy(source: &str) -> Policy {
    compile(source).unwrap().policies.remove(0)
}

fn refused(source: &str) -> (String, String) {
    let found = compile(source).unwrap_err().remove(0);
    (found.code.to_string(), found.message)
}

fn count(nodes: &[Node], wanted: fn(&Node) -> bool) -> usize {
    nodes
        .iter()
        .map(|node| {
            usize::from(wanted(node))
                + match node {
                    Node::If(_, then, otherwise) => count(then, wanted) + count(otherwise, wanted),
                    Node::Each { body, .. } => count(body, wanted),
                    _ => 0,
                }
        })
        .sum()
}

#[test]
fn facts_about_who_is_named_in_the_request_are_inputs_once() {
    let code = policy(
        "policy p on custom (d: did) {
            require norm(subject.trust) > norm(d.trust)
            require subject.trust.r > d.trust.c && d.balance > 0
        }",
    );
    let facts = code.inputs.iter().filter(|input| matches!(input, Input::Fact { .. })).count();
    assert_eq!(facts, 6 + 6 + 1);
    assert_eq!(count(&code.body, |node| matches!(node, Node::Read { .. })), 0);
}

#[test]
fn facts_about_who_is_computed_are_read_where_they_are_needed() {
    let code = policy(
        "policy p on custom (who: option<did>, all: list<did, 3>) {
            require balance(or_else(who, subject)) > 0
            require any(d in all where known(d))
        }",
    );
    assert_eq!(count(&code.body, |node| matches!(node, Node::Read { .. })), 2);
}

#[test]
fn the_worst_case_is_the_dearest_way_and_lists_at_their_longest() {
    let code = policy(
        "policy p on custom (a: int) { if a > 1 { require a > 2 } else { require a * a * a > 3 } }",
    );
    // if, comparison; require, comparison, two products.
    assert_eq!(code.bound, Gas::compute(1 + 2 + 2 + 2 + 3 + 3));
    let list = policy("policy p on custom (xs: list<int, 100>) { require sum(x in xs of x) > 3 }");
    assert_eq!(list.bound, Gas::compute(2 + 2 + 2 + 100));
}

#[test]
fn what_is_too_dear_does_not_become_code() {
    let source = "policy p on custom (a: list<int, 1024>, b: list<int, 1024>) {
        require any(x in a where any(y in b where x * y == 77))
    }";
    let (code, message) = refused(source);
    assert_eq!(code, "ECL-0451");
    assert!(message.contains("policy `p`"), "{message}");
}

#[test]
fn what_needs_too_much_room_does_not_become_code() {
    let lets: String = (0..1_400).map(|at| format!("let x{at}=a*a*a+a\n")).collect();
    let (code, _) = refused(&format!("policy p on custom (a: int) {{ {lets} require x9 > 0 }}"));
    assert_eq!(code, "ECL-0452");
}
