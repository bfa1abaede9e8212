//! The description of a blueprint, as its author writes it: one JSON file beside the sources it names.

use std::path::{Path, PathBuf};

use pluto_core::payload::RecordPut;
use pluto_core::{BlobId, Canonical};
use pluto_eclvm::PolicyInstalled;
use pluto_error::Result;
use pluto_realm::hierarchy::RealmLifecycle;
use pluto_realm::lattice::{All, AtLeast, AtMost, Only};
use pluto_realm::room::RoomChange;
use pluto_realm::saga::{Intent, Reporter, SagaProgress, Step};
use pluto_realm::{Isolation, Limit, RuleSet};
use serde::Deserialize;

use super::{Blueprint, Part};
use crate::error::NodeError;

const DAY_MS: u64 = 86_400_000;
const HOUR_MS: u64 = 3_600_000;

/// Makes an artifact of the policies in a file.
pub type Compile<'a> = dyn Fn(&Path) -> Result<Vec<u8>> + 'a;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    version: u32,
    #[serde(default)]
    rules: Option<Rules>,
    #[serde(default)]
    rooms: Vec<Room>,
    #[serde(default)]
    policies: Vec<Policy>,
    #[serde(default)]
    records: Vec<Record>,
    #[serde(default)]
    sagas: Vec<Saga>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rules {
    members_only: bool,
    min_trust_ppm: u32,
    min_quorum: u32,
    governed: bool,
    min_retention_days: u32,
    max_payload: Option<u32>,
    max_events: Option<Bucket>,
    max_storage: Option<Bucket>,
    max_gas: Option<Bucket>,
    max_mana: Option<Bucket>,
    max_crossings: Option<Bucket>,
    required_credentials: Vec<String>,
    required_attestations: Vec<String>,
    allowed_kinds: Option<Vec<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bucket {
    capacity: u64,
    per_day: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Room {
    place: String,
    #[serde(default)]
    rules: Rules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    slot: String,
    file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    collection: String,
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saga {
    steps: Vec<SagaStep>,
    timeout_hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SagaStep {
    action: String,
    resource: String,
    #[serde(default)]
    amount: u64,
    compensation: Option<String>,
}

/// The blueprint that a description describes. Its parts come in this order: rules, rooms, policies,
/// records, sagas.
///
/// # Errors
/// `NOD-0007` for a description that does not fit, `COR-0001` to `COR-0009` for a part above its bounds;
/// what `compile` says.
pub fn described(text: &[u8], parent: Option<BlobId>, compile: &Compile<'_>) -> Result<Blueprint> {
    let bad = |error: serde_json::Error| {
        NodeError::BadArgument(format!("expected the description of a blueprint: {error}"))
    };
    let Description { name, version, rules, rooms, policies, records, sagas } =
        serde_json::from_slice(text).map_err(bad)?;
    let mut parts = Vec::new();
    parts.extend(rules.map(|rules| Part::Rules(RealmLifecycle::Rules(rules.into_set()))));
    for Room { place, rules } in rooms {
        let (place, rules) = (place.parse()?, rules.into_set());
        parts.push(Part::Room(RoomChange::Open { place, rules }));
    }
    for Policy { slot, file } in policies {
        parts.push(Part::Policy(PolicyInstalled { slot, artifact: compile(&file)? }));
    }
    parts.extend(records.into_iter().map(|Record { collection, key, value }| {
        let (key, value) = (key.into_bytes(), value.into_bytes());
        Part::Record(RecordPut { collection, key, value })
    }));
    let nonces = (0_u64..).map(|number| {
        let hash = blake3::hash(format!("{name}\0{version}\0{number}").as_bytes());
        hash.as_bytes().first_chunk().copied().unwrap_or_default()
    });
    parts.extend(nonces.zip(sagas).map(|(nonce, saga)| Part::Saga(saga.into_event(nonce))));
    let blueprint = Blueprint { name, version, parent, parts };
    // What does not decode again is above a bound that the types do not know.
    Ok(Blueprint::decode(&blueprint.encode())?)
}

impl Rules {
    fn into_set(self) -> RuleSet {
        let limit = |bucket: Option<Bucket>| {
            AtMost(bucket.map(|Bucket { capacity, per_day }| Limit { capacity, per_day }))
        };
        let isolation = if self.members_only { Isolation::Members } else { Isolation::Public };
        RuleSet {
            min_isolation: AtLeast(isolation),
            min_trust: AtLeast(self.min_trust_ppm),
            min_quorum: AtLeast(self.min_quorum),
            governed: AtLeast(self.governed),
            min_retention_ms: AtLeast(u64::from(self.min_retention_days).saturating_mul(DAY_MS)),
            max_payload: AtMost(self.max_payload),
            max_events: limit(self.max_events),
            max_storage: limit(self.max_storage),
            max_gas: limit(self.max_gas),
            max_mana: limit(self.max_mana),
            max_crossings: limit(self.max_crossings),
            required_credentials: All(self.required_credentials.into_iter().collect()),
            required_attestations: All(self.required_attestations.into_iter().collect()),
            allowed_kinds: Only(self.allowed_kinds.map(|kinds| kinds.into_iter().collect())),
            ..RuleSet::default()
        }
    }
}

impl Saga {
    fn into_event(self, nonce: [u8; 16]) -> SagaProgress {
        let steps = self.steps.into_iter().map(|step| Step {
            action: step.action,
            resource: step.resource,
            amount: step.amount,
            compensation: step.compensation,
            reporter: Reporter::Owner,
        });
        SagaProgress::Begin {
            nonce,
            intent: Intent::Steps(steps.collect()),
            timeout_ms: u64::from(self.timeout_hours).saturating_mul(HOUR_MS),
        }
    }
}
