//! The shape of one Rust file: opening comment, length, functions, test modules, name.

use syn::visit::{self, Visit};
use syn::{Block, Signature};

use super::super::source::Source;
use super::{CHECK, Config};
use crate::finding::{Finding, Rule};

const OPENING: Rule = Rule::new(
    CHECK,
    "opening",
    "open the file with `//!`: one sentence of purpose, then invariants or why",
);
const FILE_LENGTH: Rule = Rule::new(CHECK, "file-length", "split the file by responsibility");
const ALLOWANCE: Rule = Rule::new(CHECK, "allowance", "lower the figure in tidy.toml");
const FUNCTION_LENGTH: Rule =
    Rule::new(CHECK, "function-length", "give each step of the function a name");
const MOD_RS: Rule =
    Rule::new(CHECK, "mod-rs", "name the file after the module: `foo.rs` beside `foo/`");
const INLINE_TESTS: Rule =
    Rule::new(CHECK, "inline-tests", "move the tests to a sibling file: `#[cfg(test)] mod tests;`");

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] =
    &[OPENING, FILE_LENGTH, ALLOWANCE, FUNCTION_LENGTH, MOD_RS, INLINE_TESTS];

/// Checks one file.
pub(super) fn inspect(config: &Config, source: &Source) -> Vec<Finding> {
    let path = source.path.as_str();
    let mut findings = Vec::new();
    if !source.text.starts_with("//!") {
        findings.push(OPENING.at(path, 1, "the first line is not a `//!` comment"));
    }
    if path.ends_with("/mod.rs") {
        findings.push(MOD_RS.at(path, 1, "`mod.rs` hides which module it is"));
    }
    for module in source.inline_test_modules() {
        let message = "a test module has its body inside a source file";
        findings.push(INLINE_TESTS.at(path, module.start, message));
    }
    findings.extend(length(config, path, source.production_lines()));
    let mut functions = Functions { lines_max: config.size.function_lines_max, path, findings };
    functions.visit_file(&source.file);
    functions.findings
}

fn length(config: &Config, path: &str, lines: usize) -> Option<Finding> {
    let (soft, hard) = (config.size.file_lines_max, config.size.file_lines_hard_max);
    let Some(&allowed) = config.allowed_lines.get(path) else {
        return (lines > soft).then(|| {
            FILE_LENGTH.at(
                path,
                soft + 1,
                format!("{lines} production lines, at most {soft} allowed"),
            )
        });
    };
    if lines > hard {
        Some(FILE_LENGTH.at(
            path,
            hard + 1,
            format!("{lines} production lines, at most {hard} even when listed"),
        ))
    } else if lines > allowed {
        let message = format!("{lines} production lines, grown beyond its allowance of {allowed}");
        Some(FILE_LENGTH.at(path, allowed + 1, message))
    } else if lines <= soft {
        let message = format!("{lines} production lines need no allowance");
        Some(
            ALLOWANCE
                .at(path, 1, message)
                .remedy("remove the entry from [allowed_lines] in tidy.toml"),
        )
    } else if lines < allowed {
        let message = format!("{lines} production lines, fewer than its allowance of {allowed}");
        Some(
            ALLOWANCE
                .at(path, 1, message)
                .remedy(format!("lower the figure in tidy.toml to {lines}")),
        )
    } else {
        None
    }
}

struct Functions<'a> {
    lines_max: usize,
    path: &'a str,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &Signature, body: &Block) {
        let first = signature.fn_token.span.start().line;
        let lines = body.brace_token.span.close().end().line + 1 - first;
        if lines > self.lines_max {
            let message = format!(
                "`{}` has {lines} lines, at most {} allowed",
                signature.ident, self.lines_max
            );
            self.findings.push(FUNCTION_LENGTH.at(self.path, first, message));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.measure(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
