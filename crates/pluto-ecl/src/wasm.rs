//! WASM from portable code: one module for a bundle, one exported function for each policy.
//!
//! The modules have no memory, table, global or start function, and import only what [`Import`]
//! names: an instance holds no state, so it can be used again for the next decision. A loader checks
//! this before it runs bytes of unknown origin; see `docs/formats/eclc.md`.
//!
//! A policy is `(i64 × 4, 8 or 16) -> (answer, gas, gas)`: the first inputs are parameters, the rest
//! are asked for. The answer is a word ([`crate::answer`]); faults of arithmetic come back as words
//! too, so that a denial or fault costs what an allow costs. Functions that need 128 bits or text are
//! imports, shared with the interpreter, and trap on a fault the host remembers.

mod due;
mod emit;
mod import;

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, ImportSection,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};

pub use import::Import;

use crate::code;

/// The module imports are taken from.
pub const IMPORT_MODULE: &str = "ecl";
/// Numbers of parameters a policy function can have.
pub const ARITIES: [usize; 3] = [4, 8, 16];

/// How many parameters the function of a policy with so many inputs has.
#[must_use]
pub fn arity(inputs: usize) -> usize {
    ARITIES.into_iter().find(|arity| inputs <= *arity).unwrap_or(16)
}

/// The name under which policy `index` is exported.
#[must_use]
pub fn export_name(index: usize) -> String {
    format!("p{index}")
}

/// Most records of a batch.
pub const BATCH_MAX: usize = 64;
/// The name under which a batch module exports its memory.
pub const BATCH_MEMORY: &str = "memory";

/// The name under which a batch module exports policy `index`.
#[must_use]
pub fn batch_export_name(index: usize) -> String {
    format!("b{index}")
}

/// The number of an exit that is none: this record has to be decided alone.
pub const UNDECIDED: u8 = u8::MAX;

/// What is known of an answer by the place where a policy was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The answer word.
    pub word: i64,
    /// Gas in two words.
    pub gas: [i64; 2],
}

/// A policy for many records at once.
#[derive(Clone, Debug)]
pub struct Batch {
    /// A module without imports. It has a memory of columns of 64-bit words, little-endian,
    /// [`BATCH_MAX`] words each: the inputs, then one column that begins with the numbers of exits, a
    /// byte each, then, where `adds` says so, what is to be added to the gas words and the mask of the
    /// exit. The function takes the first record and the one behind the last.
    pub wasm: Vec<u8>,
    /// The exits, by number.
    pub exits: Vec<Exit>,
    /// Columns of inputs.
    pub inputs: usize,
    /// Which of the last three columns are written.
    pub adds: [bool; 3],
}

/// The batch form of one policy, or none when its code needs more than its inputs: lists, texts,
/// computed identities, effects, and when it can be left in more ways than a byte tells apart. A record
/// that faults, or multiplies what does not fit 64 bits on the
/// way, is left [`UNDECIDED`].
#[must_use]
pub fn emit_batch(module: &code::Module, index: usize) -> Option<Batch> {
    let policy = module.policies.get(index).filter(|policy| import::is_alone(policy))?;
    let (body, exits, adds) = emit::batch(module, policy);
    if exits.len() > usize::from(UNDECIDED) {
        return None;
    }
    let inputs = policy.inputs.len();
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 2], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut memories = MemorySection::new();
    let pages = ((inputs + 4) * BATCH_MAX * 8).div_ceil(PAGE_BYTES) as u64;
    memories.memory(MemoryType {
        minimum: pages,
        maximum: Some(pages),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export(BATCH_MEMORY, ExportKind::Memory, 0);
    exports.export(&batch_export_name(index), ExportKind::Func, 0);
    let mut bodies = CodeSection::new();
    bodies.function(&body);
    let mut out = Module::new();
    out.section(&types).section(&functions).section(&memories).section(&exports).section(&bodies);
    Some(Batch { wasm: out.finish(), exits, inputs, adds })
}

const PAGE_BYTES: usize = 64 * 1024;

/// The WASM bytes of a verified module: a function of the code alone.
#[must_use]
pub fn emit(module: &code::Module) -> Vec<u8> {
    let imports = import::used(module);
    let mut types = TypeSection::new();
    let mut import_section = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut bodies = CodeSection::new();
    for arity in ARITIES {
        types.ty().function(vec![ValType::I64; arity], [ValType::I64; 3]);
    }
    let mut next_type = index(ARITIES.len());
    for import in &imports {
        let (params, results) = import.signature();
        types.ty().function(params.iter().copied(), results.iter().copied());
        import_section.import(IMPORT_MODULE, import.name(), EntityType::Function(next_type));
        next_type += 1;
    }
    for (number, policy) in module.policies.iter().enumerate() {
        let arity = arity(policy.inputs.len());
        let kind = ARITIES.iter().position(|other| *other == arity).unwrap_or_default();
        functions.function(index(kind));
        let function = index(imports.len() + number);
        exports.export(&export_name(number), ExportKind::Func, function);
        bodies.function(&emit::function(module, policy, &imports, arity));
    }
    let mut out = Module::new();
    out.section(&types);
    if !imports.is_empty() {
        out.section(&import_section);
    }
    out.section(&functions).section(&exports).section(&bodies);
    out.finish()
}

fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
