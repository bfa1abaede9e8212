//! The node itself: what it offers, its figures, and the operator's commands.

use std::fmt::Write;

use pluto_api::http::Answer;
use pluto_api::http::ask::ITEMS_MAX;
use pluto_api::http::shape::{Capabilities, Limits, Missing};
use pluto_api::http::{BLOB_BYTES_MAX, DEPTH_MAX, JSON_BYTES_MAX, RUN_BYTES_MAX};
use pluto_api::principal::Principal;
use pluto_core::Component;
use pluto_error::Result;
use pluto_nervous_system::modes::SystemMode;
use serde_json::json;

use super::NodeDoor;
use crate::cli::{Command, GraphCommand, Reading, SyncCommand};
use crate::error::NodeError;
use crate::node::{Author, OPERATOR};

/// What every node offers.
const FEATURES: [&str; 12] = [
    "events",
    "stream",
    "realms",
    "identities",
    "trust",
    "state-proofs",
    "decisions",
    "grants",
    "policies",
    "bundles",
    "blobs",
    "metrics",
];

impl NodeDoor {
    pub(super) fn capabilities(&self) -> Result<Answer> {
        let conditions = [
            ("intents", self.keys.is_some(), "the node holds no key open"),
            ("network", self.node.network_status()?.is_some(), "the node is offline"),
            ("writes", self.node.system().read_only().is_none(), "the log is damaged"),
        ];
        let there = conditions.iter().filter(|(_, holds, _)| *holds).map(|(name, ..)| *name);
        let missing = conditions.iter().filter(|(_, holds, _)| !holds);
        Answer::shown(&Capabilities {
            api: "v1",
            version: env!("CARGO_PKG_VERSION"),
            features: FEATURES.into_iter().chain(there).collect(),
            missing: missing.map(|&(feature, _, reason)| Missing { feature, reason }).collect(),
            limits: Limits {
                items_max: ITEMS_MAX,
                json_bytes_max: JSON_BYTES_MAX,
                json_depth_max: DEPTH_MAX,
                run_bytes_max: RUN_BYTES_MAX,
                blob_bytes_max: BLOB_BYTES_MAX,
            },
        })
    }

    pub(super) fn impact(&self, component: &str) -> Result<Answer> {
        let component = component.parse::<Component>()?;
        self.told(Command::Graph(GraphCommand::Impact { component }))
    }

    /// Figures in the text format of Prometheus, version 0.0.4.
    pub(super) fn metrics(&self) -> Answer {
        let mut text = String::new();
        let mut gauge = |name: &str, help: &str, rows: &[(String, u64)]| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in rows {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let (system, health) = (self.node.system(), self.node.health());
        let one = |value: u64| vec![(String::new(), value)];
        gauge("pluto_live", "Whether the node lives.", &one(health.live.holds.into()));
        gauge("pluto_ready", "Whether it takes writes.", &one(health.ready.holds.into()));
        let modes = SystemMode::ALL.map(|mode| {
            let is_now = u64::from(mode == system.mode());
            (format!("{{mode=\"{}\"}}", mode.as_str()), is_now)
        });
        gauge("pluto_mode", "The mode of the node.", &modes);
        let vitals = system.vitals();
        gauge("pluto_queue_ppm", "How full the fullest lane is.", &one(vitals.queue_ppm));
        let unsaved = vitals.unsaved_ms.unwrap_or_default();
        gauge("pluto_unsaved_ms", "How long events wait for a checkpoint.", &one(unsaved));
        gauge("pluto_log_bytes", "Length of the log.", &one(system.log().end().0));
        let realms: Vec<_> = system.realms().into_iter().collect();
        let of_realms = |figure: &dyn Fn(&pluto_nervous_system::Snapshot) -> u64| {
            let snapshots =
                realms.iter().filter_map(|realm| Some((realm, system.snapshot(*realm)?)));
            snapshots
                .map(|(realm, snapshot)| (format!("{{realm=\"{realm}\"}}"), figure(&snapshot)))
                .collect::<Vec<_>>()
        };
        let events = of_realms(&|snapshot| snapshot.roots().position);
        gauge("pluto_realm_events", "Events of a realm.", &events);
        let entries = of_realms(&|snapshot| snapshot.entry_count() as u64);
        gauge("pluto_realm_entries", "State entries of a realm.", &entries);
        let last = of_realms(&|snapshot| snapshot.border().map_or(0, |border| border.position));
        gauge("pluto_realm_final", "Events before the last final checkpoint.", &last);
        let peers =
            self.node.network_status().ok().flatten().map_or(0, |network| {
                network.peers.iter().filter(|peer| peer.connected).count() as u64
            });
        gauge("pluto_peers", "Peers that are connected.", &one(peers));
        let counts: Vec<_> = Component::ALL
            .into_iter()
            .flat_map(|component| {
                let counts = self.node.metrics.of(component);
                let label =
                    |verdict| format!("{{component=\"{component}\",verdict=\"{verdict}\"}}");
                [(label("effective"), counts.effective), (label("void"), counts.void)]
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        gauge("pluto_component_events", "Events since the start, by component.", &counts);
        Answer::file(text.into_bytes(), "text/plain; version=0.0.4")
    }

    /// Leaves a record of a command in the operator's realm; without one nothing is commanded.
    pub(super) fn note(&self, who: Option<&Principal>, what: &str) -> Result<String> {
        let by = who.map(|who| who.name.clone()).unwrap_or_default();
        let operator = Author::new(self.keystore()?.get(OPERATOR)?);
        let written = self.node.note_command(&operator, what, &by)?;
        Ok(written.event.id.to_string())
    }

    pub(super) fn sync_now(&self, who: Option<&Principal>) -> Result<Answer> {
        let event = self.note(who, "sync")?;
        let command = SyncCommand::Now { reading: Reading { realm: None } };
        let mut value = self.said(Command::Sync(command))?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("event".to_owned(), event.into());
        }
        Ok(Answer::of(value))
    }

    pub(super) fn save(&self, who: Option<&Principal>) -> Result<Answer> {
        let event = self.note(who, "checkpoint")?;
        self.node.system().checkpoint()?;
        Ok(Answer::of(json!({ "written": true, "event": event })))
    }

    /// Commands a mode. An emergency takes nothing in, so it is noted before it begins and after it ended.
    pub(super) fn set_mode(&self, who: Option<&Principal>, mode: &str) -> Result<Answer> {
        let bad = |_| NodeError::BadArgument("expected normal, degraded or emergency".to_owned());
        let mode: SystemMode = mode.parse().map_err(bad)?;
        let note = format!("mode {}", mode.as_str());
        let before = self.node.system().mode();
        if mode == SystemMode::Emergency {
            self.note(who, &note)?;
        }
        let operator = Author::new(self.keystore()?.get(OPERATOR)?);
        let written = self.node.command_mode(&operator, mode)?;
        if mode != SystemMode::Emergency {
            self.note(who, &note)?;
        }
        let event = written.event.id.to_string();
        Ok(Answer::of(json!({ "from": before.as_str(), "mode": mode.as_str(), "event": event })))
    }
}
