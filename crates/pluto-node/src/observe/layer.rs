//! Takes spans and lines from `tracing`. It stands behind a filter, so what nobody wants costs nothing.
//!
//! Fields with a meaning, named as `tracing-opentelemetry` names them where it has them:
//!
//! | field | meaning |
//! |---|---|
//! | `otel.name` | the name of the span, instead of that in the source |
//! | `otel.kind` | `server`: somebody else asked for it; `client`, `producer`, `consumer` |
//! | `otel.status_code = "ERROR"` | it failed by a fault of the node |
//! | `traceparent` | the span around it, of another process |

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes as NewSpan, Id, Record as Said};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use super::context::TraceContext;
use super::deliver::Outlets;
use super::record::{
    ATTRIBUTES_MAX, Attributes, Datum, Line, Record, Span, SpanKind, TEXT_BYTES_MAX,
};

/// The layer.
pub struct Telemetry {
    outlets: Outlets,
}

impl Telemetry {
    /// Tells all outlets.
    #[must_use]
    pub const fn new(outlets: Outlets) -> Self {
        Self { outlets }
    }
}

/// A span that has not ended.
struct Open {
    context: TraceContext,
    begun_ns: u64,
    fields: Fields,
}

/// What was said in fields.
#[derive(Default)]
struct Fields {
    attributes: Attributes,
    message: String,
    name: Option<String>,
    traceparent: Option<String>,
    kind: SpanKind,
    has_failed: bool,
}

impl Fields {
    fn keep(&mut self, name: &'static str, datum: Datum) {
        match (name, datum) {
            ("message", Datum::Text(text)) => self.message = text,
            ("otel.name", Datum::Text(text)) => self.name = Some(text),
            ("traceparent", Datum::Text(text)) => self.traceparent = Some(text),
            ("otel.kind", Datum::Text(text)) => self.kind = SpanKind::named(&text),
            ("otel.status_code", Datum::Text(text)) => self.has_failed = text == "ERROR",
            (_, datum) => self.say(name, datum),
        }
    }

    /// The last word counts.
    fn say(&mut self, name: &'static str, datum: Datum) {
        let is_full = self.attributes.len() >= ATTRIBUTES_MAX;
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, said)) => *said = datum,
            None if is_full => {}
            None => self.attributes.push((name, datum)),
        }
    }
}

/// Where a span is in its trace; none for one that is not told.
#[must_use]
pub fn context_of(span: &tracing::Span) -> Option<TraceContext> {
    span.with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        let context = span.extensions().get::<Open>()?.context;
        Some(context)
    })?
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.keep(field.name(), Datum::Text(cut(format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let end = value.floor_char_boundary(TEXT_BYTES_MAX);
        self.keep(field.name(), Datum::Text(value.get(..end).unwrap_or_default().to_owned()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field.name(), Datum::Number(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field.name(), Datum::Number(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field.name(), Datum::Flag(value));
    }
}

/// Nanoseconds since 1970.
pub(super) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Telemetry {
    fn on_new_span(&self, new: &NewSpan<'_>, id: &Id, all: Context<'_, S>) {
        let Some(span) = all.span(id) else { return };
        let mut fields = Fields::default();
        new.record(&mut fields);
        let continued = fields.traceparent.as_deref().and_then(TraceContext::continuing);
        let context = continued.unwrap_or_else(|| {
            let around = span.parent();
            let around = around.and_then(|span| Some(span.extensions().get::<Open>()?.context));
            around.map_or_else(TraceContext::root, TraceContext::child)
        });
        span.extensions_mut().replace(Open { context, begun_ns: now_ns(), fields });
    }

    fn on_record(&self, id: &Id, said: &Said<'_>, all: Context<'_, S>) {
        let Some(span) = all.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            said.record(&mut open.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, all: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let around = all.event_span(event);
        let context = around.and_then(|span| Some(span.extensions().get::<Open>()?.context));
        self.outlets.tell(Record::Line(Line {
            at_ns: now_ns(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            message: fields.message,
            attributes: fields.attributes,
            context,
        }));
    }

    fn on_close(&self, id: Id, all: Context<'_, S>) {
        let Some(span) = all.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        let Open { context, begun_ns, fields } = open;
        self.outlets.tell(Record::Span(Span {
            context,
            name: fields.name.unwrap_or_else(|| span.name().to_owned()),
            target: span.metadata().target(),
            begun_ns,
            ended_ns: now_ns().max(begun_ns),
            kind: fields.kind,
            has_failed: fields.has_failed,
            attributes: fields.attributes,
        }));
    }
}
