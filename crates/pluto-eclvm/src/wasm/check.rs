//! Checks that bytes are a policy module: no state, no way out but the imports we know.
//!
//! An instance is used again for the next decision; that is only safe if it cannot keep anything. So
//! a module with a memory, table, global, start function, data, or an import or export of another
//! shape is refused before any of it is compiled.

use pluto_ecl::wasm::{ARITIES, IMPORT_MODULE, Import};
use wasmparser::{
    Export, ExternalKind, FuncType, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

use crate::error::EclvmError;

/// Largest module in bytes.
pub const MODULE_BYTES_MAX: usize = 1024 * 1024;

/// Refuses everything that is not a policy module with `policies` policies.
///
/// # Errors
/// `EVM-0001`, saying what was found.
pub fn policy_module(bytes: &[u8], policies: usize) -> Result<(), EclvmError> {
    if bytes.len() > MODULE_BYTES_MAX {
        return Err(foreign(format!("`{}` bytes, the bound is `{MODULE_BYTES_MAX}`", bytes.len())));
    }
    Validator::new_with_features(
        WasmFeatures::MVP | WasmFeatures::MULTI_VALUE | WasmFeatures::SIGN_EXTENSION,
    )
    .validate_all(bytes)
    .map_err(|error| foreign(format!("invalid WASM: {error}")))?;
    let mut shape = Shape::default();
    for payload in Parser::new(0).parse_all(bytes) {
        shape.add(payload.map_err(|error| foreign(format!("invalid WASM: {error}")))?)?;
    }
    shape.finish(policies)
}

#[derive(Default)]
struct Shape {
    types: Vec<FuncType>,
    imports: usize,
    functions: Vec<u32>,
    exports: Vec<(String, u32)>,
}

impl Shape {
    fn add(&mut self, payload: Payload<'_>) -> Result<(), EclvmError> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.into_iter_err_on_gc_types() {
                    self.types.push(group.map_err(|error| foreign(error.to_string()))?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(|error| foreign(error.to_string()))?;
                    self.import(import.module, import.name, import.ty)?;
                }
            }
            Payload::FunctionSection(section) => {
                for function in section {
                    self.functions.push(function.map_err(|error| foreign(error.to_string()))?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    self.export(export.map_err(|error| foreign(error.to_string()))?)?;
                }
            }
            Payload::Version { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CodeSectionEntry(_)
            | Payload::End(_) => {}
            other => return Err(foreign(format!("a section it must not have: {other:?}"))),
        }
        Ok(())
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) -> Result<(), EclvmError> {
        let known = Import::ALL.into_iter().find(|import| import.name() == name);
        let (Some(known), TypeRef::Func(index)) = (known.filter(|_| module == IMPORT_MODULE), ty)
        else {
            return Err(foreign(format!("the import `{module}.{name}`")));
        };
        let (params, results) = known.signature();
        let same = |found: &[ValType], wanted: &[_]| {
            found.len() == wanted.len()
                && found.iter().zip(wanted).all(|(a, b)| format!("{a:?}") == format!("{b:?}"))
        };
        let ty = self.types.get(index as usize);
        if !ty.is_some_and(|ty| same(ty.params(), params) && same(ty.results(), results)) {
            return Err(foreign(format!("the import `{name}` with another signature")));
        }
        self.imports += 1;
        Ok(())
    }

    fn export(&mut self, export: Export<'_>) -> Result<(), EclvmError> {
        if export.kind != ExternalKind::Func {
            return Err(foreign(format!("the export `{}`, which is no function", export.name)));
        }
        self.exports.push((export.name.to_owned(), export.index));
        Ok(())
    }

    fn finish(&self, policies: usize) -> Result<(), EclvmError> {
        if self.exports.len() != policies {
            return Err(foreign(format!(
                "`{}` exports for `{policies}` policies",
                self.exports.len()
            )));
        }
        for (number, (name, function)) in self.exports.iter().enumerate() {
            let ty = (*function as usize)
                .checked_sub(self.imports)
                .and_then(|index| self.functions.get(index))
                .and_then(|index| self.types.get(*index as usize));
            let fits = ty.is_some_and(|ty| {
                ARITIES.contains(&ty.params().len())
                    && ty.params().iter().chain(ty.results()).all(|ty| *ty == ValType::I64)
                    && ty.results().len() == 3
            });
            if *name != pluto_ecl::wasm::export_name(number) || !fits {
                return Err(foreign(format!("the export `{name}` of another shape")));
            }
        }
        Ok(())
    }
}

fn foreign(found: String) -> EclvmError {
    EclvmError::ForeignModule(found)
}
