//! Guests in WAT, made into components the way every toolchain does it: a core module, the world
//! embedded, then encoded.
//!
//! The answer is laid out at [`ANSWER`] as the canonical ABI says: `0` ok or err, `8` outcome (or the
//! fault), `16` timeout, `24` fallback, `32` rule, `40` mask, `48` pointer and `52` length of effects.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The contract, as published.
pub(super) const WIT: &str = include_str!("../../../wit/erynoa-ecl.wit");

/// What every guest has: imports, a memory, an allocator that only goes up, and the texts.
const FRAME: &str = r#"
  (type $to_flag (func (param i32 i32 i32 i32) (result i32)))
  (import "erynoa:ecl/facts@1.0.0" "trust" (func $trust (param i32 i32)))
  (import "erynoa:ecl/facts@1.0.0" "balance" (func $balance (param i32) (result i64)))
  (import "erynoa:ecl/facts@1.0.0" "holds" (func $holds (type $to_flag)))
  (import "erynoa:ecl/facts@1.0.0" "record"
    (func $record (param i32 i32 i32 i32 i32 i32)))
  (import "erynoa:ecl/facts@1.0.0" "resolve" (func $resolve (param i32 i32 i32)))
  (import "erynoa:ecl/facts@1.0.0" "now" (func $now (result i64)))
  (import "erynoa:ecl/meter@1.0.0" "remaining" (func $remaining (param i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))
  (data (i32.const 256) "kyc")
  (data (i32.const 264) "seen")
  (data (i32.const 272) "who")
  (data (i32.const 280) "profiles")
  (data (i32.const 288) "alice")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
"#;

/// Where the answer is written.
pub(super) const ANSWER: u32 = 1024;

/// A component whose `evaluate` is `body`, which has the locals `$i` and `$j` and writes the answer.
pub(super) fn component(body: &str) -> Vec<u8> {
    encode(&format!(
        "(module {FRAME}
           (func (export \"evaluate\") (param $policy i32) (param $policy_len i32)
             (param $subject i32) (param $arguments i32) (param $arguments_len i32) (result i32)
             (local $i i32) (local $j i32)
             {body}
             (i32.const {ANSWER})))"
    ))
}

/// A core module as a component of the world.
pub(super) fn encode(wat: &str) -> Vec<u8> {
    encode_for(wat, WIT, "policy").unwrap()
}

/// A core module as a component of another world.
pub(super) fn encode_for(wat: &str, wit: &str, world: &str) -> Result<Vec<u8>, String> {
    let mut module = wat::parse_str(wat).map_err(|error| error.to_string())?;
    let mut resolve = Resolve::default();
    let package = resolve.push_str("policy.wit", wit).map_err(|error| format!("{error:#}"))?;
    let world =
        resolve.select_world(&[package], Some(world)).map_err(|error| format!("{error:#}"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| format!("{error:#}"))?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// WAT that writes outcome (0 deny, 1 allow), rule and mask.
pub(super) fn answer(outcome: &str, rule: u16, mask: u64) -> String {
    format!(
        "(i32.store8 (i32.const {ANSWER}) (i32.const 0))
         (i32.store8 offset=8 (i32.const {ANSWER}) {outcome})
         (i32.store16 offset=32 (i32.const {ANSWER}) (i32.const {rule}))
         (i64.store offset=40 (i32.const {ANSWER}) (i64.const {mask}))"
    )
}

/// The subject needs reliability of at least 0.7 and the credential `kyc`.
pub(super) fn trusted_and_proven() -> Vec<u8> {
    component(&format!(
        "(call $trust (local.get $subject) (i32.const 512))
         (if (i32.lt_u (i32.load (i32.const 512)) (i32.const 700000))
           (then {} (return (i32.const {ANSWER}))))
         (if (i32.eqz (call $holds (local.get $subject)
               (i32.const 0) (i32.const 256) (i32.const 3)))
           (then {} (return (i32.const {ANSWER}))))
         {}",
        answer("(i32.const 0)", 1, 0),
        answer("(i32.const 0)", 2, 1),
        answer("(i32.const 1)", 0, 3),
    ))
}
