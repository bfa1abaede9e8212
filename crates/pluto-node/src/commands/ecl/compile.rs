//! `pluto ecl compile`: what an artifact holds, made here or elsewhere.

use std::path::Path;

use pluto_api::http::shape::{ParameterShown, PolicyShown, RuleShown};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::code::{Module, Policy};
use pluto_ecl::interpreter::Program;
use pluto_ecl::wasm;
use pluto_error::Result;
use serde_json::json;

use super::super::Context;
use super::sources::Sources;
use super::{artifact, diagnostics, values};
use crate::output::{row, size, table};
use crate::replace::replace;

pub(super) fn run(context: &Context, path: &Path, out: Option<&Path>) -> Result<()> {
    let bytes = artifact(context, path)?;
    let Artifact { source, module, .. } = Artifact::from_bytes(&bytes)?;
    let sources = Sources::file(path.to_string_lossy(), source);
    // Native code is made from what the optimiser makes of the artifact's code.
    let wasm_bytes = wasm::emit(Program::load(&module)?.module()).len();
    if let Some(out) = out {
        replace(out, &bytes)?;
    }
    let id = Artifact::id(&bytes).to_string();
    let code_bytes = bytes.len().saturating_sub(sources.text().len());
    let own: Vec<&Policy> =
        module.policies.iter().filter(|policy| !policy.is_migration()).collect();
    let policies: Vec<PolicyShown> =
        own.iter().map(|policy| data(&sources, &module, policy)).collect();
    let value = json!({
        "artifact": id,
        "file": out,
        "bytes": { "artifact": bytes.len(), "code": code_bytes, "wasm": wasm_bytes },
        "policies": policies,
    });
    let mut text: String = own.iter().map(|policy| described(&sources, &module, policy)).collect();
    let sized = |bytes: usize| size(bytes as u64);
    let mut rows = vec![
        row("artifact", id),
        row("size", format!("{}, of it code {}", sized(bytes.len()), sized(code_bytes))),
        row("as WASM", sized(wasm_bytes)),
    ];
    rows.extend(out.map(|out| row("written to", out.display())));
    text += &table(&rows);
    context.out.show(&value, &text);
    Ok(())
}

fn described(sources: &Sources, module: &Module, policy: &Policy) -> String {
    let Policy { name, kind, params, rules, bound, .. } = policy;
    let params = values::parameters(module, params);
    let bound = values::gas_text(*bound);
    let mut text = format!("policy {name} on {} ({params})\n", kind.as_str());
    text += &format!("  gas at most  {bound}\n");
    let heading = ["  RULE", "STATEMENT", "STANDS IN", "REASON"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    rows.extend(rules.iter().zip(1..).map(|(rule, number)| {
        let (start, end) = rule.span;
        vec![
            format!("  {number}"),
            values::rule_word(rule.kind).to_owned(),
            diagnostics::line(sources, pluto_ecl::Span { start, end }),
            values::plain(&rule.reason),
        ]
    }));
    text + &table(&rows) + "\n"
}

/// A policy of a module for programs.
pub(super) fn data(sources: &Sources, module: &Module, policy: &Policy) -> PolicyShown {
    let Policy { name, kind, params, rules, bound, .. } = policy;
    let rules = rules.iter().zip(1..).map(|(rule, number)| {
        let (start, end) = rule.span;
        RuleShown {
            number,
            statement: values::rule_word(rule.kind),
            reason: rule.reason.clone(),
            span: diagnostics::span(sources, pluto_ecl::Span { start, end }),
        }
    });
    let parameters = params.iter().map(|(name, ty)| ParameterShown {
        name: name.clone(),
        kind: module.types.show(ty).to_string(),
    });
    PolicyShown {
        name: name.clone(),
        kind: kind.as_str(),
        parameters: parameters.collect(),
        rules: rules.collect(),
        gas_max: values::gas_data(*bound),
    }
}
