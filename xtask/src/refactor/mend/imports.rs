//! Rules for names that are not in scope, and for imports that nobody needs.

use super::{Context, Fix, quoted};
use crate::refactor::compile::Problem;
use crate::refactor::imports::Import;
use crate::refactor::moves::scope;
use crate::refactor::reach;
use crate::refactor::source::Kind;
use crate::refactor::source::tree::Module;

/// `unused_imports`: gone, or kept for the tests when only they use it.
pub(crate) fn unused(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    if problem.code != "unused_imports" {
        return Vec::new();
    }
    let mut found = Vec::new();
    for spot in &problem.primary {
        let Some(module) = context.module_at(&spot.file, spot.range.start) else { continue };
        let mut items = context.now.items(module).iter();
        let Some(item) = items.rfind(|i| i.span.contains(&spot.range.start)) else {
            continue;
        };
        let is_use = item.kind == Kind::Use;
        let leaf = item
            .uses
            .iter()
            .find(|leaf| spot.range.end == leaf.leaf.end || spot.range.contains(&leaf.leaf.start));
        if let (true, Some(leaf)) = (is_use, leaf) {
            let for_tests = item.is_test_only() || context.now.is_test_only(module);
            found.push(Fix::Unused {
                module: module.clone(),
                path: leaf.path.clone(),
                name: leaf.name.clone(),
                tests: !for_tests && !everywhere(context, problem, spot),
            });
        }
    }
    found
}

/// Whether every compilation of the target found the import unused.
fn everywhere(
    context: &Context<'_>,
    problem: &Problem,
    spot: &super::super::compile::Spot,
) -> bool {
    let expected = context.outcome.compilations.get(&problem.target).copied().unwrap_or(1);
    let same = context.outcome.problems.iter().filter(|other| {
        other.code == problem.code && other.target == problem.target && other.primary.contains(spot)
    });
    same.map(|other| other.times).sum::<usize>() >= expected
}

/// The package's own uses of what just became a deprecated shim: they take the new path.
pub(crate) fn deprecated(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    let quoted_names = quoted(&problem.message);
    let name = quoted_names.first().and_then(|path| path.rsplit("::").next()).unwrap_or_default();
    let ours = problem.code == "deprecated" && context.moved.names.contains(name);
    let (Some(spot), true) = (problem.primary.first(), ours) else { return Vec::new() };
    let Some(module) = context.module_at(&spot.file, spot.range.start) else { return Vec::new() };
    let mut target = context.moved.to.path.clone();
    target.push(name.to_owned());
    let path = reach::path_from(&module.path, &target);
    let mut items = context.now.items(module).iter();
    let holder = items.find(|i| i.kind == Kind::Use && i.span.contains(&spot.range.start));
    let leaf = holder.and_then(|holder| {
        holder.uses.iter().find(|leaf| leaf.path.last().is_some_and(|last| last == name))
    });
    if let (Some(holder), Some(leaf)) = (holder, leaf) {
        let mut import = Import::of(&path);
        if leaf.name != name {
            import.leaf = format!("{name} as {}", leaf.name);
        }
        import.visibility.clone_from(&holder.visibility.written);
        import.cfgs.clone_from(&holder.cfgs);
        let gone = Fix::Unused {
            module: module.clone(),
            path: leaf.path.clone(),
            name: leaf.name.clone(),
            tests: false,
        };
        return vec![gone, Fix::Import { module: module.clone(), import }];
    }
    // From the first segment of the path that ends here.
    let text = context.now.files.get(&spot.file).map(|file| file.text.as_str()).unwrap_or_default();
    let before = text.get(..spot.range.start).unwrap_or_default();
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let start = if before.ends_with("::") {
        before.trim_end_matches(is_path).len()
    } else {
        spot.range.start
    };
    let range = start..spot.range.end;
    vec![Fix::Replace { file: spot.file.clone(), range, with: path }]
}

/// `use parser::X` beside a crate `parser`: the module is meant.
pub(crate) fn ambiguous(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    let Some(spot) = problem.primary.first().filter(|_| problem.code == "E0659") else {
        return Vec::new();
    };
    let Some(module) = context.module_at(&spot.file, spot.range.start) else { return Vec::new() };
    let name = context.text(&spot.file, &spot.range);
    let mut items = context.now.items(module).iter();
    if !items.any(|item| item.kind == Kind::Mod && item.name == name) {
        return Vec::new();
    }
    let (file, range) = (spot.file.clone(), spot.range.clone());
    vec![Fix::Replace { file, range, with: format!("self::{name}") }]
}

