//! Layout operations to lines.
//!
//! A group is laid out on one line if it fits, else all its breaks become line ends; groups within it
//! decide for themselves. A group is never on one line if a line must end within it.

use std::collections::BTreeSet;

/// Columns of a line.
const WIDTH: usize = 100;

/// One step of the layout.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// Text; only comments have line ends in it.
    Text(String),
    /// A space, unless a line begins or a closing delimiter or a comma follows.
    Space,
    /// A comment that reaches to the end of the line: it waits for that end.
    Suffix(String),
    /// A line end, or in a group on one line this text.
    Break(&'static str),
    /// Only in a group of several lines.
    IfBroken(&'static str),
    /// A line end, unless a line begins here.
    Fresh,
    /// An empty line, if a line begins here.
    Blank,
    /// So many columns more.
    Indent(usize),
    /// So many columns less.
    Dedent(usize),
    /// A group begins.
    Open,
    /// A group ends.
    Close,
}

/// The text of the operations, with a line end at the end.
pub(super) fn render(ops: &[Op]) -> String {
    let mut lines = Lines { forced: forced(ops), ..Lines::default() };
    for (index, op) in ops.iter().enumerate() {
        lines.step(ops, index, op);
    }
    lines.fresh();
    lines.text
}

/// The groups, by the places of their beginnings, in which a line must end.
fn forced(ops: &[Op]) -> BTreeSet<usize> {
    let mut forced = BTreeSet::new();
    // Open groups, each with whether a comment in it waits for the end of the line.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for (index, op) in ops.iter().enumerate() {
        match op {
            Op::Open => open.push((index, false)),
            Op::Close => {
                open.pop();
            }
            Op::Suffix(_) => open.iter_mut().for_each(|(_, waits)| *waits = true),
            Op::Fresh => forced.extend(open.iter().map(|(group, _)| *group)),
            Op::Text(text) if text.contains('\n') => {
                forced.extend(open.iter().map(|(group, _)| *group));
            }
            // A break of a group that opened after the comment does not have to end the line.
            Op::Break(_) if open.last().is_some_and(|(_, waits)| *waits) => {
                forced.extend(open.iter().map(|(group, _)| *group));
                open.iter_mut().for_each(|(_, waits)| *waits = false);
            }
            _ => {}
        }
    }
    forced
}

#[derive(Default)]
struct Lines {
    forced: BTreeSet<usize>,
    text: String,
    /// Characters of the line so far; none at its beginning.
    column: usize,
    indent: usize,
    space: bool,
    suffixes: Vec<String>,
    /// Open groups: whether each is broken.
    broken: Vec<bool>,
}

impl Lines {
    fn step(&mut self, ops: &[Op], index: usize, op: &Op) {
        let is_broken = self.broken.last().copied().unwrap_or(true);
        match op {
            Op::Text(text) => self.put(text),
            Op::Space => self.space = true,
            Op::Suffix(text) => self.suffixes.push(text.clone()),
            Op::Break(_) if is_broken => self.end_line(),
            Op::Break(flat) => self.space |= !flat.is_empty(),
            Op::IfBroken(text) if is_broken => self.put(text),
            Op::IfBroken(_) => {}
            Op::Fresh => self.fresh(),
            Op::Blank => {
                if self.column == 0 && !self.text.is_empty() && !self.text.ends_with("\n\n") {
                    self.text.push('\n');
                }
            }
            Op::Indent(columns) => self.indent += columns,
            Op::Dedent(columns) => self.indent = self.indent.saturating_sub(*columns),
            Op::Open => {
                let breaks = is_broken && (self.forced.contains(&index) || !self.fits(ops, index));
                self.broken.push(breaks);
            }
            Op::Close => {
                self.broken.pop();
            }
        }
    }

    fn put(&mut self, text: &str) {
        if self.column == 0 {
            self.text.extend(std::iter::repeat_n(' ', self.indent));
            self.column = self.indent;
        } else if self.space && !text.starts_with([',', ')', ']']) {
            self.text.push(' ');
            self.column += 1;
        }
        self.space = false;
        self.text.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => last.chars().count().max(1),
            None => self.column + text.chars().count(),
        };
    }

    fn end_line(&mut self) {
        for comment in std::mem::take(&mut self.suffixes) {
            self.space = true;
            self.put(&comment);
        }
        self.text.push('\n');
        self.column = 0;
        self.space = false;
    }

    fn fresh(&mut self) {
        if self.column > 0 {
            self.end_line();
        }
    }

    /// Whether the group that begins at `index` fits on the line, with what clings to its end.
    fn fits(&self, ops: &[Op], index: usize) -> bool {
        let mut column = self.column.max(self.indent) + usize::from(self.space);
        let mut open = 0_usize;
        for op in ops.iter().skip(index) {
            match op {
                Op::Text(text) => column += text.chars().count(),
                Op::Space => column += 1,
                Op::Break(_) | Op::Fresh if open == 0 => return true,
                Op::Break(flat) => column += flat.len(),
                Op::Open => open += 1,
                Op::Close => open = open.saturating_sub(1),
                _ => {}
            }
            if column > WIDTH {
                return false;
            }
        }
        true
    }
}
