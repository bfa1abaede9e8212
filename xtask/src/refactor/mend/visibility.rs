//! Rules for what is private in its new place.
//!
//! The declaration gets the smallest visibility that reaches the code that needs it: never more than
//! what it could reach before, for that code compiled before.

use super::{Context, Fix, quoted};
use crate::refactor::compile::{Problem, Spot};
use crate::refactor::reach::{self, Reach};
use crate::refactor::source::tree::Module;
use crate::refactor::source::{Item, Kind, Visibility};

/// `E0603`, `E0616`, `E0624`, `E0451`, and constructors with private fields.
pub(crate) fn private(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    let Some(user) = problem.primary.first() else { return Vec::new() };
    let Some(module) = context.module_at(&user.file, user.range.start) else { return Vec::new() };
    match problem.code.as_str() {
        "E0603" if problem.message.contains("constructor") => constructor(context, problem, module),
        "E0603" | "E0624" => {
            let defined = problem.others.iter().find(|spot| {
                let says = spot.label.contains("defined here");
                let same = problem
                    .primary
                    .iter()
                    .any(|user| user.range == spot.range && user.file == spot.file);
                (says || spot.label.is_empty()) && !same
            });
            defined.and_then(|spot| widen_at(context, spot, module)).into_iter().collect()
        }
        "E0616" | "E0451" => fields(context, &problem.message, module),
        "E0423" | "E0532" | "E0574" | "E0425" => constructor(context, problem, module),
        _ => Vec::new(),
    }
}

/// Every private field of the tuple struct.
fn constructor(context: &Context<'_>, problem: &Problem, user: &Module) -> Vec<Fix> {
    let mut names = quoted(&problem.message);
    let at = problem.primary.first();
    let written = at.map(|spot| context.text(&spot.file, &spot.range)).unwrap_or_default();
    names.push(written.rsplit("::").next().unwrap_or_default());
    let mut found = Vec::new();
    each_item(context, &mut |module, item| {
        let is_tuple = item.members.iter().all(|member| member.name.parse::<usize>().is_ok());
        if item.kind == Kind::Struct && is_tuple && names.contains(&item.name.as_str()) {
            for member in &item.members {
                let visibility = member.visibility.as_ref();
                found.extend(visibility.and_then(|place| widen(place, module, user)));
            }
        }
    });
    found
}

/// Fields named in `field \`x\` of struct \`S\` is private` and its plural.
fn fields(context: &Context<'_>, message: &str, user: &Module) -> Vec<Fix> {
    let names = quoted(message);
    let Some((owner, fields)) = names.split_last() else { return Vec::new() };
    let owner = owner.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default();
    let mut found = Vec::new();
    each_item(context, &mut |module, item| {
        if matches!(item.kind, Kind::Struct | Kind::Union) && item.name == owner {
            for member in item.members.iter().filter(|m| fields.contains(&m.name.as_str())) {
                let visibility = member.visibility.as_ref();
                found.extend(visibility.and_then(|place| widen(place, module, user)));
            }
        }
    });
    // Of several types of this name, the one in a file of the move is meant.
    let touched = |fix: &Fix| matches!(fix, Fix::Widen { file, .. } if *file == context.moved.to.file || *file == context.moved.from.file);
    if found.iter().any(touched) {
        found.retain(touched);
    }
    found
}

/// A type that is more private than what shows it, `private_interfaces` and its like.
pub(crate) fn leaked(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    let leaks = ["private_interfaces", "private_bounds", "E0446"];
    if !leaks.contains(&problem.code.as_str()) {
        return Vec::new();
    }
    let names = quoted(&problem.message);
    let name = names.first().map(|name| name.split(['<', ' ']).next().unwrap_or_default());
    let name = name.unwrap_or_default().rsplit("::").next().unwrap_or_default();
    let Some(shown) = problem.primary.first() else { return Vec::new() };
    let Some(shows) = context.module_at(&shown.file, shown.range.start) else { return Vec::new() };
    let reachable = problem.notes.iter().find(|note| note.contains("reachable at visibility"));
    let written = reachable.and_then(|note| quoted(note).last().map(|last| (*last).to_owned()));
    let needed = match written.as_deref() {
        Some("pub") => Reach::Public,
        Some(written) => reach::of(written, &shows.path),
        None => Reach::Module(Vec::new()),
    };
    let mut found = Vec::new();
    each_item(context, &mut |module, item| {
        if item.kind.is_named() && item.name == name {
            found.extend(widen_to(&item.visibility, module, &needed));
        }
    });
    found
}

/// `E0364`, `E0365`: a re-export that reaches further than its item.
pub(crate) fn reexported(context: &Context<'_>, problem: &Problem) -> Vec<Fix> {
    if !matches!(problem.code.as_str(), "E0364" | "E0365") {
        return Vec::new();
    }
    let Some(spot) = problem.primary.first() else { return Vec::new() };
    let name = quoted(&problem.message).first().copied().unwrap_or_default().to_owned();
    let Some(module) = context.module_at(&spot.file, spot.range.start) else { return Vec::new() };
    let mut items = context.now.items(module).iter();
    let holder = items.rfind(|item| item.span.contains(&spot.range.start));
    let Some(holder) = holder else { return Vec::new() };
    let needed = reach::of(&holder.visibility.written, &module.path);
    let mut found = Vec::new();
    each_item(context, &mut |module, item| {
        if item.kind.is_named() && item.name == name && module.file == context.moved.to.file {
            found.extend(widen_to(&item.visibility, module, &needed));
        }
    });
    found
}

/// Calls `visit` with every item of the crate and its module.
pub(crate) fn each_item<'a>(context: &Context<'a>, visit: &mut impl FnMut(&'a Module, &'a Item)) {
    for module in &context.now.modules {
        for item in context.now.items(module) {
            visit(module, item);
        }
    }
}

fn widen(place: &Visibility, module: &Module, user: &Module) -> Option<Fix> {
    widen_to(place, module, &Reach::Module(reach::common(&module.path, &user.path)))
}

fn widen_to(place: &Visibility, module: &Module, needed: &Reach) -> Option<Fix> {
    let current = reach::of(&place.written, &module.path);
    if reach::covers(&current, needed) {
        return None;
    }
    Some(Fix::Widen {
        file: module.file.clone(),
        place: place.range.clone(),
        now: (place.written.clone(), module.path.clone()),
        reach: needed.clone(),
    })
}

/// The innermost declaration at a place.
fn widen_at(context: &Context<'_>, spot: &Spot, user: &Module) -> Option<Fix> {
    let module = context.module_at(&spot.file, spot.range.start)?;
    let at = spot.range.start;
    let item = context.now.items(module).iter().find(|item| item.span.contains(&at))?;
    let member = item.members.iter().find(|member| member.span.contains(&at));
    let place = member.and_then(|member| member.visibility.as_ref()).unwrap_or(&item.visibility);
    widen(place, module, user)
}