/// A name defined twice: the import goes.
pub(crate) fn twice(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    if !matches!(problem.code.as_str(), "E0252" | "E0254" | "E0255" | "E0430" | "E0431") {
        return Vec::new();
    }
    let names = quoted(&problem.message);
    for spot in problem.primary.iter().chain(&problem.others) {
        let Some(module) = context.module_at(&spot.file, spot.range.start) else { continue };
        let items = context.now.items(module).iter();
        let mut holder = items.filter(|item| item.kind == Kind::Use);
        let Some(holder) = holder.rfind(|i| i.span.contains(&spot.range.start)) else {
            continue;
        };
        let leaf = holder.uses.iter().find(|leaf| names.contains(&leaf.name.as_str()));
        if let Some(leaf) = leaf {
            return vec![Fix::Unused {
                module: module.clone(),
                path: leaf.path.clone(),
                name: leaf.name.clone(),
                tests: false,
            }];
        }
    }
    Vec::new()
}

/// A method whose trait is not in scope.
pub(crate) fn lost_trait(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    let scope_words = ["in scope", "trait which provides"];
    let about = problem.notes.iter().any(|note| scope_words.iter().any(|word| note.contains(word)));
    if !matches!(problem.code.as_str(), "E0599" | "E0576" | "E0689") || !about {
        return Vec::new();
    }
    let Some(module) = site(context, problem) else { return Vec::new() };
    let suggested: Vec<String> = problem
        .suggestions
        .iter()
        .filter_map(|(_, text, _)| {
            let path = text.trim().trim_end_matches(';').strip_prefix("use ")?;
            Some(path.trim().to_owned())
        })
        .collect();
    let scope = context.before.tree.scope(&context.moved.from);
    let known = suggested.iter().find_map(|path| {
        let name = path.split(" as ").next()?.rsplit("::").next()?;
        known_import(context, &scope, name, module)
    });
    let import = known.or_else(|| suggested.first().map(|path| Import::of(path)));
    import.map(|import| Fix::Import { module: module.clone(), import }).into_iter().collect()
}

type Scope = std::collections::BTreeMap<String, Vec<crate::refactor::source::tree::Binding>>;

/// What the name meant in the old module: by itself, or as the last segment of an import.
fn known_import(context: &Context<'_>, scope: &Scope, name: &str, site: &Module) -> Option<Import> {
    use crate::refactor::source::tree::Binding;
    let moved = context.moved;
    if moved.names.contains(name) && site.path != moved.to.path {
        let mut target = moved.to.path.clone();
        target.push(name.to_owned());
        return Some(Import::of(&reach::path_from(&site.path, &target)));
    }
    let tree = &context.before.tree;
    let own = scope.get(name).and_then(|bindings| bindings.first()).map(|binding| (name, binding));
    let renamed = || {
        scope.iter().flat_map(|(bound, all)| all.iter().map(move |one| (bound.as_str(), one))).find(
            |(_, binding)| {
                matches!(binding, Binding::Import { leaf, .. } if leaf.path.last().is_some_and(|last| last == name))
            },
        )
    };
    let (bound, binding) = own.or_else(renamed)?;
    scope::bound(tree, &moved.from, &site.path, bound, binding, &[])
}

/// A name that is not in scope any more.
pub(crate) fn lost_name(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    let message = problem.message.as_str();
    let says = [
        "cannot find",
        "failed to resolve",
        "unresolved import",
        "use of undeclared",
        "could not find",
        "cannot determine resolution",
    ];
    if !problem.is_error || !says.iter().any(|word| message.contains(word)) {
        return Vec::new();
    }
    let Some(module) = site(context, problem) else { return Vec::new() };
    if problem.code == "E0432" {
        return lost_path(context, problem, module);
    }
    let spot = problem.primary.first();
    let written = spot.map(|spot| context.text(&spot.file, &spot.range)).unwrap_or_default();
    let quoted_names = quoted(message);
    let names = [written].into_iter().chain(quoted_names);
    let scope = context.before.tree.scope(&context.moved.from);
    for name in names.map(|name| name.trim_end_matches('!')) {
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let import = known_import(context, &scope, name, module);
        let shared = share(context, name);
        if let Some(import) = import {
            let fix = Fix::Import { module: module.clone(), import };
            return shared.map(|(fix, _)| fix).into_iter().chain([fix]).collect();
        }
        if message.contains("macro")
            && let Some((fix, path)) = shared
        {
            let import = Import::of(&reach::path_from(&module.path, &path));
            return vec![fix, Fix::Import { module: module.clone(), import }];
        }
    }
    let suggested = suggested_import(context, problem, module);
    if !suggested.is_empty() { suggested } else { lost_glob(context, module) }
}

