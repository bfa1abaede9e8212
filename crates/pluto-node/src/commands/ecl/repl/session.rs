//! What was typed, and the answer to a line. No input or output, and memory up to the bound of a
//! source.

use pluto_core::policy::Gas;
use pluto_ecl::ast::Item;
use pluto_ecl::check::check_source;
use pluto_ecl::compile::compile;
use pluto_ecl::limits::SOURCE_BYTES_MAX;
use pluto_ecl::syntax::{SyntaxKind, parse};
use pluto_ecl::testing::run_with_reference;
use pluto_ecl::{Diagnostic, Severity, reference};

use super::super::question::{Fact, Question, Refusal};
use super::super::sources::Sources;
use super::super::{diagnostics, explain, run, values};
use super::probe;

const HELP: &str = "\
policy …, const …, enum …   add an item; it may go on over lines until its braces close
given amount = 10           remember a fact, as in a test block; the same fact again replaces it
ask [policy]                the answer to what is given
explain [policy]            the answer, and every condition with its operands
= amount_max * 2            the value of an expression; facts of subject, now and stores hold
test \"…\" for policy { … }   run a test
show                        items and facts
forget [all | fact]         forget facts, everything typed, or one fact
.                           give up an item that is not finished
quit                        leave; so does the end of input";

/// Words that begin an item.
const ITEMS: [&str; 8] =
    ["edition", "const", "enum", "record", "store", "migrate", "policy", "test"];

/// What follows a line.
pub(super) enum Next {
    /// This is said, and the next line is read.
    Reply(String),
    /// This is said, and it is over.
    Quit(String),
}

/// An item that was typed.
struct Typed {
    place: String,
    /// Its sort and name; what has the same replaces it.
    key: Option<(u8, String)>,
    text: String,
}

/// What was typed.
pub(super) struct Session {
    coloured: bool,
    file: Sources,
    items: Vec<Typed>,
    given: Vec<Fact>,
    /// Lines of an item whose braces are not closed.
    open: String,
    lines: usize,
}

impl Session {
    pub(super) fn new(coloured: bool) -> Self {
        let (file, open) = (Sources::default(), String::new());
        Self { coloured, file, items: Vec::new(), given: Vec::new(), open, lines: 0 }
    }

    /// Begins with a file.
    pub(super) fn load(&mut self, file: Sources) -> Result<(), (Sources, Vec<Diagnostic>)> {
        let checked = check_source(file.text());
        if checked.bundle.is_none() {
            return Err((file, checked.diagnostics));
        }
        self.file = file;
        Ok(())
    }

    /// Whether an item goes on.
    pub(super) const fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The answer to the end of input.
    pub(super) fn end(&mut self) -> Next {
        let open = std::mem::take(&mut self.open);
        Next::Quit(if open.is_empty() { String::new() } else { self.add(open) })
    }

