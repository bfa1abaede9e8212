//! The tree to layout operations.
//!
//! Most nodes are their parts in a row with spaces between them. Braces with statements or fields,
//! lists with commas, and chains of `&&` and `||` have a layout of their own.

use crate::syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

use super::comments::Comments;
use super::layout::Op;

/// Columns of a block.
const BLOCK: usize = 2;
/// Columns of a line that goes on: more than a block, so that the two can be told apart.
const CONTINUED: usize = 4;

/// The operations that lay the tree out.
pub(super) fn print(root: &SyntaxNode) -> Vec<Op> {
    let mut printer = Printer { comments: Comments::of(root), ops: Vec::new(), begun: None };
    printer.source(root);
    printer.ops
}

struct Printer {
    comments: Comments,
    ops: Vec<Op>,
    /// The token whose leading comments are printed already.
    begun: Option<SyntaxToken>,
}

impl Printer {
    fn source(&mut self, root: &SyntaxNode) {
        let mut before: Option<SyntaxKind> = None;
        for item in root.children() {
            let pair_of_constants =
                before == Some(SyntaxKind::Const) && item.kind() == SyntaxKind::Const;
            self.element(&item, before.is_some(), before.is_some() && !pair_of_constants);
            before = Some(item.kind());
        }
        let last = std::mem::take(&mut self.comments.last);
        for comment in last {
            self.ops.push(Op::Fresh);
            if comment.after_gap {
                self.ops.push(Op::Blank);
            }
            self.ops.push(Op::Text(comment.text));
        }
    }

    /// A node on lines of its own: its comments, with empty lines where they were, then itself.
    fn element(&mut self, node: &SyntaxNode, gaps: bool, gap: bool) {
        self.ops.push(Op::Fresh);
        let Some(token) = first_token(node) else { return };
        if gap {
            self.ops.push(Op::Blank);
        }
        self.leading_lines(&token, gaps);
        self.begun = Some(token);
        self.node(node);
    }

    /// The comments before a token, each on its line; `gaps` if the first line may have a gap before
    /// it. Ends at the beginning of a line.
    fn leading_lines(&mut self, token: &SyntaxToken, gaps: bool) {
        let place = token.text_range().start();
        let mut gaps = gaps;
        for comment in self.comments.leading(place).to_vec() {
            self.ops.push(Op::Fresh);
            if comment.after_gap && gaps {
                self.ops.push(Op::Blank);
            }
            self.ops.push(Op::Text(comment.text));
            self.ops.push(Op::Fresh);
            gaps = true;
        }
        if gaps && self.comments.is_after_gap(place) && token.kind() != SyntaxKind::RightBrace {
            self.ops.push(Op::Blank);
        }
    }

    fn token(&mut self, token: &SyntaxToken) {
        let place = token.text_range().start();
        if self.begun.take_if(|begun| *begun == *token).is_none() {
            for comment in self.comments.leading(place).to_vec() {
                self.ops.extend([Op::Fresh, Op::Text(comment.text), Op::Fresh]);
            }
        }
        self.ops.push(Op::Text(token.text().to_owned()));
        for (kind, text) in self.comments.trailing(place) {
            if *kind == SyntaxKind::LineComment {
                self.ops.push(Op::Suffix(text.clone()));
            } else {
                self.ops.extend([Op::Space, Op::Text(text.clone()), Op::Space]);
            }
        }
    }

    fn part(&mut self, element: &SyntaxElement) {
        match element {
            SyntaxElement::Node(node) => self.node(node),
            SyntaxElement::Token(token) => self.token(token),
        }
    }

    fn node(&mut self, node: &SyntaxNode) {
        let in_migration = node.parent().is_some_and(|up| up.kind() == SyntaxKind::Migration);
        match node.kind() {
            SyntaxKind::Block | SyntaxKind::Arms => self.body(&parts(node)),
            SyntaxKind::Fields if !in_migration => self.body(&parts(node)),
            SyntaxKind::Values if in_migration => self.body(&parts(node)),
            SyntaxKind::Test => self.test(node),
            SyntaxKind::Args | SyntaxKind::Params | SyntaxKind::Set | SyntaxKind::ListLiteral => {
                self.list(node, "");
            }
            SyntaxKind::Variants
            | SyntaxKind::Fields
            | SyntaxKind::Values
            | SyntaxKind::RecordLiteral => self.list(node, " "),
            SyntaxKind::TypeArgs => self.type_arguments(node),
            SyntaxKind::Require | SyntaxKind::Deny => self.with_reason(node),
            SyntaxKind::Binary if chained(node).is_some() => self.chain(node),
            SyntaxKind::Paren => self.parentheses(node),
            _ => self.row(node.kind(), &parts(node)),
        }
    }

