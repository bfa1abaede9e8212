//! A question from the command line: the facts become a test block behind the source.
//!
//! So they are written as in tests, are checked by the same checker, and what is wrong with one is
//! shown at that very fact.

use pluto_core::policy::{Gas, Request};
use pluto_ecl::Diagnostic;
use pluto_ecl::check::check_source;
use pluto_ecl::code::Module;
use pluto_ecl::compile::compile;
use pluto_ecl::hir::{Bundle, Policy, Test};
use pluto_ecl::testing::{World, identity};
use pluto_error::{Error, Result};

use super::super::Context;
use super::sources::Sources;
use super::{diagnostics, files};
use crate::cli::QuestionArgs;
use crate::error::NodeError;

/// A question, and everything needed to answer it.
pub(super) struct Question {
    pub(super) sources: Sources,
    pub(super) bundle: Bundle,
    pub(super) module: Module,
    pub(super) index: usize,
    pub(super) request: Request,
    pub(super) world: World,
    /// Identities as printed, with the names they were given.
    names: Vec<(String, String)>,
}

/// A fact as a test block gives it, with or without the word `given`.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// What its place is called when something is wrong with it.
    pub(super) name: String,
    pub(super) text: String,
}

/// Why there is no question.
pub(super) enum Refusal {
    /// The source, or what is given, has errors.
    Source(Box<Sources>, Vec<Diagnostic>),
    /// Something else.
    Error(Error),
}

impl From<NodeError> for Refusal {
    fn from(error: NodeError) -> Self {
        Self::Error(error.into())
    }
}

impl Refusal {
    /// Shows what is wrong with the source; the error says it in one line.
    pub(super) fn show(self, context: &Context) -> Error {
        match self {
            Self::Source(sources, found) => diagnostics::refuse(context, &sources, &found),
            Self::Error(error) => error,
        }
    }
}

impl Question {
    /// The question of a command line.
    pub(super) fn of(context: &Context, args: &QuestionArgs) -> Result<Self> {
        let sources = files::source(&args.file)?;
        let numbered = args.given.iter().zip(1..);
        let given = numbered
            .map(|(text, number)| Fact { name: format!("fact {number}"), text: text.clone() })
            .collect::<Vec<_>>();
        Self::put(sources, args.policy.as_deref(), &given).map_err(|refusal| refusal.show(context))
    }

    /// The question whether `policy` allows, given these facts.
    pub(super) fn put(
        mut sources: Sources,
        policy: Option<&str>,
        given: &[Fact],
    ) -> Result<Self, Refusal> {
        let checked = check_source(sources.text());
        let Some(bundle) = checked.bundle else {
            return Err(Refusal::Source(Box::new(sources), checked.diagnostics));
        };
        let index = choose(&bundle, policy)?;
        let tests = bundle.tests.len();
        append(&mut sources, &bundle, index, given);
        let compiled = compile(sources.text());
        let Some((bundle, module)) = compiled.result else {
            return Err(Refusal::Source(Box::new(sources), compiled.diagnostics));
        };
        // A fact with a brace could end the block and begin another.
        let [test] = bundle.tests.get(tests..).unwrap_or_default() else {
            let said = "expected one fact at a time, found the end of the question";
            return Err(NodeError::BadArgument(said.to_owned()).into());
        };
        let world = World::of(&bundle, test);
        let (request, names) = (world.request(test), names(test));
        Ok(Self { sources, module, index, request, world, names, bundle })
    }

    /// The policy that is asked.
    pub(super) fn policy(&self) -> Option<&Policy> {
        self.bundle.policies.get(self.index)
    }

    /// The worst case of the policy.
    pub(super) fn bound(&self) -> Gas {
        self.module.policies.get(self.index).map_or(Gas::MAX, |policy| policy.bound)
    }

    /// The text with identities by the names they were given.
    pub(super) fn named(&self, text: &str) -> String {
        let named = |text: String, (did, name): &(String, String)| {
            unrepeated(&text, name, did).replace(did, name)
        };
        super::values::plain_lines(&self.names.iter().fold(text.to_owned(), named))
    }
}

/// Leaves out what an operand is when that is its own name: `receiver = receiver`.
fn unrepeated(text: &str, name: &str, did: &str) -> String {
    let text = text.replace(&format!(" ({name} = {did})"), "");
    let equal = format!(" = {did}");
    let mut parts = text.split(&equal);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let before = out.strip_suffix(name).map(|before| before.chars().next_back());
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        if before.is_none_or(|last| last.is_some_and(is_name)) {
            out.push_str(&equal);
        }
        out.push_str(part);
    }
    out
}

fn names(test: &Test) -> Vec<(String, String)> {
    test.identities.iter().map(|name| (identity(name).to_string(), name.clone())).collect()
}

fn choose(bundle: &Bundle, wanted: Option<&str>) -> Result<usize, Refusal> {
    let policies = &bundle.policies;
    let found = match wanted {
        Some(name) => policies.iter().position(|policy| policy.name == name),
        None if policies.len() == 1 => Some(0),
        None => None,
    };
    found.ok_or_else(|| {
        let known: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
        let hint = if known.is_empty() {
            "the source has none".to_owned()
        } else {
            format!("the source has {}", known.join(", "))
        };
        let name = wanted.unwrap_or_default().to_owned();
        NodeError::NotFound { what: "policy", name, hint }.into()
    })
}

/// Writes the test block. What it expects is of no account: nobody compares.
fn append(sources: &mut Sources, bundle: &Bundle, index: usize, given: &[Fact]) {
    let policy = bundle.policies.get(index).map_or("", |policy| &policy.name);
    let mut title = "question".to_owned();
    while bundle.tests.iter().any(|test| test.title == title) {
        title.push('?');
    }
    sources.push("the question", &format!("test \"{title}\" for {policy} {{"));
    for Fact { name, text } in given {
        let text = text.trim();
        let text = text.strip_prefix("given ").unwrap_or(text);
        sources.push(name, &format!("given {text}"));
    }
    sources.push("the question", "expect allow }");
}

#[cfg(test)]
mod tests;
