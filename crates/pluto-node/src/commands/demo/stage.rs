//! The stage of the demo: runs the commands of its script and prints them with what they say.

use std::path::{Path, PathBuf};

use clap::Parser;
use pluto_error::Result;
use serde_json::Value;
use zeroize::Zeroizing;

use super::super::{Context, run_in};
use crate::cli::Cli;
use crate::codes;
use crate::error::NodeError;
use crate::exit::NOT_ALLOWED;
use crate::keys::{KeyAccess, PassphraseSource};
use crate::node::keystore_path;
use crate::output::Output;

/// Of the demo's keystore; nothing in it is worth more.
pub(super) const PASSPHRASE: &str = "demo";

/// Where the story is played.
pub(super) struct Stage<'a> {
    context: &'a Context,
    dir: PathBuf,
    /// Where the commands are typed.
    folder: PathBuf,
    data: PathBuf,
}

impl<'a> Stage<'a> {
    /// A stage in `dir`, its node in a folder of that.
    pub(super) fn new(context: &'a Context, dir: &Path) -> Self {
        Self { context, dir: dir.to_owned(), folder: dir.to_owned(), data: dir.join("node") }
    }

    /// The same story in a folder where there is no node and no key.
    pub(super) fn elsewhere(&self) -> Result<Self> {
        let folder = self.dir.join("elsewhere");
        std::fs::create_dir_all(&folder)
            .map_err(|error| NodeError::file("create", &folder, error))?;
        let data = folder.join("none");
        Ok(Self { context: self.context, dir: self.dir.clone(), folder, data })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn say(&self, text: &str) {
        self.context.out.say(text);
    }

    /// A chapter of the story.
    pub(super) fn chapter(&self, title: &str) {
        self.say(&format!("\n{title}"));
    }

    /// Writes a file, as an editor would.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        Ok(std::fs::write(&path, text).map_err(|error| NodeError::file("write", &path, error))?)
    }

    /// Reads a file.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(name);
        Ok(std::fs::read(&path).map_err(|error| NodeError::file("read", &path, error))?)
    }

    /// Runs a command that must be done. Of what it prints the lines are shown that begin with one of
    /// `shown`, or all where that is empty.
    pub(super) fn done(&self, words: &[&str], shown: &[&str]) -> Result<Value> {
        let (value, ended) = self.run(words, shown);
        ended.map(|()| value)
    }

    /// Runs a command that asks the judge, who must answer `outcome` for `reason`.
    pub(super) fn answered(&self, words: &[&str], outcome: &str, reason: &str) -> Result<Value> {
        let shown = ["decision", "outcome", "reason", "rule", "people"];
        let (value, ended) = self.run(words, &shown);
        match ended {
            Err(error) if error.code() == codes::NOT_ALLOWED => {
                self.say(&format!("  [exit code {NOT_ALLOWED}]"));
            }
            ended => ended?,
        }
        let found = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        expect(&words.join(" "), outcome, found("outcome"))?;
        expect(&words.join(" "), reason, found("reason"))?;
        Ok(value)
    }

    /// The node of the story, with its passphrase at hand.
    pub(super) fn context(&self, out: Output) -> Context {
        let passphrase = Some(Zeroizing::new(PASSPHRASE.to_owned()));
        let source = PassphraseSource::Caller(passphrase);
        Context {
            data: self.data.clone(),
            keys: KeyAccess { path: keystore_path(&self.data), source },
            mode: self.context.mode,
            out,
            running: None,
            folder: self.folder.clone(),
        }
    }

    fn run(&self, words: &[&str], shown: &[&str]) -> (Value, Result<()>) {
        let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        self.say(&format!("  $ pluto {}", line.join(" ")));
        let cli = match Cli::try_parse_from(std::iter::once(&"pluto").chain(words)) {
            Ok(cli) => cli,
            Err(error) => return (Value::Null, Err(NodeError::Usage(error.to_string()).into())),
        };
        let context = self.context(Output::kept(false));
        let ended = run_in(&context, cli.command);
        let (text, value) = context.out.take_all();
        let is_shown =
            |line: &&str| shown.is_empty() || shown.iter().any(|start| line.starts_with(start));
        text.lines().filter(is_shown).for_each(|line| self.say(format!("  {line}").trim_end()));
        (value, ended)
    }
}

/// The story goes on only as it is told.
pub(super) fn expect(what: &str, expected: &str, found: &str) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let why = format!("the demo expected `{expected}` of `{what}`, found `{found}`");
    Err(NodeError::BadProof(why).into())
}

/// A text of a document.
pub(super) fn text(value: &Value, name: &str) -> Result<String> {
    let found = value.get(name).and_then(Value::as_str);
    let missing = || NodeError::BadProof(format!("the demo expected `{name}`, found nothing"));
    Ok(found.ok_or_else(missing)?.to_owned())
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}
