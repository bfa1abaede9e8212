//! What instructions policies become.

use super::*;
use crate::lower::lower;

fn module(source: &str) -> Module {
    let checked = crate::check::check_source(source);
    let bundle = checked.bundle.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    lower(&bundle).unwrap()
}

fn narrow(source: &str) -> (Vec<Instruction<u8, u16>>, Tables) {
    let module = module(source);
    let flat = flatten(&module, &module.policies[0], false).unwrap();
    match flat.code {
        Code::Narrow(code) => (code, flat.tables),
        Code::Wide(_) => panic!("wide"),
    }
}

#[test]
fn an_instruction_takes_eight_bytes() {
    assert_eq!(size_of::<Instruction<u8, u16>>(), 8);
}

#[test]
fn requirements_are_branches_and_paying_costs_nothing() {
    let (code, tables) = narrow(
        "policy p on custom (a: int, b: int) { require a > 0 && a <= 10 && b < a require b != 3 }",
    );
    // Four branches, the end, and the exits behind it.
    assert!(matches!(
        code[..5],
        [
            Instruction::JumpUnlessGeConst { .. },
            Instruction::JumpUnlessLeConst { .. },
            Instruction::JumpUnlessLt { .. },
            Instruction::JumpUnlessNeConst { .. },
            Instruction::Exit { .. },
        ]
    ));
    assert!(code[5..].iter().all(|instruction| matches!(instruction, Instruction::Exit { .. })));
    // Each way out has its own price and mask.
    let compute: Vec<_> = tables.exits.iter().map(|exit| exit.due.gas.compute).collect();
    let masks: Vec<_> = tables.exits.iter().map(|exit| exit.due.mask).collect();
    assert_eq!(compute, [14, 14, 10, 8, 6]);
    assert_eq!(masks, [0b11, 0b01, 0, 0, 0]);
}

#[test]
fn only_ways_of_different_price_pay_while_running() {
    let source = "policy p on custom (a: int, b: int) {
        if a > 3 { require b > 2 }
        require b > 1
    }";
    let (code, _) = narrow(source);
    // Gas and the bit of the inner rule come together.
    let paying = |instruction: &&Instruction<u8, u16>| {
        matches!(instruction, Instruction::Pay { .. } | Instruction::Due { .. })
    };
    assert_eq!(code.iter().filter(paying).count(), 1, "{code:?}");
}

#[test]
fn more_than_256_registers_take_the_wide_form() {
    let lets: String = (0..300).map(|at| format!("let x{at} = a * {}\n", at + 2)).collect();
    let sum: String = (0..300).map(|at| format!("require x{at} != 1\n")).collect();
    let module = module(&format!("policy p on custom (a: int) {{ {lets} {sum} }}"));
    let flat = flatten(&module, &module.policies[0], false).unwrap();
    assert!(matches!(flat.code, Code::Wide(_)));
}