    /// Parts in a row.
    fn row(&mut self, parent: SyntaxKind, parts: &[SyntaxElement]) {
        let mut before: Option<SyntaxKind> = None;
        for part in parts {
            if before.is_some_and(|before| is_spaced(parent, before, part.kind())) {
                self.ops.push(Op::Space);
            }
            self.part(part);
            before = Some(part.kind());
        }
    }

    /// `{`, elements on lines of their own, `}`.
    fn body(&mut self, parts: &[SyntaxElement]) {
        let Some((open, rest)) = parts.split_first() else { return };
        let Some((SyntaxElement::Token(close), elements)) = rest.split_last() else { return };
        self.part(open);
        if elements.is_empty() && self.comments.leading(close.text_range().start()).is_empty() {
            self.token(close);
            return;
        }
        self.ops.push(Op::Indent(BLOCK));
        let mut gaps = false;
        for element in elements.iter().filter_map(SyntaxElement::as_node) {
            self.element(element, gaps, false);
            gaps = true;
        }
        self.ops.push(Op::Fresh);
        self.leading_lines(close, gaps);
        self.begun = Some(close.clone());
        self.ops.extend([Op::Dedent(BLOCK), Op::Fresh]);
        self.token(close);
    }

    fn test(&mut self, node: &SyntaxNode) {
        let parts = parts(node);
        let is_brace = |part: &SyntaxElement| part.kind() == SyntaxKind::LeftBrace;
        let split = parts.iter().position(is_brace).unwrap_or(parts.len());
        let (head, body) = parts.split_at_checked(split).unwrap_or((&parts, &[]));
        self.row(SyntaxKind::Test, head);
        self.ops.push(Op::Space);
        self.body(body);
    }