    /// The answer to a line.
    pub(super) fn line(&mut self, line: &str) -> Next {
        self.lines += 1;
        let line = line.trim();
        if self.is_open() {
            return Next::Reply(self.go_on(line));
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        Next::Reply(match word {
            "" => String::new(),
            "quit" | "exit" => return Next::Quit(String::new()),
            "help" => HELP.to_owned(),
            "show" => self.show(),
            "given" => self.give(rest),
            "ask" | "explain" => self.ask(word, rest),
            "forget" => self.forget(rest),
            _ if word.starts_with("//") => String::new(),
            _ if ITEMS.contains(&word) => self.go_on(line),
            _ => match line.strip_prefix('=') {
                Some(expression) => self.evaluate(expression.trim()),
                None => {
                    format!(
                        "expected a command, an item or `= expression`, found `{}`; `help` lists them",
                        values::plain(word)
                    )
                }
            },
        })
    }

    fn evaluate(&self, expression: &str) -> String {
        let of_all = |fact: &&Fact| {
            let text = fact.text.trim_start();
            ["subject", "now"].iter().any(|word| text.starts_with(word)) || key(text).contains('[')
        };
        let given: Vec<Fact> = self.given.iter().filter(of_all).cloned().collect();
        let value = probe::value(self.sources(), &self.place(), expression, &given);
        value.unwrap_or_else(|refusal| self.refused(refusal))
    }

    fn ask(&self, word: &str, policy: &str) -> String {
        let policy = Some(policy).filter(|policy| !policy.is_empty());
        let question = match Question::put(self.sources(), policy, &self.given) {
            Ok(question) => question,
            Err(refusal) => return self.refused(refusal),
        };
        if word == "explain" {
            return explain::text(&question, &explain::why(&question));
        }
        let Question { bundle, index, request, world, .. } = &question;
        let bound = question.bound();
        let decision = reference::decide(bundle, *index, request, world, Gas::MAX, bound);
        run::text(&question, &decision)
    }

    /// Remembers a fact that can be read; whether it fits a policy shows when that is asked.
    fn give(&mut self, text: &str) -> String {
        let fact = Fact { name: self.place(), text: text.to_owned() };
        let mut trial = Sources::default();
        trial.push("the question", "test \"a fact\" for a_policy {");
        trial.push(&*fact.name, &format!("given {text}"));
        trial.push("the question", "expect allow }");
        let parsed = parse(trial.text());
        if parsed.has_errors() {
            return self.rendered(&trial, &parsed.diagnostics);
        }
        self.given.retain(|other| key(&other.text) != key(text));
        if self.bytes() + text.len() > SOURCE_BYTES_MAX {
            return full();
        }
        self.given.push(fact);
        String::new()
    }

    fn forget(&mut self, what: &str) -> String {
        let before = self.given.len();
        match what {
            "" => self.given.clear(),
            "all" => {
                self.given.clear();
                self.items.clear();
            }
            what => self.given.retain(|fact| key(&fact.text) != key(what)),
        }
        let gone = before - self.given.len();
        super::super::check::counted(gone, "fact") + " forgotten"
    }

    fn show(&self) -> String {
        let items = self.items.iter().map(|item| format!("{}\n", item.text.trim_end()));
        let given = self.given.iter().map(|fact| format!("given {}\n", fact.text));
        let typed: String = items.chain(given).collect();
        let file = self.file.text().trim_end();
        let file = if file.is_empty() { String::new() } else { format!("{file}\n") };
        values::plain_lines(&(file + &typed))
    }

    /// A line of an item; the last one adds it.
    fn go_on(&mut self, line: &str) -> String {
        if line == "." {
            self.open.clear();
            return "given up".to_owned();
        }
        if self.bytes() + self.open.len() + line.len() >= SOURCE_BYTES_MAX {
            self.open.clear();
            return full();
        }
        self.open.push_str(line);
        self.open.push('\n');
        if is_open(&self.open) {
            return String::new();
        }
        let text = std::mem::take(&mut self.open);
        self.add(text)
    }

    /// Adds an item if the source is without errors then; a test is run instead.
    fn add(&mut self, text: String) -> String {
        let parsed = parse(&text);
        let place = format!("line {}", (self.lines + 1).saturating_sub(text.lines().count()));
        let [item] = parsed.ast.items.as_slice() else {
            let mut sources = Sources::default();
            sources.push(place, &text);
            return if parsed.has_errors() {
                self.rendered(&sources, &parsed.diagnostics)
            } else {
                "expected one item at a time".to_owned()
            };
        };
        let (sort, name) = named(item);
        let key = Some((sort, name.to_owned())).filter(|_| !matches!(item, Item::Migration(_)));
        let replaced = |other: &Typed| key.is_some() && other.key == key;
        let mut sources = self.sources_but(&replaced);
        sources.push(&*place, &text);
        let compiled = compile(sources.text());
        let Some((bundle, _)) = compiled.result else {
            return self.rendered(&sources, &compiled.diagnostics);
        };
        if matches!(item, Item::Test(_)) {
            let run = run_with_reference(&bundle);
            let Some(report) = run.reports.last() else { return String::new() };
            let title = values::plain(&report.title);
            return if report.passed {
                format!("ok: {title}")
            } else {
                format!("FAILED: {title}: {}", values::plain(&report.message))
            };
        }
        self.items.retain(|other| !replaced(other));
        self.items.push(Typed { place, key, text });
        String::new()
    }

    fn sources(&self) -> Sources {
        self.sources_but(&|_| false)
    }

    fn sources_but(&self, left_out: &dyn Fn(&Typed) -> bool) -> Sources {
        let mut sources = self.file.clone();
        for item in self.items.iter().filter(|item| !left_out(item)) {
            sources.push(&*item.place, &item.text);
        }
        sources
    }

    fn bytes(&self) -> usize {
        let items: usize = self.items.iter().map(|item| item.text.len() + 1).sum();
        let given: usize = self.given.iter().map(|fact| fact.text.len() + 8).sum();
        self.file.text().len() + items + given
    }

    fn place(&self) -> String {
        format!("line {}", self.lines)
    }

    fn refused(&self, refusal: Refusal) -> String {
        match refusal {
            Refusal::Source(sources, found) => self.rendered(&sources, &found),
            Refusal::Error(error) => error.chain(),
        }
    }

    /// Errors alone: a constant that is not used yet is nothing to speak of here.
    fn rendered(&self, sources: &Sources, found: &[Diagnostic]) -> String {
        let errors: Vec<Diagnostic> =
            found.iter().filter(|found| found.severity == Severity::Error).cloned().collect();
        diagnostics::render(sources, &errors, self.coloured)
    }
}

fn full() -> String {
    format!(
        "expected at most {SOURCE_BYTES_MAX} bytes in all; this is left out, `forget` makes room"
    )
}

/// What a fact is about: facts with one key replace each other.
fn key(fact: &str) -> String {
    fact.split('=').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether an item goes on after this text.
fn is_open(text: &str) -> bool {
    let (mut opened, mut closed) = (0_usize, 0_usize);
    for element in parse(text).syntax().descendants_with_tokens() {
        match element.kind() {
            SyntaxKind::LeftBrace | SyntaxKind::LeftParen => opened += 1,
            SyntaxKind::RightBrace | SyntaxKind::RightParen => closed += 1,
            _ => {}
        }
    }
    let braced = !["const", "edition"].iter().any(|word| text.starts_with(word));
    opened > closed || braced && !text.contains('{')
}

fn named(item: &Item) -> (u8, &str) {
    match item {
        Item::Const(item) => (0, &item.name.text),
        Item::Enum(item) => (1, &item.name.text),
        Item::Record(item) => (1, &item.name.text),
        Item::Store(item) => (2, &item.name.text),
        Item::Policy(item) => (3, &item.name.text),
        Item::Migration(item) => (4, &item.store.text),
        Item::Test(item) => (5, &item.title.text),
    }
}

#[cfg(test)]
mod tests;
