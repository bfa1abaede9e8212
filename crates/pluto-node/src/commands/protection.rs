//! `pluto protection`: what the advisors make of a realm.

use pluto_core::traits::StateView;
use pluto_core::trust::{Dimension, TrustWeights};
use pluto_core::{Canonical, Component, Did, Namespace, Reader};
use pluto_engines::advisory::protection::anti_calcification::{TOP_PPM, is_calcified, relaxed};
use pluto_engines::advisory::protection::calibration::{Calibration, Proposal, Sample};
use pluto_engines::advisory::protection::concentration::{gini_ppm, top_share_ppm};
use pluto_engines::advisory::world_formula::{self, Humanity};
use pluto_engines::advisory::{Alert, Board, Report};
use pluto_engines::trust::{Standing, day, is_root, standing_prefix, vector};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::{Value, json};

use super::Context;
use super::names::Names;
use crate::cli::ProtectionCommand;
use crate::output::{count, realm_time, row, table};

/// Days of decay above the cap that are shown beside the present.
const RELAXED_DAYS: u64 = 180;
/// Alerts that are printed, the newest.
const ALERTS_SHOWN: usize = 10;

pub(super) fn run(context: &Context, command: &ProtectionCommand) -> Result<()> {
    let ProtectionCommand::Show { dimension, reading } = command;
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let (board, events) = node.board(realm)?;
    node.stop()?;
    let found = Found::of(&snapshot, *dimension, &board, events);
    let names = Names::of(context);
    context.out.show(&found.json(), &found.text(&|did| names.short(&snapshot, did)));
    Ok(())
}

/// How something is spread over its holders, in millionths.
struct Spread {
    gini: Option<u64>,
    top: Option<u64>,
}

impl Spread {
    fn of(amounts: &[u64]) -> Self {
        Self { gini: gini_ppm(amounts), top: top_share_ppm(amounts, TOP_PPM) }
    }

    fn json(&self) -> Value {
        json!({ "gini_ppm": self.gini, "top_ppm": self.top })
    }

    fn text(&self) -> String {
        match (self.gini, self.top) {
            (Some(gini), Some(top)) => {
                format!("Gini {}, top 3 % hold {}", decimal(gini), percent(top))
            }
            _ => "nobody has any".to_owned(),
        }
    }
}

/// All that is shown.
struct Found {
    dimension: Dimension,
    time_ms: u64,
    events: u64,
    holders: usize,
    voice: Spread,
    relaxed: Spread,
    calcified: bool,
    values: Spread,
    world_ppm: u64,
    reports: Vec<Report>,
    proposal: Option<Proposal>,
}

impl Found {
    fn of(snapshot: &Snapshot, dimension: Dimension, board: &Board, events: u64) -> Self {
        let (weights, values) = standings(snapshot, dimension);
        let reports = board.reports();
        let voice = Spread::of(&weights);
        let mut calibration = Calibration::default();
        let silent = values.len().saturating_sub(weights.len());
        calibration.sample(&Sample {
            time_ms: snapshot.time_ms(),
            parties: number(values.len()),
            gini_ppm: voice.gini.unwrap_or_default(),
            churn_ppm: 0,
            entropy_ppm: figure(&reports, "entropy_ppm").unwrap_or_default(),
            sybil_ppm: number(silent) * 1_000_000 / number(values.len()).max(1),
        });
        Self {
            dimension,
            time_ms: snapshot.time_ms(),
            events,
            holders: weights.len(),
            relaxed: Spread::of(&relaxed(&weights, RELAXED_DAYS)),
            calcified: is_calcified(&weights),
            voice,
            values: Spread::of(&values),
            world_ppm: board.world_ppm(|did| who(snapshot, did)),
            reports,
            proposal: calibration.proposal(),
        }
    }

    fn alerts(&self) -> impl DoubleEndedIterator<Item = &Alert> {
        self.reports.iter().flat_map(|report| &report.alerts)
    }

    fn json(&self) -> Value {
        let measures = self.reports.iter().flat_map(|report| &report.measures);
        let measures = measures.map(|one| (one.name.to_owned(), json!(one.value)));
        let alerts: Vec<Value> = self.alerts().map(alert_json).collect();
        json!({
            "advisory": true,
            "dimension": self.dimension.as_str(),
            "realm_time_ms": self.time_ms,
            "events": self.events,
            "voice": {
                "holders": self.holders,
                "now": self.voice.json(),
                "relaxed": { "days": RELAXED_DAYS, "spread": self.relaxed.json() },
                "calcified": self.calcified,
            },
            "values": self.values.json(),
            "world": { "version": world_formula::VERSION, "value_ppm": self.world_ppm },
            "measures": measures.collect::<serde_json::Map<_, _>>(),
            "alerts": alerts,
            "calibration": self.proposal.map(|proposal| json!({
                "exponent_ppm": proposal.exponent_ppm,
                "decay_ppm": proposal.decay_ppm,
                "alarm_ppm": proposal.alarm_ppm,
                "confidence_ppm": proposal.confidence_ppm,
            })),
        })
    }

