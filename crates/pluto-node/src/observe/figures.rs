//! The figures of a node: gathered once, told as text for Prometheus, over OTLP, and as lines.

use std::cmp::Reverse;
use std::fmt::Write;

use pluto_core::{Component, RealmId};
use pluto_nervous_system::event_sourcing::RealmOutline;
use pluto_nervous_system::modes::SystemMode;

use super::deliver;
use crate::node::Node;

/// Realms with figures of their own: those with the most events.
pub const REALMS_MAX: usize = 256;

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// What is so now.
    Gauge,
    /// What happened since the process began; it never goes down.
    Counter,
}

/// A figure, in one row for each set of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Its unit, as UCUM writes it; nothing for a yes or no.
    pub unit: &'static str,
    /// What it is.
    pub measure: Measure,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A value with its labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Name and text.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: u64,
}

impl Figure {
    const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, help, unit, measure: Measure::Gauge, rows: Vec::new() }
    }

    const fn counter(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, help, unit, measure: Measure::Counter, rows: Vec::new() }
    }

    fn is(self, value: u64) -> Self {
        Self { rows: vec![Row { labels: Vec::new(), value }], ..self }
    }

    fn rows(self, rows: impl IntoIterator<Item = Row>) -> Self {
        Self { rows: rows.into_iter().collect(), ..self }
    }
}

/// The figures of a node now.
#[must_use]
pub fn figures(node: &Node) -> Vec<Figure> {
    let (system, health) = (node.system(), node.health());
    let vitals = system.vitals();
    let modes = SystemMode::ALL.map(|mode| Row {
        labels: vec![("mode", mode.as_str().to_owned())],
        value: u64::from(mode == system.mode()),
    });
    let peers = node
        .network_status()
        .ok()
        .flatten()
        .map_or(0, |network| network.peers.iter().filter(|peer| peer.connected).count() as u64);
    let unsaved = vitals.unsaved_ms.unwrap_or_default();
    let mut all = vec![
        Figure::gauge("pluto_live", "", "Whether the node lives.").is(health.live.holds.into()),
        Figure::gauge("pluto_ready", "", "Whether it takes writes.").is(health.ready.holds.into()),
        Figure::gauge("pluto_mode", "", "The mode of the node.").rows(modes),
        Figure::gauge("pluto_queue_ppm", "[ppm]", "How full the fullest lane is.")
            .is(vitals.queue_ppm),
        Figure::gauge("pluto_unsaved_ms", "ms", "How long events wait for a checkpoint.")
            .is(unsaved),
        Figure::gauge("pluto_log_bytes", "By", "Length of the log.").is(system.log().end().0),
    ];
    all.extend(of_realms(node));
    all.push(Figure::gauge("pluto_peers", "{peer}", "Peers that are connected.").is(peers));
    let events = Figure::counter(
        "pluto_component_events",
        "{event}",
        "Events since the start, by component.",
    );
    all.push(events.rows(of_components(node)));
    let problems = pluto_api::http::problems()
        .into_iter()
        .map(|(code, value)| Row { labels: vec![("code", code.to_owned())], value });
    let answered = Figure::counter(
        "pluto_http_problems",
        "{request}",
        "Requests over HTTP that were answered with an error, by its code.",
    );
    all.push(answered.rows(problems));
    let lost = Figure::counter(
        "pluto_telemetry_lost",
        "{record}",
        "Spans, lines and figures that no outlet took.",
    );
    all.push(lost.is(deliver::lost()));
    all
}

/// Of the realms with the most events; no realm is loaded for it unless it has a border.
fn of_realms(node: &Node) -> [Figure; 4] {
    let system = node.system();
    let mut realms: Vec<_> = system.outlines().into_iter().collect();
    let count = realms.len() as u64;
    realms.sort_by_key(|(realm, outline)| (Reverse(outline.events), *realm));
    realms.truncate(REALMS_MAX);
    let row = |realm: RealmId, value| Row { labels: vec![("realm", realm.to_string())], value };
    let of_each = |value: fn(&RealmOutline) -> u64| {
        realms.iter().map(move |(realm, outline)| row(*realm, value(outline))).collect::<Vec<_>>()
    };
    let last = realms.iter().filter(|(_, outline)| outline.bordered).filter_map(|(realm, _)| {
        let snapshot = system.snapshot(*realm)?;
        Some(row(*realm, snapshot.border()?.position))
    });
    [
        Figure::gauge("pluto_realms", "{realm}", "Realms that are here.").is(count),
        Figure::gauge("pluto_realm_events", "{event}", "Events of a realm.")
            .rows(of_each(|outline| outline.events)),
        Figure::gauge("pluto_realm_entries", "{entry}", "State entries of a realm.")
            .rows(of_each(|outline| outline.entries)),
        Figure::gauge("pluto_realm_final", "{event}", "Events before the last final checkpoint.")
            .rows(last),
    ]
}

fn of_components(node: &Node) -> impl Iterator<Item = Row> {
    let rows = Component::ALL.into_iter().flat_map(|component| {
        let counts = node.metrics.of(component);
        [("effective", counts.effective), ("void", counts.void)].map(|(verdict, value)| Row {
            labels: vec![("component", component.to_string()), ("verdict", verdict.to_owned())],
            value,
        })
    });
    rows.filter(|row| row.value > 0)
}

/// Figures in the text format of Prometheus, version 0.0.4.
#[must_use]
pub fn prometheus(figures: &[Figure]) -> String {
    let mut text = String::new();
    for Figure { name, help, measure, rows, .. } in figures {
        let measure = match measure {
            Measure::Gauge => "gauge",
            Measure::Counter => "counter",
        };
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {measure}");
        for Row { labels, value } in rows {
            let labels: Vec<_> =
                labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
            let labels = labels.join(",");
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests;
