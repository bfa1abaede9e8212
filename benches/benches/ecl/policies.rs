//! Our policies: the transfer, and one of a given number of operations.

use std::fmt::Write;

use pluto_ecl::code::Module;
use pluto_ecl::{check, lower, syntax};

/// The transfer, by the numbers of the workload.
pub(crate) const TRANSFER: &str = r#"
policy threshold_transfer on transaction (amount: fixed) {
  let t = subject.trust
  let score = t.r * 20 + t.i * 20 + t.c * 15 + t.p * 15 + t.v * 10 + t.omega * 20
  require score >= 50.0 && t.r >= 0.25 && t.i >= 0.25 && t.omega >= 0.25
    && score * 10_000 >= amount, "not trusted with that amount"
  require subject has credential "kyc", "identity not proven"
}
"#;

/// Operations of one block of [`of_size`].
const BLOCK: usize = 8;

/// A policy of `operations` operations, a multiple of eight, on four numbers and without any read:
/// arithmetic, choices and conditions in turn, each on what came before.
pub(crate) fn of_size(operations: usize) -> String {
    let mut out = String::from(
        "policy sized on custom (a: int, b: int, c: int, d: int) {\n  require a >= 0 && b >= 0\n  \
         let x0 = clamp(a, 0, 1_000_000)\n  let y0 = clamp(b, 0, 1_000_000)\n",
    );
    for next in 1..=operations / BLOCK {
        let last = next - 1;
        writeln!(out, "  let x{next} = min(max(x{last} * 3 - y{last}, 0), 1_000_000)").unwrap();
        writeln!(
            out,
            "  let y{next} = if x{next} > y{last} then x{next} - y{last} else y{last}\n  \
             require y{next} != c"
        )
        .unwrap();
    }
    let last = operations / BLOCK;
    writeln!(out, "  require x{last} + y{last} >= d\n}}").unwrap();
    out
}

/// Portable code of a source.
pub(crate) fn compile(source: &str) -> Module {
    let parsed = syntax::parse(source);
    let checked = check::check(&parsed.ast);
    let found = (&parsed.diagnostics, &checked.diagnostics);
    let Some(bundle) = checked.bundle.as_ref().filter(|_| !parsed.has_errors()) else {
        panic!("the policy does not compile: {found:?}");
    };
    lower::lower(bundle).unwrap()
}
