//! As much Markdown as the checks need: headings, links, code spans, code blocks, each with its line.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)"#).unwrap());
#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\[[^\]]+\]:\s+(\S+)").unwrap());
#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new("`([^`]+)`").unwrap());

/// A text on a line, counted from 1.
pub(super) type At = (usize, String);

/// One page.
pub(super) struct Page {
    /// Relative to the root.
    pub(super) path: String,
    /// Targets of links, as written.
    pub(super) links: Vec<At>,
    /// Anchors of its headings, as GitHub makes them.
    pub(super) anchors: BTreeSet<String>,
    /// Code between backticks.
    pub(super) spans: Vec<At>,
    /// Lines of code blocks that hold commands: those without a language, `sh`, `console`, `text`.
    pub(super) shell: Vec<At>,
    /// All lines outside code blocks.
    pub(super) prose: Vec<At>,
}

impl Page {
    pub(super) fn parse(path: &str, text: &str) -> Self {
        let mut page = Self {
            path: path.to_owned(),
            links: Vec::new(),
            anchors: BTreeSet::new(),
            spans: Vec::new(),
            shell: Vec::new(),
            prose: Vec::new(),
        };
        let mut block: Option<bool> = None;
        for (line, number) in text.lines().zip(1..) {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                block = match block {
                    Some(_) => None,
                    None => Some(matches!(language.trim(), "" | "sh" | "console" | "text")),
                };
            } else if let Some(shell) = block {
                if shell {
                    page.shell.push((number, line.to_owned()));
                }
            } else {
                page.line(number, line);
            }
        }
        page
    }

    fn line(&mut self, number: usize, line: &str) {
        if line.starts_with('#') {
            let anchor = anchor_of(line.trim_start_matches('#'));
            // The second heading of one name is `name-1`.
            let again = (1..).map(|count| format!("{anchor}-{count}"));
            let free = std::iter::once(anchor.clone()).chain(again);
            let free = free.take(HEADINGS_MAX).find(|name| !self.anchors.contains(name));
            self.anchors.extend(free);
        }
        let spans = SPAN.captures_iter(line).filter_map(|found| found.get(1));
        self.spans.extend(spans.map(|span| (number, span.as_str().to_owned())));
        let plain = SPAN.replace_all(line, "");
        for pattern in [&LINK, &REFERENCE] {
            let targets = pattern.captures_iter(&plain).filter_map(|found| found.get(1));
            self.links.extend(targets.map(|target| (number, target.as_str().to_owned())));
        }
        self.prose.push((number, line.to_owned()));
    }
}

/// Headings of one name on one page.
const HEADINGS_MAX: usize = 100;

/// Lower case, without signs, with dashes for blanks.
fn anchor_of(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}
