//! What is told: spans that ended, lines of the log, and figures. Bounded, whatever was written.

use pluto_core::hex;
use serde_json::{Map, Value, json};
use tracing::Level;

use super::context::TraceContext;
use super::figures::Figure;

/// Most attributes of one span or line.
pub const ATTRIBUTES_MAX: usize = 32;
/// Longest text of one attribute in bytes; what is longer is cut.
pub const TEXT_BYTES_MAX: usize = 1024;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Text.
    Text(String),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// Attributes, in the order they were said.
pub type Attributes = Vec<(&'static str, Datum)>;

/// Whose asking a span comes of; the numbers are those of OpenTelemetry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanKind {
    /// The node's own doing.
    #[default]
    Internal = 1,
    /// Somebody else asked.
    Server,
    /// Somebody else is asked.
    Client,
    /// Something is said that nobody answers.
    Producer,
    /// Something is heard that nobody waits for an answer to.
    Consumer,
}

impl SpanKind {
    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "server" => Self::Server,
            "client" => Self::Client,
            "producer" => Self::Producer,
            "consumer" => Self::Consumer,
            _ => Self::Internal,
        }
    }
}

/// A span that ended.
#[derive(Clone, Debug)]
pub struct Span {
    /// Where it is in its trace.
    pub context: TraceContext,
    /// What was done.
    pub name: String,
    /// The module that did it.
    pub target: &'static str,
    /// When it began, in nanoseconds since 1970.
    pub begun_ns: u64,
    /// When it ended.
    pub ended_ns: u64,
    /// Whose asking it comes of.
    pub kind: SpanKind,
    /// Whether it failed by a fault of the node.
    pub has_failed: bool,
    /// What is said of it.
    pub attributes: Attributes,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// When, in nanoseconds since 1970.
    pub at_ns: u64,
    /// How grave.
    pub level: Level,
    /// The module that says it.
    pub target: &'static str,
    /// The message.
    pub message: String,
    /// What else is said.
    pub attributes: Attributes,
    /// The span it was said in.
    pub context: Option<TraceContext>,
}

/// The figures of a moment.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Since when counters count, in nanoseconds since 1970.
    pub since_ns: u64,
    /// When, in nanoseconds since 1970.
    pub at_ns: u64,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// One thing that is told.
#[derive(Clone, Debug)]
pub enum Record {
    /// A span.
    Span(Span),
    /// A line of the log.
    Line(Line),
    /// Figures.
    Figures(Figures),
}

impl Record {
    /// As lines of JSON.
    #[must_use]
    pub fn lines(&self) -> Vec<Value> {
        match self {
            Self::Span(span) => vec![json!({
                "type": "span",
                "at_ns": span.begun_ns,
                "duration_ns": span.ended_ns.saturating_sub(span.begun_ns),
                "trace": hex::text(&span.context.trace),
                "span": hex::text(&span.context.span),
                "parent": span.context.parent.map(|id| hex::text(&id)),
                "name": span.name,
                "target": span.target,
                "failed": span.has_failed,
                "attributes": shown(&span.attributes),
            })],
            Self::Line(line) => vec![json!({
                "type": "log",
                "at_ns": line.at_ns,
                "level": line.level.as_str().to_ascii_lowercase(),
                "target": line.target,
                "message": line.message,
                "trace": line.context.map(|context| hex::text(&context.trace)),
                "span": line.context.map(|context| hex::text(&context.span)),
                "attributes": shown(&line.attributes),
            })],
            Self::Figures(Figures { at_ns, figures, .. }) => {
                let line = |name: &str, labels: &[(&'static str, String)], value: u64| {
                    let labels: Map<_, _> = labels
                        .iter()
                        .map(|(name, text)| ((*name).to_owned(), text.as_str().into()))
                        .collect();
                    json!({
                        "type": "metric",
                        "at_ns": at_ns,
                        "name": name,
                        "labels": labels,
                        "value": value,
                    })
                };
                let rows = figures.iter().flat_map(|figure| {
                    figure.rows.iter().map(|row| line(figure.name, &row.labels, row.value))
                });
                rows.collect()
            }
        }
    }
}

fn shown(attributes: &Attributes) -> Map<String, Value> {
    let value = |datum: &Datum| match datum {
        Datum::Text(text) => Value::from(text.as_str()),
        Datum::Number(number) => Value::from(*number),
        Datum::Flag(flag) => Value::from(*flag),
    };
    attributes.iter().map(|(name, datum)| ((*name).to_owned(), value(datum))).collect()
}
