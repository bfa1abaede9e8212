//! The parts of a module and their numbers. A number is never given to something else.

use pluto_core::codec::{CodecError, Decoded, Reader};
use pluto_core::policy::{EffectKind, Fallback};

use super::wire::{Wire, fields, newtypes, variants};
use crate::code::{
    Ending, Fact, History, Input, Kind, List, Migration, Module, Node, Op, Policy, Reg, Rule,
    StoreRef, TextTest,
};
use crate::hir::{Arithmetic, ClaimKind, Comparison, Constant, EffectSite, PolicyKind, RuleKind};
use crate::types::{EnumId, EnumType, RecordId, RecordType, Type, TypeTable};

newtypes!(EnumId, RecordId, Reg);

fields! {
    EnumType { name, variants }
    RecordType { name, fields }
    TypeTable { enums, records }
    History { defaults, indexes, migrations }
    Migration { old, policy }
    EffectSite { kind, name, fields }
    Rule { kind, reason, timeout_ms, fallback, span }
    List { param, path, item, stride, max }
    Policy { name, kind, params, rules, effects, inputs, lists, registers, body, bound }
    Module { types, literals, stores, policies }
}

/// Its history stands behind the module, in artifacts of version 2.
impl Wire for StoreRef {
    fn put(&self, out: &mut Vec<u8>) {
        self.name.put(out);
        self.version.put(out);
        self.schema.put(out);
    }

    fn take(input: &mut Reader<'_>, depth: usize) -> Decoded<Self> {
        let (name, version) = (Wire::take(input, depth)?, Wire::take(input, depth)?);
        Ok(Self { name, version, schema: Wire::take(input, depth)?, history: None })
    }
}

variants! { Constant "constant" { 0 Number(value), 1 Text(text), 2 None, } }

variants! { Type "type" {
    0 Bool,
    1 Int,
    2 Fixed,
    3 Time,
    4 Duration,
    5 Did,
    6 Symbol,
    7 Text(max),
    8 Trust,
    9 Enum(id),
    10 Set(id),
    11 Record(id),
    12 Option(inner),
    13 List(item, max),
} }

variants! { PolicyKind "policy kind" {
    0 Crossing,
    1 Membership,
    2 Transaction,
    3 Governance,
    4 Privacy,
    5 Api,
    6 Ui,
    7 DataLogic,
    8 Controller,
    9 Store,
    10 Custom,
} }

variants! { RuleKind "rule kind" { 0 Require, 1 Allow, 2 Deny, 3 Escalate, } }
variants! { Fallback "fallback" { 0 Deny, 1 Allow, } }
variants! { EffectKind "effect kind" { 0 Emit, 1 Cost, 2 Audit, 3 Put, 4 Delete, } }
variants! { Kind "register kind" { 0 Bool, 1 Number, 2 Text, 3 Did, } }
variants! { ClaimKind "claim kind" { 0 Credential, 1 Capability, 2 Role, } }
variants! { Comparison "comparison" { 0 Eq, 1 Ne, 2 Lt, 3 Le, 4 Gt, 5 Ge, } }
variants! { Arithmetic "arithmetic" {
    0 Add, 1 Sub, 2 Mul, 3 Div, 4 Rem, 5 FixedMul, 6 FixedDiv,
} }
variants! { TextTest "text test" { 0 Glob, 1 StartsWith, 2 EndsWith, 3 Contains, } }
variants! { Ending "ending" { 0 Deny, 1 Allow, 2 Escalate, } }

variants! { Fact "fact" {
    0 Trust,
    1 Balance,
    2 Known,
    3 Has(claim, name),
    4 Record(store),
} }

variants! { Input "input" {
    0 Param { param, part },
    1 Subject,
    2 Now,
    3 Fact { fact, about, part },
} }

variants! { Node "node" {
    0 Charge(gas),
    1 Let(dst, op),
    2 Read { dst, fact, about },
    3 If(condition, then, otherwise),
    4 Each { list, index, body },
    5 Mark(rule, holds),
    6 Decide(ending, rule),
    7 Effect(site, fields),
} }

variants! { Op "operation" {
    0 Const(value),
    1 Literal(handle),
    2 Input(slot),
    3 Absent,
    4 Copy(a),
    5 Select(condition, yes, no),
    6 Not(a),
    7 Negate(a),
    8 Abs(a),
    9 Compare(op, a, b),
    10 CompareConst(op, a, value),
    11 And(a, b),
    12 Or(a, b),
    13 Arithmetic(op, a, b),
    14 Unchecked(op, a, b),
    15 Min(a, b),
    16 Max(a, b),
    17 ToFixed(a),
    18 ToInt(a),
    19 Sqrt(a),
    20 Bit(set, place),
    21 Norm(first),
    22 Combine(a, b),
    23 ListLength(list),
    24 Item(list, index, part),
    25 TextLength(a),
    26 TextTest(test, a, b),
} }
