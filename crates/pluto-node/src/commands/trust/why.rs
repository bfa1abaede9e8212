//! `pluto trust why`: everything behind a value, each part with the event that made it and the entry
//! that proves it.

use pluto_api::http::shape::{EntryPlace, ReasonShown, WhyShown};
use pluto_core::payload::Attestation;
use pluto_core::traits::StateView;
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, Did, hex};
use pluto_engines::trust::{
    Reason, Standing, day, edge_key, edge_prefix, explain, is_root, standing, standing_key,
};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;

use super::super::Context;
use super::super::names::{Names, shown};
use crate::node::{Node, load};
use crate::output::{count, ppm, table};

/// A reason with the word that was said.
struct Said {
    reason: Reason,
    word: i8,
}

/// What is known about a value.
struct Why<'a> {
    snapshot: &'a Snapshot,
    names: Names,
    did: Did,
    dimension: Dimension,
    now: Standing,
    said: Vec<Said>,
    /// How many attesters there are; `said` may hold fewer.
    all: usize,
    /// The realm to name in further commands, where there are several.
    realm: Option<String>,
}

/// Shows every attestation behind a value.
pub(in crate::commands) fn run(
    context: &Context,
    node: &Node,
    snapshot: &Snapshot,
    did: Did,
    dimension: Dimension,
    limit: usize,
) -> Result<()> {
    let today = day(snapshot);
    let prefix = edge_prefix(dimension, did);
    let entries = snapshot.entries(Component::Trust).iter();
    let reasons = explain(entries.filter(|(key, _)| key.starts_with(&prefix)), today)?;
    let several = node.system().realms().len() > 1;
    let why = Why {
        snapshot,
        names: Names::of(context),
        did,
        dimension,
        now: standing(snapshot, did, dimension, today),
        all: reasons.len(),
        said: reasons
            .into_iter()
            .take(limit)
            .map(|reason| said_in(node, reason))
            .collect::<Result<_>>()?,
        realm: several.then(|| node.realm_name(snapshot.realm())),
    };
    context.out.show_as(&why.shown(), &why.text());
    Ok(())
}

/// Reads the attestation behind a reason from the log.
fn said_in(node: &Node, reason: Reason) -> Result<Said> {
    let event = load(node.system(), reason.event)?;
    let word = event.payload.as_deref().and_then(|bytes| Attestation::decode(bytes).ok());
    Ok(Said { reason, word: word.map_or(0, |word| word.value) })
}

fn amount(amount: u64) -> String {
    ppm(u32::try_from(amount).unwrap_or(u32::MAX))
}

impl Why<'_> {
    fn shown(&self) -> WhyShown {
        let entry = |key: Vec<u8>| EntryPlace { component: "Trust", key: hex::text(&key) };
        let reasons = self.said.iter().map(|Said { reason, word }| ReasonShown {
            attester: reason.attester.to_string(),
            value: *word,
            contribution_ppm: reason.contribution_ppm,
            vouched_ppm: reason.vouched_ppm,
            event: reason.event.to_string(),
            entry: entry(edge_key(self.dimension, self.did, reason.attester)),
        });
        WhyShown {
            subject: self.did.to_string(),
            dimension: self.dimension.as_str(),
            value_ppm: self.now.value_ppm(),
            praise_ppm: self.now.pos,
            complaint_ppm: self.now.neg,
            root: is_root(self.snapshot, self.did),
            attesters: self.all,
            entry: entry(standing_key(self.dimension, self.did)),
            reasons: reasons.collect(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{}\n{} {}: praise {}, complaints {}, by {} {}\n",
            shown(self.snapshot, self.did),
            self.dimension.as_str(),
            ppm(self.now.value_ppm()),
            amount(self.now.pos),
            amount(self.now.neg),
            count(self.all as u64),
            if self.all == 1 { "attester" } else { "attesters" },
        );
        if self.all == 0 {
            text.push_str("Nobody has attested: this is the value of a newcomer.\n");
            return text;
        }
        let heading = ["CONTRIBUTES", "SAID", "ATTESTER", "EVENT"].map(str::to_owned).to_vec();
        let mut rows = vec![heading];
        rows.extend(self.said.iter().map(|said| self.row(said)));
        text.push_str(&table(&rows));
        if self.said.len() < self.all {
            let rest = self.all - self.said.len();
            text.push_str(&format!("and {rest} more: --limit {}\n", self.all));
        }
        text + &self.next()
    }

    fn row(&self, Said { reason, word }: &Said) -> Vec<String> {
        let sign = if reason.contribution_ppm < 0 { '-' } else { '+' };
        vec![
            format!("{sign}{}", amount(reason.contribution_ppm.unsigned_abs())),
            format!("{word:+}"),
            self.names.short(self.snapshot, reason.attester),
            reason.event.to_string(),
        ]
    }

    /// The commands that prove what was shown.
    fn next(&self) -> String {
        let Some(Said { reason, .. }) = self.said.first() else { return String::new() };
        let subject = self.names.short(self.snapshot, self.did);
        let attester = self.names.short(self.snapshot, reason.attester);
        let mut suffix = match self.dimension {
            Dimension::Reliability => String::new(),
            other => format!("/{}", other.as_str()),
        };
        if let Some(realm) = &self.realm {
            suffix.push_str(&format!(" --realm {realm}"));
        }
        format!(
            "Prove the value:  pluto state prove Trust trust:{subject}{suffix}\n\
             Prove a reason:   pluto state prove Trust edge:{subject}/{attester}{suffix}\n\
             See its event:    pluto event show {}\n",
            reason.event
        )
    }
}