    /// Elements with commas between them, on one line if they fit. `inside` is what then stands
    /// within the delimiters.
    fn list(&mut self, node: &SyntaxNode, inside: &'static str) {
        let parts = parts(node);
        let Some((open, rest)) = parts.split_first() else { return };
        let Some((SyntaxElement::Token(close), elements)) = rest.split_last() else { return };
        let has_comments = !self.comments.leading(close.text_range().start()).is_empty();
        if elements.is_empty() && !has_comments {
            self.part(open);
            self.token(close);
            return;
        }
        self.ops.push(Op::Open);
        self.part(open);
        self.ops.push(Op::Indent(BLOCK));
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.ops.push(Op::Text(",".to_owned()));
            }
            self.ops.push(Op::Break(if index > 0 { " " } else { inside }));
            self.part(element);
        }
        if !elements.is_empty() {
            self.ops.push(Op::IfBroken(","));
        }
        if has_comments {
            self.ops.push(Op::Fresh);
            self.leading_lines(close, false);
            self.begun = Some(close.clone());
            self.ops.extend([Op::Dedent(BLOCK), Op::Fresh]);
        } else {
            self.ops.extend([Op::Dedent(BLOCK), Op::Break(inside)]);
        }
        self.token(close);
        self.ops.push(Op::Close);
    }

    /// `<a, b>`: short, and the language wants no comma at its end.
    fn type_arguments(&mut self, node: &SyntaxNode) {
        let parts = parts(node);
        let mut after_argument = false;
        for part in &parts {
            let is_bracket = matches!(part.kind(), SyntaxKind::Less | SyntaxKind::Greater);
            if after_argument && !is_bracket {
                self.ops.extend([Op::Text(",".to_owned()), Op::Space]);
            }
            self.part(part);
            after_argument = !is_bracket;
        }
    }

    /// `require c, "reason"`: the reason goes to a line of its own if it has to.
    fn with_reason(&mut self, node: &SyntaxNode) {
        let parts = parts(node);
        let with_comma = match parts.split_last() {
            Some((last, before)) if last.kind() == SyntaxKind::Text && before.len() > 1 => {
                Some((last, before))
            }
            _ => None,
        };
        let Some((reason, before)) = with_comma else {
            return self.row(node.kind(), &parts);
        };
        self.ops.push(Op::Open);
        self.row(node.kind(), before);
        self.ops.extend([Op::Text(",".to_owned()), Op::Indent(CONTINUED), Op::Break(" ")]);
        self.part(reason);
        self.ops.extend([Op::Dedent(CONTINUED), Op::Close]);
    }

    /// `a && b && c`, each operator at the beginning of its line if there are several.
    fn chain(&mut self, node: &SyntaxNode) {
        let operator = chained(node);
        // From the outside in: each level holds the chain before it, the operator, one operand.
        let mut links = Vec::new();
        let mut current = node.clone();
        let first = loop {
            let mut all = parts(&current);
            let links_before = links.len();
            if let (Some(right), Some(sign), Some(left)) = (all.pop(), all.pop(), all.pop()) {
                links.push((sign, right));
                match left {
                    SyntaxElement::Node(inner) if chained(&inner) == operator => current = inner,
                    left => break Some(left),
                }
            }
            if links.len() == links_before {
                break None;
            }
        };
        self.ops.push(Op::Open);
        if let Some(first) = first {
            self.part(&first);
        }
        self.ops.push(Op::Indent(CONTINUED));
        for (sign, right) in links.iter().rev() {
            self.ops.push(Op::Break(" "));
            self.part(sign);
            self.ops.push(Op::Space);
            self.part(right);
        }
        self.ops.extend([Op::Dedent(CONTINUED), Op::Close]);
    }

    fn parentheses(&mut self, node: &SyntaxNode) {
        let parts = parts(node);
        let [open, SyntaxElement::Node(inner), close] = parts.as_slice() else {
            return self.row(node.kind(), &parts);
        };
        if chained(inner).is_none() {
            return self.row(node.kind(), &parts);
        }
        self.ops.push(Op::Open);
        self.part(open);
        self.ops.extend([Op::Indent(BLOCK), Op::Break("")]);
        self.node(inner);
        self.ops.extend([Op::Dedent(BLOCK), Op::Break("")]);
        self.part(close);
        self.ops.push(Op::Close);
    }
}

/// The operator of a chain that may be broken.
fn chained(node: &SyntaxNode) -> Option<SyntaxKind> {
    let operators = node.children_with_tokens().map(|part| part.kind());
    let mut logical =
        operators.filter(|kind| matches!(kind, SyntaxKind::AndAnd | SyntaxKind::OrOr));
    logical.next().filter(|_| node.kind() == SyntaxKind::Binary)
}

/// The parts that are printed from the source.
fn parts(node: &SyntaxNode) -> Vec<SyntaxElement> {
    let is_printed = |kind: SyntaxKind| !kind.is_trivia() && kind != SyntaxKind::Comma;
    node.children_with_tokens().filter(|part| is_printed(part.kind())).collect()
}

fn first_token(node: &SyntaxNode) -> Option<SyntaxToken> {
    node.first_token().filter(|token| !token.kind().is_trivia())
}

/// Whether a space stands between two parts of a row.
fn is_spaced(parent: SyntaxKind, before: SyntaxKind, after: SyntaxKind) -> bool {
    match parent {
        SyntaxKind::FieldExpr
        | SyntaxKind::OptionFieldExpr
        | SyntaxKind::IndexExpr
        | SyntaxKind::Path
        | SyntaxKind::Unary
        | SyntaxKind::Call
        | SyntaxKind::Paren
        | SyntaxKind::Type => false,
        _ => {
            !matches!(before, SyntaxKind::LeftParen | SyntaxKind::LeftBracket)
                && !matches!(
                    after,
                    SyntaxKind::Colon
                        | SyntaxKind::LeftParen
                        | SyntaxKind::RightParen
                        | SyntaxKind::LeftBracket
                        | SyntaxKind::RightBracket
                )
        }
    }
}
