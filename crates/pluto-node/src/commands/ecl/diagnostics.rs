//! Diagnostics for people, by `annotate-snippets`, and for programs, as data.

use std::io::{IsTerminal, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use pluto_api::http::shape::{DiagnosticShown, FixShown, LabelShown, PointShown, SpanShown};
use pluto_ecl::diagnostic::LineIndex;
use pluto_ecl::{Diagnostic, Fix, Severity, Span};
use pluto_error::Error;

use super::super::Context;
use super::sources::Sources;
use crate::error::NodeError;

/// Shows what is wrong on the error stream, and says so in one line. In JSON mode the line is all:
/// the error stream holds one document.
pub(super) fn refuse(context: &Context, sources: &Sources, found: &[Diagnostic]) -> Error {
    show(context, sources, found);
    NodeError::SourceRefused(summary(sources, found)).into()
}

/// Shows diagnostics on the error stream, in colour where somebody watches.
pub(super) fn show(context: &Context, sources: &Sources, found: &[Diagnostic]) {
    if !context.out.json && !found.is_empty() {
        let stream = std::io::stderr();
        let colour = stream.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let _ = write!(stream.lock(), "{}", render(sources, found, colour));
    }
}

/// What is wrong in one line: how much, and the first of it.
pub(super) fn summary(sources: &Sources, found: &[Diagnostic]) -> String {
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    let count = found.iter().filter(is_error).count();
    let errors = if count == 1 { "error" } else { "errors" };
    match found.iter().find(is_error) {
        Some(first) => {
            let place = sources.place(first.primary.span);
            let at = LineIndex::new(place.text).position(place.span().start);
            format!(
                "{count} {errors} in `{}`, the first at {}:{}:{}: {}",
                sources.name(),
                place.name,
                at.line,
                at.column,
                super::values::plain(&first.message)
            )
        }
        None => format!("`{}` does not compile", sources.name()),
    }
}

/// Diagnostics as text, with an empty line after each.
pub(super) fn render(sources: &Sources, found: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let one = |found| renderer.render(&report(sources, found)) + "\n\n";
    found.iter().map(one).collect()
}

fn report<'a>(sources: &'a Sources, found: &'a Diagnostic) -> Vec<Group<'a>> {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&*found.message).id(found.code.id());
    let notes = found.notes.iter().map(|note| Level::NOTE.message(&**note));
    let first = title.elements(snippets(sources, found)).elements(notes);
    let fixes = found.fixes.iter().map(|fix| mending(sources, fix));
    std::iter::once(first).chain(fixes).collect()
}

/// The pieces that labels lie in, that of the primary one first.
fn snippets<'a>(
    sources: &'a Sources,
    found: &'a Diagnostic,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let primary = (AnnotationKind::Primary, &found.primary);
    let secondary = found.secondary.iter().map(|label| (AnnotationKind::Context, label));
    let mut snippets: Vec<(usize, Snippet<'a, _>)> = Vec::new();
    for (kind, label) in std::iter::once(primary).chain(secondary) {
        let place = sources.place(label.span);
        let annotation = kind.span(place.range).label(&*label.text);
        match snippets.iter_mut().find(|(piece, _)| *piece == place.piece) {
            Some((_, snippet)) => *snippet = snippet.clone().annotation(annotation),
            None => {
                let snippet = Snippet::source(place.text).path(place.name).annotation(annotation);
                snippets.push((place.piece, snippet));
            }
        }
    }
    snippets.into_iter().map(|(_, snippet)| snippet).collect()
}

fn mending<'a>(sources: &'a Sources, fix: &'a Fix) -> Group<'a> {
    let place = sources.place(fix.span);
    let patch = Patch::new(place.range, &*fix.replacement);
    let snippet = Snippet::source(place.text).path(place.name).patch(patch);
    Level::HELP.secondary_title(&*fix.title).element(snippet)
}

/// Diagnostics as data.
pub(super) fn data(sources: &Sources, found: &[Diagnostic]) -> Vec<DiagnosticShown> {
    found.iter().map(|found| one(sources, found)).collect()
}

fn one(sources: &Sources, found: &Diagnostic) -> DiagnosticShown {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let labels = found
        .secondary
        .iter()
        .map(|label| LabelShown { span: span(sources, label.span), text: label.text.clone() });
    let fixes = found.fixes.iter().map(|fix| FixShown {
        title: fix.title.clone(),
        span: span(sources, fix.span),
        replacement: fix.replacement.clone(),
    });
    DiagnosticShown {
        code: found.code.id(),
        severity,
        message: found.message.clone(),
        span: span(sources, found.primary.span),
        label: found.primary.text.clone(),
        labels: labels.collect(),
        notes: found.notes.clone(),
        fixes: fixes.collect(),
    }
}

/// A place: bytes of the piece, and lines and columns from 1.
pub(super) fn span(sources: &Sources, span: Span) -> SpanShown {
    let place = sources.place(span);
    let lines = LineIndex::new(place.text);
    let Span { start, end } = place.span();
    let (from, to) = (lines.position(start), lines.position(end));
    SpanShown {
        file: place.name.to_owned(),
        start: PointShown { byte: start, line: from.line, column: from.column },
        end: PointShown { byte: end, line: to.line, column: to.column },
    }
}

/// `file:line` of a place.
pub(super) fn line(sources: &Sources, span: Span) -> String {
    let place = sources.place(span);
    let at = LineIndex::new(place.text).position(place.span().start);
    format!("{}:{}", place.name, at.line)
}

#[cfg(test)]
mod tests;
