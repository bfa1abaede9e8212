//! Shims that warn who still uses the old path.
//!
//! `#[deprecated]` on a `pub use` warns nobody. A type gets an alias, a function a wrapper, a constant a
//! constant. What has no such form (traits, macros, modules, statics, structs whose constructor is a
//! function) is re-exported, and said to warn nobody.

use syn::punctuated::Punctuated;

use super::super::reach;
use super::super::source::{Item, slice};
use super::Draft;

/// The shim of an item; nothing when it can only be re-exported.
pub(crate) fn shim(draft: &Draft<'_>, item: &Item) -> Option<String> {
    let parsed: syn::Item = syn::parse_str(slice(&draft.file.text, &item.span)).ok()?;
    let mut target = draft.to.path.clone();
    target.push(item.name.clone());
    let path = reach::path_from(&draft.from.path, &target);
    let visibility = reach::spaced(&item.visibility.written);
    let declaration = match &parsed {
        syn::Item::Struct(part) if matches!(part.fields, syn::Fields::Named(_)) => {
            alias(&item.name, &visibility, &part.generics, &path)
        }
        syn::Item::Enum(part) => alias(&item.name, &visibility, &part.generics, &path),
        syn::Item::Union(part) => alias(&item.name, &visibility, &part.generics, &path),
        syn::Item::Type(part) => alias(&item.name, &visibility, &part.generics, &path),
        syn::Item::Const(part) => {
            let written = source(&part.ty);
            format!("{visibility} const {}: {written} = {path};", item.name)
        }
        syn::Item::Fn(part) => wrapper(&visibility, part, &path)?,
        _ => return None,
    };
    let cfgs: String = item.cfgs.iter().map(|cfg| format!("{cfg}\n")).collect();
    let shown = target.join("::");
    let remove_by = draft.step.remove_by.as_deref().unwrap_or_default();
    let since = &draft.krate.version;
    let note = format!("moved to `crate::{shown}`; goes in {remove_by}");
    Some(format!(
        "{cfgs}/// Moved to [`{name}`]({path}).\n\
         #[deprecated(since = \"{since}\", note = \"{note}\")]\n{declaration}",
        name = item.name,
    ))
}

/// The tokens of a part as they were written, as far as they are on one line.
fn source(part: &impl syn::spanned::Spanned) -> String {
    let text = part.span().source_text().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn alias(name: &str, visibility: &str, generics: &syn::Generics, path: &str) -> String {
    let (declared, used) = parameters(generics);
    format!("{visibility} type {name}{declared} = {path}{used};")
}

/// Generic parameters as an alias declares them, without bounds, and as it passes them on.
fn parameters(generics: &syn::Generics) -> (String, String) {
    let (mut declared, mut used) = (Vec::new(), Vec::new());
    for parameter in &generics.params {
        match parameter {
            syn::GenericParam::Lifetime(part) => {
                declared.push(source(&part.lifetime));
                used.push(source(&part.lifetime));
            }
            syn::GenericParam::Type(part) => {
                let name = part.ident.to_string();
                let default = part.default.as_ref().map(|(_, one)| format!(" = {}", source(one)));
                declared.push(format!("{name}{}", default.unwrap_or_default()));
                used.push(name);
            }
            syn::GenericParam::Const(part) => {
                declared.push(format!("const {}: {}", part.ident, source(&part.ty)));
                used.push(part.ident.to_string());
            }
        }
    }
    let wrap = |list: Vec<String>| {
        if list.is_empty() { String::new() } else { format!("<{}>", list.join(", ")) }
    };
    (wrap(declared), wrap(used))
}

/// A function with the same signature that calls the moved one.
fn wrapper(visibility: &str, function: &syn::ItemFn, path: &str) -> Option<String> {
    let signature = &function.sig;
    let mut arguments = Vec::new();
    let mut parameters = Vec::new();
    for (at, input) in signature.inputs.iter().enumerate() {
        let syn::FnArg::Typed(input) = input else { return None };
        let name = match input.pat.as_ref() {
            syn::Pat::Ident(part) => part.ident.to_string(),
            _ => format!("argument_{at}"),
        };
        parameters.push(format!("{name}: {}", source(&input.ty)));
        arguments.push(name);
    }
    if signature.variadic.is_some() {
        return None;
    }
    let generic = source_of_generics(&signature.generics);
    let output = source(&signature.output);
    let output = if output.is_empty() { output } else { format!(" {output}") };
    let bounds = signature.generics.where_clause.as_ref().map(source);
    let bounds = bounds.map(|bounds| format!("\n{bounds}\n")).unwrap_or_else(|| " ".to_owned());
    let text = source(signature);
    let qualifiers = text.split("fn ").next().unwrap_or_default().to_owned();
    let mut call = format!("{path}({})", arguments.join(", "));
    if signature.asyncness.is_some() {
        call.push_str(".await");
    }
    if qualifiers.contains("unsafe") {
        call = format!("unsafe {{ {call} }}");
    }
    let (name, list) = (&signature.ident, parameters.join(", "));
    Some(format!(
        "{visibility} {qualifiers}fn {name}{generic}({list}){output}{bounds}{{\n    {call}\n}}"
    ))
}

fn source_of_generics(generics: &syn::Generics) -> String {
    let written: Vec<String> = each(&generics.params);
    if written.is_empty() { String::new() } else { format!("<{}>", written.join(", ")) }
}

fn each(parameters: &Punctuated<syn::GenericParam, syn::Token![,]>) -> Vec<String> {
    parameters.iter().map(source).collect()
}
