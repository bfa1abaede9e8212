//! The node itself: what it offers, its figures, and the operator's commands.

use pluto_api::http::Answer;
use pluto_api::http::ask::ITEMS_MAX;
use pluto_api::http::shape::{Capabilities, Limits, Missing, ModeSet, SavedShown, SyncStarted};
use pluto_api::http::{BLOB_BYTES_MAX, DEPTH_MAX, JSON_BYTES_MAX, RUN_BYTES_MAX};
use pluto_api::principal::Principal;
use pluto_core::Component;
use pluto_error::Result;
use pluto_nervous_system::modes::SystemMode;

use super::NodeDoor;
use crate::cli::{Command, GraphCommand};
use crate::error::NodeError;
use crate::node::{Author, OPERATOR};
use crate::observe::figures::{figures, prometheus};

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
        let text = prometheus(&figures(&self.node));
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
        let realms = self.node.system().realms();
        let online = self.node.sync_now(&realms)?;
        Answer::shown(&SyncStarted { online, realms: realms.len(), event: Some(event) })
    }

    pub(super) fn save(&self, who: Option<&Principal>) -> Result<Answer> {
        let event = self.note(who, "checkpoint")?;
        self.node.system().checkpoint()?;
        Answer::shown(&SavedShown { written: true, event })
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
        Answer::shown(&ModeSet { from: before.as_str(), mode: mode.as_str(), event })
    }
}
