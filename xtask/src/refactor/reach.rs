//! Visibilities as the module they reach, and back.

/// How far an item can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// `pub`
    Public,
    /// In this module (segments below `crate`) and below.
    Module(Vec<String>),
}

/// The reach of a visibility written in `module`.
pub(crate) fn of(written: &str, module: &[String]) -> Reach {
    let compact: String = written.split_whitespace().collect();
    let inner = compact.strip_prefix("pub(").and_then(|rest| rest.strip_suffix(')'));
    let Some(inner) = inner else {
        return if compact == "pub" { Reach::Public } else { Reach::Module(module.to_vec()) };
    };
    let path = inner.strip_prefix("in").filter(|_| inner != "in").unwrap_or(inner);
    let mut reached = module.to_vec();
    for part in path.split("::") {
        match part {
            "crate" => reached.clear(),
            "self" => {}
            "super" => {
                reached.pop();
            }
            name => reached.push(name.to_owned()),
        }
    }
    Reach::Module(reached)
}

/// The longest module path above both.
pub(crate) fn common(a: &[String], b: &[String]) -> Vec<String> {
    a.iter().zip(b).take_while(|(x, y)| x == y).map(|(x, _)| x.clone()).collect()
}

/// The visibility that an item of `module` needs to be seen in `reached`.
pub(crate) fn written(reached: &Reach, module: &[String]) -> String {
    let Reach::Module(reached) = reached else { return "pub".to_owned() };
    let reached = common(reached, module);
    if reached.len() == module.len() {
        String::new()
    } else if reached.is_empty() {
        "pub(crate)".to_owned()
    } else if reached.len() + 1 == module.len() {
        "pub(super)".to_owned()
    } else {
        format!("pub(in crate::{})", reached.join("::"))
    }
}

/// Whether `a` reaches at least as far as `b`.
pub(crate) fn covers(a: &Reach, b: &Reach) -> bool {
    match (a, b) {
        (Reach::Public, _) => true,
        (Reach::Module(_), Reach::Public) => false,
        (Reach::Module(a), Reach::Module(b)) => b.starts_with(a),
    }
}

/// The smallest reach that covers both.
pub(crate) fn union(a: &Reach, b: &Reach) -> Reach {
    match (a, b) {
        (Reach::Module(a), Reach::Module(b)) => Reach::Module(common(a, b)),
        _ => Reach::Public,
    }
}

/// `pub(in crate::a)` of the compact `pub(incrate::a)`.
pub(crate) fn spaced(compact: &str) -> String {
    match compact.strip_prefix("pub(in") {
        Some(rest) if !rest.starts_with(' ') => format!("pub(in {rest}"),
        _ => compact.to_owned(),
    }
}

/// The path of `target` (below `crate`) as written in `module`.
pub(crate) fn path_from(module: &[String], target: &[String]) -> String {
    if let Some(below) = target.strip_prefix(module).filter(|below| !below.is_empty())
        && (!module.is_empty() || below.len() > 1)
    {
        return below.join("::");
    }
    match module.split_last() {
        Some((_, parent)) if !parent.is_empty() && target.starts_with(parent) => {
            let below = target.get(parent.len()..).unwrap_or_default();
            if below.is_empty() {
                "super".to_owned()
            } else {
                format!("super::{}", below.join("::"))
            }
        }
        _ if target.is_empty() => "crate".to_owned(),
        _ => format!("crate::{}", target.join("::")),
    }
}
