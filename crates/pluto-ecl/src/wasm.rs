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

mod emit;
mod import;

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, ImportSection, Module,
    TypeSection, ValType,
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
