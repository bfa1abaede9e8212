//! Random programs that are right in form, with comments and space anywhere between tokens.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Tokens of a part of a program.
type Tokens = Vec<String>;

fn words(text: &str) -> Tokens {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn join(parts: impl IntoIterator<Item = Tokens>) -> Tokens {
    parts.into_iter().flatten().collect()
}

fn commas(parts: Vec<Tokens>, last: bool) -> Tokens {
    let mut all = Tokens::new();
    let count = parts.len();
    for (index, part) in parts.into_iter().enumerate() {
        all.extend(part);
        if index + 1 < count || last {
            all.push(",".to_owned());
        }
    }
    all
}

fn wrap(open: &str, inner: Tokens, close: &str) -> Tokens {
    join([words(open), inner, words(close)])
}

fn name() -> BoxedStrategy<Tokens> {
    select(vec![
        "a",
        "b",
        "amount",
        "receiver",
        "old",
        "from",
        "index",
        "version",
        "then",
        "where",
        "count",
        "a_rather_long_name_that_makes_lines_long",
        "expect",
        "given",
        "known",
    ])
    .prop_map(words)
    .boxed()
}

fn text() -> BoxedStrategy<Tokens> {
    select(vec!["\"\"", "\"reason\"", "\"a\\\"b // no comment /*\"", "\"über\\u{e9}\""])
        .prop_map(|text| vec![text.to_owned()])
        .boxed()
}

fn atom() -> BoxedStrategy<Tokens> {
    let literals = vec![
        "0",
        "10_000",
        "0.25",
        "24h",
        "true",
        "false",
        "none",
        "subject",
        "now",
        "- 1",
        "! a",
        "- - a",
        "subject . trust . r",
        "a ?. b",
        "f ( )",
        "subject has credential \"x\"",
        "a in { b , c , }",
        "a in b",
    ];
    prop_oneof![4 => name(), 1 => text(), 6 => select(literals).prop_map(words)].boxed()
}

fn expression() -> BoxedStrategy<Tokens> {
    let operators = vec!["+", "-", "*", "/", "%", "&&", "||", "&&", "||"];
    let leaf = prop_oneof![4 => atom(), 1 => (name(), text())
        .prop_map(|(a, b)| join([a, words("=="), b]))];
    leaf.prop_recursive(4, 40, 4, move |inner| {
        let inner = inner.prop_map(|inner| if inner.first().is_some_and(|word| word == "if") {
            wrap("(", inner, ")")
        } else {
            inner
        });
        let grouped = inner.clone().prop_map(|inner| wrap("(", inner, ")")).boxed();
        prop_oneof![
            3 => (vec(grouped.clone(), 2..6), select(operators.clone())).prop_map(|(parts, operator)| {
                let mut all = Tokens::new();
                for (index, part) in parts.into_iter().enumerate() {
                    if index > 0 {
                        all.push(operator.to_owned());
                    }
                    all.extend(part);
                }
                all
            }),
            2 => (atom(), select(vec!["&&", "||"]), inner.clone())
                .prop_map(|(a, operator, b)| join([a, words(operator), b])),
            2 => (vec(inner.clone(), 1..4), any::<bool>())
                .prop_map(|(parts, last)| wrap("max (", commas(parts, last), ")")),
            1 => (atom_name(), vec(inner.clone(), 1..4), any::<bool>())
                .prop_map(|(a, parts, last)| join([a, wrap("in {", commas(parts, last), "}")])),
            1 => (inner.clone(), option::of(inner.clone())).prop_map(|(condition, value)| {
                let value = value.map(|value| join([words("of"), value])).unwrap_or_default();
                wrap("sum ( x in xs . y", join([value, words("where"), condition]), ")")
            }),
            1 => grouped.clone().prop_map(|inner| join([words("!"), inner, words(". b [ \"k\" ]")])),
            1 => (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| {
                join([words("if"), a, words("then"), b, words("else"), c])
            }),
        ]
    })
    .boxed()
}

fn atom_name() -> BoxedStrategy<Tokens> {
    name()
}

fn written_type() -> BoxedStrategy<Tokens> {
    select(vec![
        "int",
        "text < 64 >",
        "list < option < did > , 16 >",
        "enum { x , y , }",
        "enum { x }",
        "set < color >",
    ])
    .prop_map(words)
    .boxed()
}

fn field() -> BoxedStrategy<Tokens> {
    (name(), written_type(), option::weighted(0.2, atom()))
        .prop_map(|(name, ty, default)| {
            let default = default.map(|value| join([words("="), value])).unwrap_or_default();
            join([name, words(":"), ty, default])
        })
        .boxed()
}

fn values() -> BoxedStrategy<Tokens> {
    let value = (name(), option::of(expression())).prop_map(|(name, value)| {
        join([name, value.map(|value| join([words(":"), value])).unwrap_or_default()])
    });
    (vec(value, 0..4), any::<bool>())
        .prop_map(|(parts, last)| {
            let last = last && !parts.is_empty();
            wrap("{", commas(parts, last), "}")
        })
        .boxed()
}

fn statement() -> BoxedStrategy<Tokens> {
    let reason = || option::of(text().prop_map(|text| join([words(","), text])));
    let simple = prop_oneof![
        3 => (expression(), reason())
            .prop_map(|(a, b)| join([words("require"), a, b.unwrap_or_default()])),
        1 => (expression(), reason())
            .prop_map(|(a, b)| join([words("deny if"), a, b.unwrap_or_default()])),
        1 => select(vec!["allow", "deny", "deny \"x\"", "emit e", "emit f { }"]).prop_map(words),
        1 => expression().prop_map(|a| join([words("allow if"), a])),
        1 => (name(), expression()).prop_map(|(a, b)| join([words("let"), a, words("="), b])),
        1 => (name(), atom()).prop_map(|(a, b)| join([words("const"), a, words(": int ="), b])),
        1 => values().prop_map(|a| join([words("emit e"), a])),
        1 => values().prop_map(|a| join([words("cost"), a])),
        1 => (expression(), values()).prop_map(|(a, b)| join([words("put s ["), a, words("]"), b])),
        1 => expression().prop_map(|a| join([words("delete s ["), a, words("]")])),
        1 => expression()
            .prop_map(|a| join([words("escalate { timeout :"), a, words(", fallback : deny }")])),
    ];
    simple
        .prop_recursive(3, 24, 4, |inner| {
            // `allow` before `if` would take it.
            let block = vec(inner.clone(), 0..4)
                .prop_map(|parts| wrap("{", join(parts.into_iter().map(ended)), "}"))
                .boxed();
            let arm = (vec(name(), 1..4), prop_oneof![inner, block.clone()], any::<bool>());
            let arm = arm.prop_map(|(names, body, comma)| {
                let mut pattern = Tokens::new();
                for name in names {
                    pattern.extend(name);
                    pattern.push("|".to_owned());
                }
                pattern.pop();
                join([pattern, words("=>"), body, words(if comma { "," } else { "" })])
            });
            prop_oneof![
                (expression(), block.clone(), option::of(block.clone())).prop_map(|(a, b, c)| {
                    let other = c.map(|c| join([words("else"), c])).unwrap_or_default();
                    join([words("if"), a, b, other])
                }),
                (expression(), block.clone(), expression(), block).prop_map(|(a, b, c, d)| join([
                    words("if"),
                    a,
                    b,
                    words("else if"),
                    c,
                    d
                ])),
                (expression(), vec(arm, 0..4)).prop_map(|(a, arms)| join([
                    words("match"),
                    a,
                    wrap("{", join(arms), "}")
                ])),
            ]
        })
        .boxed()
}

/// A statement after which nothing can be taken for a part of it.
fn ended(mut statement: Tokens) -> Tokens {
    if matches!(statement.as_slice(), [word] if word == "allow" || word == "deny") {
        statement.extend(words("emit ended"));
    }
    statement
}

fn item() -> BoxedStrategy<Tokens> {
    let params = (vec(field(), 0..4), any::<bool>()).prop_map(|(parts, last)| {
        let last = last && !parts.is_empty();
        wrap("(", commas(parts, last), ")")
    });
    let given = select(vec![
        "given a = 1",
        "given subject . trust . r = 0.5",
        "given now = 1",
        "given bob . x known",
        "given subject has role \"x\"",
        "given s [ \"k\" ] = { a : [ 1 , { b : none , } ] , c : x }",
        "given l = [ ]",
        "given r = { }",
    ]);
    prop_oneof![
        4 => (option::of(params), vec(statement(), 0..6)).prop_map(|(params, statements)| {
            let body = wrap("{", join(statements.into_iter().map(ended)), "}");
            join([words("policy p on store"), params.unwrap_or_default(), body])
        }),
        1 => (name(), atom()).prop_map(|(a, b)| join([words("const"), a, words("="), b])),
        1 => (vec(name(), 1..5), any::<bool>())
            .prop_map(|(parts, last)| wrap("enum color {", commas(parts, last), "}")),
        1 => vec((field(), any::<bool>()), 0..4).prop_map(|fields| {
            let field = |(field, comma)| join([field, words(if comma { "," } else { "" })]);
            wrap("store s version 2 {", join(fields.into_iter().map(field)), "index a }")
        }),
        1 => (vec(field(), 0..3), expression()).prop_map(|(old, new)| {
            join([wrap("migrate s from 1 {", commas(old, false), "}"), words("{ a :"), new, words("}")])
        }),
        1 => (vec(given.prop_map(words), 0..4), select(vec!["allow", "deny", "deny \"r\"", "fault overflow"]))
            .prop_map(|(given, outcome)| {
                join([wrap("test \"t\" for p {", join(given), "expect"), words(outcome), words("}")])
            }),
    ]
    .boxed()
}

/// What stands between two tokens.
fn gap() -> BoxedStrategy<&'static str> {
    prop_oneof![
        30 => Just(" "),
        4 => Just("\n"),
        2 => Just("\n\n \n"),
        2 => Just(" // trailing\n"),
        1 => Just(" // trailing \r\n\n"),
        2 => Just("\n// own line\n"),
        1 => Just("\n\n// one\n\n// two\n"),
        1 => Just(" /* inline */"),
        1 => Just("\n/* own\n   block */\n"),
        1 => Just(" /* a\n b */ /* c */ "),
    ]
    .boxed()
}

/// A program.
pub(super) fn source() -> BoxedStrategy<String> {
    let tokens = vec(item(), 0..4).prop_map(join).boxed();
    tokens
        .prop_flat_map(|tokens| {
            let count = tokens.len() + 1;
            (Just(tokens), vec(gap(), count))
        })
        .prop_map(|(tokens, gaps)| {
            let mut source = String::new();
            for (index, gap) in gaps.iter().enumerate() {
                source.push_str(gap);
                if let Some(token) = tokens.get(index) {
                    source.push_str(token);
                }
            }
            source
        })
        .boxed()
}