/// What a macro call made in the old module is in no scope that is known; the compiler knows it.
fn suggested_import(context: &Context<'_>, problem: &Problem, module: &Module) -> Vec<Fix> {
    let quoted_names = quoted(&problem.message);
    let paths: Vec<&str> = problem
        .suggestions
        .iter()
        .filter_map(|(_, text, _)| text.trim().trim_end_matches(';').strip_prefix("use "))
        .filter(|path| path.rsplit("::").next().is_some_and(|last| quoted_names.contains(&last)))
        .collect();
    let old_place = |path: &&&str| {
        let mut old = context.moved.from.path.clone();
        old.extend(path.rsplit("::").next().map(str::to_owned));
        **path == format!("crate::{}", old.join("::"))
    };
    let best = paths.iter().find(old_place).or(paths.first().filter(|_| paths.len() == 1));
    let import = best.map(|path| {
        let segments: Vec<String> = path.split("::").skip(1).map(str::to_owned).collect();
        let local = path.starts_with("crate::");
        let written =
            if local { reach::path_from(&module.path, &segments) } else { (*path).to_owned() };
        Import::of(&written)
    });
    import.map(|import| Fix::Import { module: module.clone(), import }).into_iter().collect()
}

/// The globs of the old module, when all else is unknown.
fn lost_glob(context: &Context<'_>, module: &Module) -> Vec<Fix> {
    let tree = &context.before.tree;
    let from = &context.moved.from.path;
    let mut found = Vec::new();
    for (leaf, _) in tree.globs(&context.moved.from) {
        let import = Import::of(&scope::translated(tree, from, &module.path, &leaf));
        let there = context.now.globs(module);
        if !there.iter().any(|(known, _)| known.written() == format!("{}::*", import.prefix)) {
            found.push(Fix::Import { module: module.clone(), import });
        }
    }
    found
}

/// `use super::X` where `X` has left that module: the module imports it for who looks there.
fn lost_path(context: &Context<'_>, problem: &Problem, module: &Module) -> Vec<Fix> {
    let mut found = Vec::new();
    for path in quoted(&problem.message) {
        let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
        let Some(absolute) = context.now.absolute(&module.path, &segments) else { continue };
        let Some((name, above)) = absolute.split_last() else { continue };
        let Some(holder) = context.now.of_path(above) else { continue };
        let scope = context.before.tree.scope(&context.moved.from);
        if let Some(import) = known_import(context, &scope, name, holder) {
            found.push(Fix::Import { module: holder.clone(), import });
        }
    }
    found
}

/// Makes a macro of the crate importable; with its path.
fn share(context: &Context<'_>, name: &str) -> Option<(Fix, Vec<String>)> {
    for module in &context.now.modules {
        let text = context.now.files.get(&module.file).map(|file| file.text.as_str())?;
        let items = context.now.items(module);
        let Some(item) = items.iter().find(|i| i.kind == Kind::Macro && i.name == name) else {
            continue;
        };
        if item.has_attribute(text, "macro_export") {
            return None;
        }
        let mut path = module.path.clone();
        path.push(name.to_owned());
        let shared = items.iter().flat_map(|item| &item.uses).any(|leaf| leaf.name == name);
        let with = if shared { String::new() } else { format!("\npub(crate) use {name};") };
        let at = item.full.end;
        return Some((Fix::Replace { file: module.file.clone(), range: at..at, with }, path));
    }
    None
}

fn site<'a>(context: &'a Context<'_>, problem: &Problem) -> Option<&'a Module> {
    let spot = problem.primary.first()?;
    context.module_at(&spot.file, spot.range.start)
}
