//! Pages whose examples are run: every `$ pluto …` in their `console` blocks, in order, over one node, and
//! what it prints compared word by word with what the page shows.
//!
//! A block ` ```text report.txt ` is that file, whatever its language. Ids, times and paths differ from run to run: where the page shows one, the run shows another one of the
//! same form, and from then on the page's means the run's. A comment `# 4 days later in guild` moves the
//! time of a realm, as checkpoints of a later day would.

use std::collections::BTreeMap;
use std::path::Path;

use pluto_core::traits::StateView;
use pluto_identity::{Keystore, Passphrase};
use pluto_node::node::{Author, Node, keystore_path};

use super::{Pluto, Said, mask_word};

const DAY_MS: u64 = 86_400_000;

/// A page that is run.
struct Page {
    pluto: Pluto,
    /// What stands on the page, and what it means in this run.
    means: BTreeMap<String, String>,
}

/// One command of a page.
struct Example<'a> {
    line: usize,
    command: &'a str,
    shown: Vec<&'a str>,
}

/// The examples of a page, in order. Lines before the first command of a block are comments.
fn examples(text: &str) -> Vec<Example<'_>> {
    let mut found: Vec<Example<'_>> = Vec::new();
    let mut inside = false;
    for (line, content) in text.lines().enumerate() {
        match content {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ if content.starts_with("$ ") || content.starts_with("# ") => {
                found.push(Example { line: line + 1, command: content, shown: Vec::new() });
            }
            _ => found.last_mut().unwrap().shown.push(content),
        }
    }
    found
}

/// The files that stand on a page: names and contents.
fn files(text: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        found.extend(info.split_once(' ').map(|(_, name)| (name, content.join("\n") + "\n")));
    }
    found
}

/// Words as a shell takes them.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

impl Page {
    fn run(name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let mut page = Self { pluto: Pluto::new(), means: BTreeMap::new() };
        files(&text).iter().for_each(|(name, content)| page.pluto.write(name, content));
        let examples = examples(&text);
        assert!(!examples.is_empty(), "{name} shows nothing");
        examples.iter().for_each(|example| page.play(name, example));
    }

    fn play(&mut self, name: &str, example: &Example<'_>) {
        let Example { line, command, shown } = example;
        if let Some(comment) = command.strip_prefix("# ") {
            let words: Vec<&str> = comment.split(' ').collect();
            if let [days, "days" | "day", "later", "in", realm] = words.as_slice() {
                self.later(days.parse().unwrap(), realm);
            }
            return;
        }
        let words = words(command.strip_prefix("$ pluto ").unwrap());
        let typed: Vec<String> = words.iter().map(|word| self.meant(word)).collect();
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let Said { code, out, err } = self.pluto.run(&typed);
        let end = if code == 0 { String::new() } else { format!("[exit code {code}]\n") };
        // The page stands where a node is by default.
        let node = self.pluto.path("node").display().to_string();
        let said = format!("{out}{err}{end}").replace(&node, "pluto-data");
        let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
        let place = format!("docs/{name}, line {line}: {command}\n{said}");
        assert_eq!(lines.len(), shown.len(), "{place}");
        for (expected, found) in shown.iter().zip(lines) {
            self.compare(expected, found, &place);
        }
    }

    /// Compares two lines by words, and learns what the page's ids mean.
    fn compare(&mut self, expected: &str, found: &str, place: &str) {
        let (on_page, in_run): (Vec<&str>, Vec<&str>) =
            (expected.split_whitespace().collect(), found.split_whitespace().collect());
        assert_eq!(on_page.len(), in_run.len(), "`{expected}` is `{found}` in {place}");
        for (expected, found) in on_page.into_iter().zip(in_run) {
            let (masked, is_so) = (mask_word(expected), mask_word(found));
            assert_eq!(masked, is_so, "`{expected}` is `{found}` in {place}");
            if masked != expected {
                let trim =
                    |word: &str| word.trim_matches(|c: char| "`.,:;()".contains(c)).to_owned();
                let before = self.means.insert(trim(expected), trim(found));
                let is_name = masked.contains("<hex>") || masked.contains("<did>");
                if let Some(before) = before.filter(|_| is_name) {
                    assert_eq!(before, trim(found), "`{expected}` means two things in {place}");
                }
            }
        }
    }

    /// A word of a command: an id of the page, or the beginning of one, as it is in this run.
    fn meant(&self, word: &str) -> String {
        let begins = |(on_page, _): &(&String, &String)| on_page.starts_with(word);
        let is_id = word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_did = word.starts_with("did:");
        match self.means.iter().find(begins).filter(|_| is_id || is_did) {
            Some((_, in_run)) => in_run.get(..word.len()).unwrap_or(in_run).to_owned(),
            None => word.to_owned(),
        }
    }

    /// Signs a checkpoint of a later day.
    fn later(&self, days: u64, realm: &str) {
        let data = self.pluto.path("node");
        let keys =
            Keystore::open(&keystore_path(&data), &Passphrase::new("a test".to_owned()).unwrap())
                .unwrap();
        let node = Node::open(&data, &|_| {}).unwrap();
        let realm = node.realm(Some(realm)).unwrap();
        let then = node.snapshot(realm).unwrap().time_ms() + days * DAY_MS;
        Author::new(keys.get("me").unwrap()).sign_checkpoint(&node, realm, then).unwrap();
        node.stop().unwrap();
    }
}

#[test]
fn the_examples_of_realms_are_true() {
    Page::run("realms.md");
}

#[test]
fn the_examples_of_archives_are_true() {
    Page::run("archive.md");
}

#[test]
fn the_examples_of_blueprints_are_true() {
    Page::run("blueprints.md");
}
