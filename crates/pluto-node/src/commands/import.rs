//! `pluto import`.

mod process;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Instant;

use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::cli::ImportCommand;
use crate::error::NodeError;
use crate::import::{Import, days};
use crate::interrupt::Interrupt;
use crate::output::count;
use crate::trust_study::{Rating, parse_ratings};

pub(super) fn run(context: &Context, command: ImportCommand) -> Result<()> {
    match command {
        ImportCommand::Ratings { csv, name, roots, identity } => {
            ratings(context, &csv, &name, roots, &identity)
        }
        ImportCommand::Process(args) => process::run(context, &args),
    }
}

fn ratings(context: &Context, csv: &Path, name: &str, roots: usize, identity: &str) -> Result<()> {
    let ratings = read(csv)?;
    let keys = context.keys.open()?;
    let owner = keys.get(identity)?;
    let interrupt = Interrupt::listen()?;
    let node = context.node()?;
    let started = Instant::now();
    let mut import = Import::begin(&node, owner, name, &ratings, roots)?;
    let bar = context.out.progress(ratings.len() as u64, "importing ratings");
    let mut done = 0;
    for day in days(&ratings) {
        if interrupt.is_asked() {
            break;
        }
        import.day(day)?;
        done += day.len();
        bar.inc(day.len() as u64);
    }
    bar.finish_and_clear();
    let (people, realm) = (import.people(), import.realm());
    let roots = node.snapshot(realm)?.roots();
    node.stop()?;
    if done < ratings.len() {
        return Err(NodeError::Interrupted(format!(
            "`{done}` of `{}` ratings are in realm `{name}` and stay there; to begin again choose \
             another `--name`",
            ratings.len()
        ))
        .into());
    }
    let seconds = started.elapsed().as_secs_f64();
    context.out.show(
        &json!({
            "realm": realm.to_string(),
            "name": name,
            "ratings": done,
            "identities": people,
            "events": roots.position,
            "state_root": roots.state.to_string(),
            "seconds": seconds,
        }),
        &format!(
            "{} ratings by and about {} people are {} signed events in realm `{name}` \
             ({seconds:.1} s)\nrealm       {realm}\nstate root  {}\n\
             Next: pluto trust top --realm {name}",
            count(done as u64),
            count(people as u64),
            count(roots.position),
            roots.state
        ),
    );
    Ok(())
}

/// Reads a ratings file.
pub(super) fn read(csv: &Path) -> Result<Vec<Rating>> {
    let file = File::open(csv).map_err(|error| NodeError::file("read", csv, error))?;
    parse_ratings(BufReader::new(file)).map_err(|error| error.note(format!("`{}`", csv.display())))
}