    fn text(&self, name: &dyn Fn(Did) -> String) -> String {
        let figure = |name| figure(&self.reports, name);
        let shown = |value: Option<u64>| value.map_or("too few to say".to_owned(), decimal);
        let alarm = if self.calcified { ": calcified" } else { "" };
        let voice = format!("{} of {} holders{alarm}", self.voice.text(), self.holders);
        let events = format!(
            "{} kinds, entropy {} bits, evenness {}",
            figure("kinds").unwrap_or_default(),
            shown(figure("entropy_ppm")),
            shown(figure("evenness_ppm")),
        );
        let anomalies = format!(
            "{} warnings, {} critical, {} rings",
            figure("warnings").unwrap_or_default(),
            figure("critical").unwrap_or_default(),
            figure("rings").unwrap_or_default(),
        );
        let calibration = self.proposal.map_or_else(
            || "nothing proposed: it takes 100 parties".to_owned(),
            |proposal| {
                let [exponent, decay, sure] =
                    [proposal.exponent_ppm, proposal.decay_ppm, proposal.confidence_ppm]
                        .map(|value| decimal(value.unsigned_abs()));
                format!("exponent {exponent}, decay {decay} a day (confidence {sure})")
            },
        );
        let mut text = table(&[
            row("realm time", realm_time(self.time_ms)),
            row("looked at", format!("the newest {} events", count(self.events))),
            row("voice", voice),
            row("relaxed", format!("{} after {RELAXED_DAYS} days", self.relaxed.text())),
            row("values", self.values.text()),
            row("events", events),
            row("surprise", format!("{} bits on average", shown(figure("surprisal_mean_ppm")))),
            row(
                "world",
                format!("{} (version {})", decimal(self.world_ppm), world_formula::VERSION),
            ),
            row("anomalies", anomalies),
            row("calibration", calibration),
        ]);
        let newest = self.alerts().rev().take(ALERTS_SHOWN);
        let rows: Vec<Vec<String>> = newest.map(|alert| alert_row(alert, name)).collect();
        if !rows.is_empty() {
            let heading = ["POSITION", "", "WHAT", "WHO", "FIGURE"].map(str::to_owned).to_vec();
            let all: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
            text.push('\n');
            text.push_str(&table(&all));
        }
        text + "Advice: none of this decides anything (docs/adr/0019-advisory-engines.md).\n"
    }
}

/// Weights of those who have any, and values of all who have a standing.
fn standings(snapshot: &Snapshot, dimension: Dimension) -> (Vec<u64>, Vec<u64>) {
    let today = day(snapshot);
    let prefix = standing_prefix(dimension);
    let (mut weights, mut values) = (Vec::new(), Vec::new());
    for (key, bytes) in snapshot.entries(Component::Trust).iter() {
        let Some(rest) = key.strip_prefix(&prefix[..]) else { continue };
        let (Ok(did), Ok(mut standing)) =
            (Did::decode_from(&mut Reader::new(rest)), Standing::decode(bytes))
        else {
            continue;
        };
        standing.bring_to(today);
        values.push(u64::from(standing.value_ppm()));
        weights.push(standing.weight_ppm(is_root(snapshot, did)));
    }
    weights.retain(|weight| *weight > 0);
    (weights, values)
}

/// The norm of somebody's trust, and what is known of it as a person.
fn who(snapshot: &Snapshot, did: Did) -> (u32, Humanity) {
    let norm = vector(snapshot, did).norm(&TrustWeights::DEFAULT);
    let humanity = match did.namespace {
        Namespace::Person if has_credential(snapshot, did) => Humanity::Vouched,
        Namespace::Person => Humanity::Claimed,
        _ => Humanity::Unknown,
    };
    (norm, humanity)
}

fn has_credential(snapshot: &Snapshot, did: Did) -> bool {
    let prefix = pluto_identity::credential::held_key(did, "");
    snapshot.entries(Component::Credential).iter().any(|(key, _)| key.starts_with(&prefix))
}

fn figure(reports: &[Report], name: &str) -> Option<u64> {
    let measures = reports.iter().flat_map(|report| &report.measures);
    measures.filter(|measure| measure.name == name).find_map(|measure| measure.value)
}

fn alert_json(alert: &Alert) -> Value {
    json!({
        "severity": alert.severity.as_str(),
        "what": alert.what,
        "author": alert.author.map(|author| author.to_string()),
        "position": alert.position.0,
        "value": alert.value,
    })
}

fn alert_row(alert: &Alert, name: &dyn Fn(Did) -> String) -> Vec<String> {
    vec![
        alert.position.0.to_string(),
        alert.severity.as_str().to_owned(),
        alert.what.to_owned(),
        alert.author.map(name).unwrap_or_default(),
        alert.value.to_string(),
    ]
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Millionths as a decimal fraction of four places.
fn decimal(ppm: u64) -> String {
    format!("{}.{:04}", ppm / 1_000_000, ppm % 1_000_000 / 100)
}

fn percent(ppm: u64) -> String {
    format!("{}.{} %", ppm / 10_000, ppm % 10_000 / 1_000)
}
