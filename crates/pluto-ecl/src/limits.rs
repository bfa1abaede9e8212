//! Every bound of the language, in one place. They are part of the language: raising one makes
//! programs that older nodes refuse.

/// Largest source in bytes.
pub const SOURCE_BYTES_MAX: usize = 48 * 1024;
/// Largest artifact in bytes: it fits the payload of one event.
pub const ARTIFACT_BYTES_MAX: usize = 64 * 1024;
/// Deepest nesting of expressions and blocks.
pub const NESTING_MAX: usize = 128;
/// Most diagnostics reported for one source.
pub const DIAGNOSTICS_MAX: usize = 100;
/// Longest name in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Most items in one source.
pub const ITEMS_MAX: usize = 256;
/// Most parameters of a policy.
pub const PARAMETERS_MAX: usize = 32;
/// Most fields of a record or store.
pub const FIELDS_MAX: usize = 32;
/// Most variants of an enum: a set of them is one 64-bit word.
pub const VARIANTS_MAX: usize = 64;
/// Longest list a type can declare.
pub const LIST_LENGTH_MAX: u16 = 1024;
/// Longest text a type can declare, in bytes.
pub const TEXT_BYTES_MAX: u16 = 4096;
/// Deepest nesting of types.
pub const TYPE_DEPTH_MAX: usize = 8;
/// Most rules of a policy.
pub const RULES_MAX: usize = 1024;
/// Most registers of a policy.
pub const REGISTERS_MAX: usize = 4096;
/// Most inputs of a policy: parameters, taken apart, and facts about them.
pub const INPUTS_MAX: usize = 256;
/// Most nodes of portable code of a policy.
pub const NODES_MAX: usize = 16_384;
/// Most effects of one decision.
pub const EFFECTS_MAX: usize = 64;
/// The largest worst-case gas of a policy, in every layer.
pub const GAS_MAX: u32 = 1_000_000;
/// Deepest nesting of nodes of portable code.
pub const CODE_NESTING_MAX: usize = 256;
/// Work of code that no gas pays for, in nodes: copies and constants are free in the source.
pub const FREE_WORK_MAX: u64 = NODES_MAX as u64;
/// Work that one unit of gas pays for, in nodes.
pub const WORK_PER_GAS: u64 = 16;
