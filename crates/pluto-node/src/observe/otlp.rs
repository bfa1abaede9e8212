//! The OpenTelemetry Protocol 1.x over HTTP, in protobuf: what a batch is on the wire.
//!
//! `opentelemetry/proto/{trace,logs,metrics}/v1`; the numbers are those of its fields. One request for
//! each signal: `/v1/traces`, `/v1/logs`, `/v1/metrics`.

use std::sync::Arc;

use tracing::Level;

use super::context::TraceContext;
use super::deliver::{Delivery, Outlet};
use super::figures::{Figure, Measure};
use super::post::{Collector, Posted};
use super::record::{Attributes, Datum, Figures, Line, Record, Span};
use super::wire::Message;

const STATUS_ERROR: u64 = 2;
const CUMULATIVE: u64 = 2;
/// `SAMPLED`, and `HAS_IS_REMOTE`: the next bit says whether the parent is of another process.
const FLAGS: u32 = 0x101;
const FLAG_REMOTE: u32 = 0x200;

/// Exports to a collector.
#[derive(Debug)]
pub struct Otlp {
    collector: Collector,
    service: String,
    sent: Sent,
}

/// The signals of the batch in hand that arrived already: a batch that is tried again sends them once.
#[derive(Debug, Default)]
struct Sent {
    signals: [bool; 3],
}

impl Otlp {
    /// Exports to this collector, under this name.
    #[must_use]
    pub fn new(collector: Collector, service: String) -> Self {
        Self { collector, service, sent: Sent::default() }
    }
}

impl Outlet for Otlp {
    const NAME: &'static str = "otlp";

    fn deliver(&mut self, batch: &[Arc<Record>]) -> Delivery {
        let requests = [
            ("/v1/traces", traces(&self.service, batch)),
            ("/v1/logs", logs(&self.service, batch)),
            ("/v1/metrics", metrics(&self.service, batch)),
        ];
        let mut delivery = Delivery::Done;
        for ((path, body), is_sent) in requests.into_iter().zip(&mut self.sent.signals) {
            let Some(body) = body.filter(|_| !*is_sent) else { continue };
            match self.collector.post(path, &body) {
                Posted::Taken => *is_sent = true,
                Posted::Later => return Delivery::Later,
                Posted::Refused => {
                    *is_sent = true;
                    delivery = Delivery::Never;
                }
            }
        }
        self.sent = Sent::default();
        delivery
    }
}

/// `ExportTraceServiceRequest`; none without spans.
#[must_use]
pub fn traces(service: &str, batch: &[Arc<Record>]) -> Option<Vec<u8>> {
    let spans = batch.iter().filter_map(|record| match &**record {
        Record::Span(one) => Some(move |message: &mut Message| span(message, one)),
        Record::Line(_) | Record::Figures(_) => None,
    });
    request(service, spans)
}

/// `ExportLogsServiceRequest`; none without lines.
#[must_use]
pub fn logs(service: &str, batch: &[Arc<Record>]) -> Option<Vec<u8>> {
    let lines = batch.iter().filter_map(|record| match &**record {
        Record::Line(one) => Some(move |message: &mut Message| line(message, one)),
        Record::Span(_) | Record::Figures(_) => None,
    });
    request(service, lines)
}

/// `ExportMetricsServiceRequest`; none without figures.
#[must_use]
pub fn metrics(service: &str, batch: &[Arc<Record>]) -> Option<Vec<u8>> {
    let figures = batch.iter().filter_map(|record| match &**record {
        Record::Figures(moment) => Some(moment),
        Record::Span(_) | Record::Line(_) => None,
    });
    let figures = figures.flat_map(|moment| {
        let one = move |figure| move |message: &mut Message| metric(message, moment, figure);
        moment.figures.iter().filter(|figure| !figure.rows.is_empty()).map(one)
    });
    request(service, figures)
}

/// A resource with one scope and its items: the same numbers in all three signals.
fn request<W: FnOnce(&mut Message)>(
    service: &str,
    items: impl Iterator<Item = W>,
) -> Option<Vec<u8>> {
    let mut items = items.peekable();
    items.peek()?;
    let version = env!("CARGO_PKG_VERSION");
    let mut request = Message::default();
    request.message(1, |signal| {
        signal.message(1, |resource| {
            text_attribute(resource, 1, "service.name", service);
            text_attribute(resource, 1, "service.version", version);
        });
        signal.message(2, |scope| {
            scope.message(1, |named| {
                named.bytes(1, b"pluto");
                named.bytes(2, version.as_bytes());
            });
            items.for_each(|write| scope.message(2, write));
        });
    });
    Some(request.into_bytes())
}

fn span(message: &mut Message, span: &Span) {
    let TraceContext { trace, span: id, parent, is_continued } = span.context;
    message.bytes(1, &trace);
    message.bytes(2, &id);
    if let Some(parent) = parent {
        message.bytes(4, &parent);
    }
    message.bytes(5, span.name.as_bytes());
    message.number(6, span.kind as u64);
    message.fixed64(7, span.begun_ns);
    message.fixed64(8, span.ended_ns);
    text_attribute(message, 9, "code.namespace", span.target);
    attributes(message, 9, &span.attributes);
    if span.has_failed {
        message.message(15, |status| status.number(3, STATUS_ERROR));
    }
    message.fixed32(16, FLAGS | if is_continued { FLAG_REMOTE } else { 0 });
}

fn line(message: &mut Message, line: &Line) {
    let severity = match line.level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    };
    message.fixed64(1, line.at_ns);
    message.number(2, severity);
    message.bytes(3, line.level.as_str().as_bytes());
    message.message(5, |body| body.bytes(1, line.message.as_bytes()));
    text_attribute(message, 6, "code.namespace", line.target);
    attributes(message, 6, &line.attributes);
    if let Some(context) = line.context {
        message.fixed32(8, 1);
        message.bytes(9, &context.trace);
        message.bytes(10, &context.span);
    }
    message.fixed64(11, line.at_ns);
}

fn metric(message: &mut Message, moment: &Figures, figure: &Figure) {
    message.bytes(1, figure.name.as_bytes());
    message.bytes(2, figure.help.as_bytes());
    message.bytes(3, figure.unit.as_bytes());
    let points = |data: &mut Message| {
        for row in &figure.rows {
            data.message(1, |point| {
                if figure.measure == Measure::Counter {
                    point.fixed64(2, moment.since_ns);
                }
                point.fixed64(3, moment.at_ns);
                point.fixed64(6, row.value);
                for (name, text) in &row.labels {
                    text_attribute(point, 7, name, text);
                }
            });
        }
    };
    match figure.measure {
        Measure::Gauge => message.message(5, points),
        Measure::Counter => message.message(7, |sum| {
            points(sum);
            sum.number(2, CUMULATIVE);
            sum.number(3, 1);
        }),
    }
}

fn attributes(message: &mut Message, field: u32, attributes: &Attributes) {
    for (name, datum) in attributes {
        message.message(field, |pair| {
            pair.bytes(1, name.as_bytes());
            pair.message(2, |value| match datum {
                Datum::Text(text) => value.bytes(1, text.as_bytes()),
                Datum::Flag(flag) => value.number(2, u64::from(*flag)),
                Datum::Number(number) => value.number(3, number.cast_unsigned()),
            });
        });
    }
}

fn text_attribute(message: &mut Message, field: u32, name: &str, text: &str) {
    message.message(field, |pair| {
        pair.bytes(1, name.as_bytes());
        pair.message(2, |value| value.bytes(1, text.as_bytes()));
    });
}
