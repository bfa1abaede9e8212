//! `pluto bench`: figures of this machine, each beside its limit in the same run.

mod ingest;
mod sync;

use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::cli::BenchCommand;
use crate::trust_study::{RootChoice, Spread, run as study};

pub(super) fn run(context: &Context, command: BenchCommand) -> Result<()> {
    match command {
        BenchCommand::Ingest { events, run } => ingest::run(context, events, usize::from(run)),
        BenchCommand::Sync { events, run } => sync::run(context, events, usize::from(run)),
        BenchCommand::Trust { csv, roots } => {
            let ratings = super::import::read(&csv)?;
            let found = study(&ratings, RootChoice::FirstAttesters(roots));
            let attacks: Vec<_> = found
                .attacks
                .iter()
                .map(|attack| {
                    json!({
                        "buyers": format!("{:?}", attack.buyers),
                        "edges": attack.edges,
                        "before": attack.before,
                        "after": attack.after,
                        "after_worst_seed": attack.after_max,
                    })
                })
                .collect();
            let spread = |spread: &Spread| {
                json!({
                    "gini_ppm": spread.gini_ppm,
                    "top_ppm": spread.top_ppm,
                    "calcified": spread.calcified,
                })
            };
            let concentration = found.concentration.as_ref().map(|found| {
                let later = found.later.iter().map(|faded| {
                    json!({
                        "days": faded.days,
                        "uniform": spread(&faded.uniform),
                        "progressive": spread(&faded.progressive),
                    })
                });
                json!({
                    "holders": found.holders,
                    "now": spread(&found.now),
                    "later": later.collect::<Vec<_>>(),
                })
            });
            let value = json!({
                "ratings": found.ratings,
                "people": found.people,
                "roots": found.roots,
                "auc": found.prediction.auc,
                "auc_mean": found.prediction.auc_mean,
                "auc_beta": found.prediction.auc_beta,
                "attacks": attacks,
                "concentration": concentration,
            });
            context.out.show(&value, &found.to_string());
            Ok(())
        }
    }
}
