//! What the trees say.

use super::{parsed, programs};
use crate::ast::{BinaryOp, ExprKind, GivenKind, Item, Literal, Policy, StatementKind, TypeKind};

fn policy(body: &str) -> Policy {
    let source = format!("policy p on custom {{ {body} }}");
    match parsed(&source).ast.items.pop() {
        Some(Item::Policy(policy)) => policy,
        other => panic!("{other:?}"),
    }
}

fn statement(body: &str) -> StatementKind {
    policy(body).body.statements.pop().unwrap().kind
}

/// The expression after `let x =`, as text with every operation in parentheses.
fn shape(expression: &str) -> String {
    let StatementKind::Let(_, value) = statement(&format!("let x = {expression}")) else {
        panic!("a binding")
    };
    show(&value.kind)
}

fn show(kind: &ExprKind) -> String {
    let list = |all: &[crate::ast::Expr]| {
        all.iter().map(|one| show(&one.kind)).collect::<Vec<_>>().join(" ")
    };
    match kind {
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.map_or("?".to_owned(), |v| v.to_string()),
        ExprKind::Fixed(value) => format!("{}u", value.unwrap()),
        ExprKind::Duration(value) => format!("{}ms", value.unwrap()),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::None => "none".to_owned(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Subject => "subject".to_owned(),
        ExprKind::Now => "now".to_owned(),
        ExprKind::Field(of, name) => format!("{}.{}", show(&of.kind), name.text),
        ExprKind::OptionField(of, name) => format!("{}?.{}", show(&of.kind), name.text),
        ExprKind::Index(of, key) => format!("{}[{}]", show(&of.kind), show(&key.kind)),
        ExprKind::Call(name, arguments) => format!("{}({})", name.text, list(arguments)),
        ExprKind::Not(of) => format!("(! {})", show(&of.kind)),
        ExprKind::Negate(of) => format!("(- {})", show(&of.kind)),
        ExprKind::Binary(op, left, right) => {
            format!("({} {op:?} {})", show(&left.kind), show(&right.kind))
        }
        ExprKind::InSet(of, members) => format!("({} in {{{}}})", show(&of.kind), list(members)),
        ExprKind::In(of, set) => format!("({} in {})", show(&of.kind), show(&set.kind)),
        ExprKind::Has(of, word, text) => {
            format!("({} has {} {:?})", show(&of.kind), word.text, text.text)
        }
        ExprKind::Comprehension { word, item, list, value, condition } => {
            let part = |part: &Option<Box<crate::ast::Expr>>| {
                part.as_ref().map_or("-".to_owned(), |part| show(&part.kind))
            };
            let list = show(&list.kind);
            format!("{}({} {list} {} {})", word.text, item.text, part(value), part(condition))
        }
        ExprKind::Choose(c, a, b) => {
            format!("({} ? {} : {})", show(&c.kind), show(&a.kind), show(&b.kind))
        }
    }
}

#[test]
fn every_example_parses() {
    let all = programs::all();
    assert!(all.len() >= 12, "{}", all.len());
    for source in all {
        assert!(!parsed(&source).ast.items.is_empty());
    }
}

#[test]
fn operators_bind_as_the_reference_says() {
    for (source, expected) in [
        ("a || b && c", "(a Or (b And c))"),
        ("a && b == c || d", "((a And (b Eq c)) Or d)"),
        ("1 + 2 * 3 - 4 % 5", "((1 Add (2 Mul 3)) Sub (4 Rem 5))"),
        ("a - b - c", "((a Sub b) Sub c)"),
        ("(a || b) && c", "((a Or b) And c)"),
        ("!a.b && -c < 1", "((! a.b) And ((- c) Lt 1))"),
        ("! ! - - a", "(! (! (- (- a))))"),
        ("a + 1 in s && x", "(((a Add 1) in s) And x)"),
        ("a in {b, c,} || d", "((a in {b c}) Or d)"),
        ("a in b + c", "(a in (b Add c))"),
        (
            "subject has credential \"x\" && now < 1h",
            "((subject has credential \"x\") And (now Lt 3600000ms))",
        ),
        ("o?.p.q[k].r", "o?.p.q[k].r"),
        ("f() + f(a,) + f(a, b + 1)", "((f() Add f(a)) Add f(a (b Add 1)))"),
        ("if a then b else if c then d else e", "(a ? b : (c ? d : e))"),
        ("if a then b + 1 else c || d", "(a ? (b Add 1) : (c Or d))"),
        ("count(a in b.c where a > 1) >= 2", "(count(a b.c - (a Gt 1)) Ge 2)"),
        ("sum(l in ls of l.p * 2)", "sum(l ls (l.p Mul 2) -)"),
        ("sum(l in ls of l.p where l.q)", "sum(l ls l.p l.q)"),
        ("any(of in where where of)", "any(of where - of)"),
        ("stores[f(\"k\")]", "stores[f(\"k\")]"),
    ] {
        assert_eq!(shape(source), expected, "{source}");
    }
}

#[test]
fn literals_have_their_values() {
    for (source, expected) in [
        ("0", "0"),
        ("10_000", "10000"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9_223_372_036_854_775_808", "-9223372036854775808"),
        ("0.7", "700000u"),
        ("1_000.000_001", "1000000001u"),
        ("9223372036854.775807", "9223372036854775807u"),
        ("5ms", "5ms"),
        ("24h", "86400000ms"),
        ("2m + 3s + 1d", "((120000ms Add 3000ms) Add 86400000ms)"),
        (r#""a\"b\\c\n\t\u{e9}""#, r#""a\"b\\c\n\té""#),
        ("\"\"", "\"\""),
    ] {
        assert_eq!(shape(source), expected, "{source}");
    }
}

#[test]
fn words_are_names_everywhere_else() {
    let words = "version index from on for of by rule fault known any all count sum then where expect given";
    for word in words.split(' ') {
        assert_eq!(shape(&format!("{word} + x.{word}")), format!("({word} Add x.{word})"));
        parsed(&format!("enum {word} {{ {word} }} record {word}2 {{ {word}: {word} }}"));
        parsed(&format!("store {word} version 2 {{ {word}: {word}, index {word} }}"));
        parsed(&format!(
            "policy {word} on {word} ({word}: int) {{ let {word} = {word} emit {word} {{ {word} }} }}"
        ));
        parsed(&format!(
            "test \"t\" for {word} {{ given {word}.{word} = {word} expect fault {word} }}"
        ));
    }
}

#[test]
fn statements_keep_their_parts() {
    let StatementKind::Deny(Some(_), Some(reason)) = statement("deny if a, \"r\"") else {
        panic!()
    };
    assert_eq!(reason.text, "r");
    assert!(matches!(statement("deny"), StatementKind::Deny(None, None)));
    assert!(matches!(statement("deny \"r\""), StatementKind::Deny(None, Some(_))));
    assert!(matches!(statement("allow"), StatementKind::Allow(None)));
    let StatementKind::If(_, _, Some(other)) = statement("if a { allow } else if b { deny }")
    else {
        panic!()
    };
    assert!(matches!(other.statements[0].kind, StatementKind::If(_, _, None)));
    let StatementKind::Match(_, arms) = statement("match a { b | c => allow, _ => { deny } }")
    else {
        panic!()
    };
    assert_eq!(arms.iter().map(|arm| arm.variants.len()).collect::<Vec<_>>(), [2, 0]);
    assert_eq!(arms.iter().map(|arm| arm.body.statements.len()).collect::<Vec<_>>(), [1, 1]);
    let StatementKind::Escalate(fields) = statement("escalate { timeout: 1h, fallback: deny }")
    else {
        panic!()
    };
    assert_eq!(show(&fields[1].1.kind), "deny");
    let StatementKind::Put(store, _, fields) = statement("put s[k] { a, b: 1 }") else { panic!() };
    assert_eq!((store.text.as_str(), fields.len()), ("s", 2));
    assert!(fields[0].1.is_none() && fields[1].1.is_some());
    assert!(matches!(statement("delete s[k]"), StatementKind::Delete(..)));
    let StatementKind::Cost(fields) = statement("cost { mana, gas: 1 }") else { panic!() };
    assert_eq!(show(&fields[0].1.kind), "mana");
}

#[test]
fn spans_are_tight() {
    let source = "policy p on custom { /* a */ require ( a + b ) , \"r\" // c\n }";
    let parsed = parsed(source);
    let Some(Item::Policy(policy)) = parsed.ast.items.first() else { panic!() };
    assert_eq!(policy.span.text(source), source);
    let statement = &policy.body.statements[0];
    assert_eq!(statement.span.text(source), "require ( a + b ) , \"r\"");
    let StatementKind::Require(condition, _) = &statement.kind else { panic!() };
    assert_eq!(condition.span.text(source), "a + b");
    assert!(matches!(condition.kind, ExprKind::Binary(BinaryOp::Add, ..)));
}

#[test]
fn types_and_tests_keep_their_parts() {
    let source = "policy p on store (a: list<option<text<64>>, 16>, b: enum { x, y } = x) { allow } \
                  test \"t\" for p { given subject.trust.r = 0.5 given now = 1 given bob known \
                  given a.b has role \"x\" given s[\"k\"] = { f: [1, { g: none }], h: x, } \
                  given l = [] expect deny \"why\" }";
    let ast = parsed(source).ast;
    let [Item::Policy(policy), Item::Test(test)] = ast.items.as_slice() else { panic!() };
    assert_eq!(policy.kind.text, "store");
    let TypeKind::Named(_, arguments) = &policy.params[0].ty.kind else { panic!() };
    assert_eq!(arguments.len(), 2);
    assert!(matches!(&policy.params[1].ty.kind, TypeKind::Enum(variants) if variants.len() == 2));
    assert!(policy.params[1].default.is_some());
    let kinds: Vec<&GivenKind> = test.given.iter().map(|given| &given.kind).collect();
    assert!(matches!(kinds[0], GivenKind::Value(path, Literal::Expr(_)) if path.len() == 3));
    assert!(matches!(kinds[1], GivenKind::Value(path, _) if path[0].text == "now"));
    assert!(matches!(kinds[2], GivenKind::Known(path) if path[0].text == "bob"));
    assert!(matches!(kinds[3], GivenKind::Has(path, _, _) if path.len() == 2));
    let GivenKind::Record(_, key, Literal::Record(fields, _)) = kinds[4] else { panic!() };
    assert_eq!((key.text.as_str(), fields.len()), ("k", 2));
    assert!(matches!(&fields[0].1, Literal::List(items, _) if items.len() == 2));
    let expect = test.expect.as_ref().unwrap();
    assert_eq!(expect.word.text, "deny");
    assert_eq!(expect.reason.as_ref().unwrap().text, "why");
}

#[test]
fn items_keep_their_parts() {
    let source = "edition 1 const c: fixed = 0.5 store s version 3 { a: int index a } \
                  migrate s from 2 { b: int } { a: old.b }";
    let ast = parsed(source).ast;
    assert_eq!(ast.edition.unwrap().0, 1);
    let [Item::Const(constant), Item::Store(store), Item::Migration(migration)] =
        ast.items.as_slice()
    else {
        panic!()
    };
    assert!(constant.ty.is_some());
    assert_eq!((store.version.0, store.fields.len(), store.indexes.len()), (3, 1, 1));
    assert_eq!((migration.from.0, migration.old.len(), migration.fields.len()), (2, 1, 1));
}

#[test]
fn a_rule_that_lost_its_condition_is_left_out() {
    let parsed = super::parse("policy p on custom { allow if ) deny if \n require \n let x = 1 }");
    let Some(Item::Policy(policy)) = parsed.ast.items.first() else { panic!() };
    let kinds: Vec<_> = policy.body.statements.iter().map(|statement| &statement.kind).collect();
    assert!(matches!(kinds.as_slice(), [StatementKind::Let(..)]), "{kinds:?}");
    assert!(parsed.has_errors());
}
