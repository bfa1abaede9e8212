//! `pluto import process`.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

use pluto_decision::bundle::verify;
use pluto_ecl::artifact::Artifact;
use pluto_error::Result;
use pluto_identity::{IdentitySecret, Zip215Verifier};
use pluto_nervous_system::merkle_tracker::Roots;
use serde_json::{Value, json};

use crate::cli::ProcessArgs;
use crate::commands::{Context, ecl};
use crate::error::NodeError;
use crate::interrupt::Interrupt;
use crate::node::{Author, Node};
use crate::output::{count, time};
use crate::process::{
    CaseCount, Example, LogEvent, Phases, Replay, Tally, days, first_cases, parse_log,
};

/// What was written, in numbers.
struct Written {
    cases: usize,
    people: usize,
    credentials: usize,
    runs: usize,
    seconds: f64,
    phases: Phases,
    roots: Roots,
}

pub(super) fn run(context: &Context, args: &ProcessArgs) -> Result<()> {
    let events = read(&context.file(&args.csv), args.cases)?;
    let artifact = policy(context, args.policy.as_deref())?;
    let keys = context.keys.open()?;
    let owner = keys.get(&args.identity)?;
    let interrupt = Interrupt::listen()?;
    let node = context.node()?;
    let started = Instant::now();
    let first_ms = events.first().map_or(0, |event| event.time_ms);
    let mut replay = Replay::begin(&node, owner, &args.name, artifact, &args.prove, first_ms)?;
    let bar = context.out.progress(events.len() as u64, "replaying");
    let mut done = 0;
    for day in days(&events) {
        if interrupt.is_asked() {
            break;
        }
        replay.day(&day)?;
        done += day.steps.len();
        bar.inc(day.steps.len() as u64);
    }
    bar.finish_and_clear();
    let written = Written {
        roots: replay.finish()?,
        cases: events
            .iter()
            .map(|event| &event.case)
            .collect::<std::collections::HashSet<_>>()
            .len(),
        people: replay.people(),
        credentials: replay.credentials(),
        runs: replay.runs(),
        seconds: started.elapsed().as_secs_f64(),
        phases: replay.phases(),
    };
    if done < events.len() {
        node.stop()?;
        return Err(NodeError::Interrupted(format!(
            "`{done}` of `{}` steps are in realm `{}` and stay there; to begin again choose another \
             `--name`",
            events.len(),
            args.name
        ))
        .into());
    }
    let proof = prove(context, &node, owner, &replay, &events, args)?;
    node.stop()?;
    let value = value(args, &replay, &written, proof);
    context
        .out
        .show(&value, &text(args, replay.tally(), &written, &replay.realm().to_string(), proof));
    Ok(())
}

fn read(csv: &Path, cases: Option<usize>) -> Result<Vec<LogEvent>> {
    let file = File::open(csv).map_err(|error| NodeError::file("read", csv, error))?;
    let events = parse_log(file).map_err(|error| error.note(format!("`{}`", csv.display())))?;
    Ok(match cases {
        Some(count) => first_cases(&events, count),
        None => events,
    })
}

fn policy(context: &Context, file: Option<&Path>) -> Result<Artifact> {
    let Some(file) = file else { return crate::process::permits() };
    Ok(Artifact::from_bytes(&ecl::artifact(context, file)?)?)
}

/// Proves the approval that was found; gives the size of the proof.
fn prove(
    context: &Context,
    node: &Node,
    owner: &IdentitySecret,
    replay: &Replay<'_>,
    events: &[LogEvent],
    args: &ProcessArgs,
) -> Result<Option<usize>> {
    let Some(approved) = &replay.tally().approved else { return Ok(None) };
    let (realm, witness) = (replay.realm(), Author::new(owner));
    let last_ms = events.last().map_or(0, |event| event.time_ms);
    witness.sign_checkpoint(node, realm, last_ms)?;
    let position = node.position_of(realm, approved.decision)?;
    let witnessed = node.witnessed(realm, position, None)?;
    let counter = context.out.counter("folding the log again");
    let bundles = node.bundles(realm, &[approved.decision], &witnessed, &|events| {
        counter.set_position(events);
    });
    counter.finish_and_clear();
    let bytes = bundles?.first().map(pluto_decision::bundle::Bundle::encode).unwrap_or_default();
    if let Some((check, why)) = verify(&bytes, &Zip215Verifier).failure() {
        let why = format!("the bundle fails its own check `{}`: {why}", check.as_str());
        return Err(NodeError::BadProof(why).into());
    }
    let path = context.file(&args.out);
    std::fs::write(&path, &bytes).map_err(|error| NodeError::file("write", &path, error))?;
    Ok(Some(bytes.len()))
}

fn value(
    args: &ProcessArgs,
    replay: &Replay<'_>,
    written: &Written,
    proof: Option<usize>,
) -> Value {
    let tally = replay.tally();
    let violations = tally.violations.iter().map(|(reason, found)| {
        let examples: Vec<Value> = found.examples.iter().map(example).collect();
        json!({ "reason": reason, "count": found.count, "examples": examples })
    });
    json!({
        "realm": replay.realm().to_string(),
        "name": args.name,
        "steps": tally.steps,
        "cases": written.cases,
        "people": written.people,
        "credentials": written.credentials,
        "events": written.roots.position,
        "runs": written.runs,
        "seconds": written.seconds,
        "judging_seconds": written.phases.judging.as_secs_f64(),
        "rehearsing_seconds": written.phases.rehearsing.as_secs_f64(),
        "storing_seconds": written.phases.storing.as_secs_f64(),
        "folds": written.phases.folds,
        "allowed": tally.allowed,
        "violations": tally.violated(),
        "reported": tally.reported,
        "mistaken": tally.mistaken,
        "by_rule": tally.by_rule(),
        "sagas": {
            "completed": tally.cases.completed,
            "timed_out": tally.cases.timed_out,
            "open": tally.cases.open,
            "late": tally.cases.late,
            "steps": tally.cases.steps,
            "steps_after_end": tally.cases.steps_after_end,
            "steps_after_timeout": tally.cases.steps_after_timeout,
            "steps_without": tally.cases.steps_without,
            "steps_above": tally.cases.steps_above,
        },
        "by_reason": violations.collect::<Vec<Value>>(),
        "state_root": written.roots.state.to_string(),
        "approval": tally.approved.as_ref().map(example),
        "proof": proof.map(|bytes| json!({ "file": args.out, "bytes": bytes })),
    })
}

fn example(example: &Example) -> Value {
    json!({
        "case": example.case,
        "activity": example.activity,
        "person": example.person,
        "time_ms": example.time_ms,
        "decision": example.decision.to_string(),
    })
}

fn text(
    args: &ProcessArgs,
    tally: &Tally,
    written: &Written,
    realm: &str,
    proof: Option<usize>,
) -> String {
    let number = |number: usize| count(number as u64);
    let mut text = format!(
        "{} steps of {} cases by {} people with {} credentials are {} signed events in realm `{}`, \
         under {} signatures\n{:.1} s, {:.0} steps a second\n\n{} allowed, {} denied and done \
         nevertheless:\n",
        number(tally.steps),
        number(written.cases),
        number(written.people),
        number(written.credentials),
        count(written.roots.position),
        args.name,
        number(written.runs),
        written.seconds,
        tally.steps as f64 / written.seconds,
        number(tally.allowed),
        number(tally.violated()),
    );
    for (reason, found) in &tally.violations {
        let _ = writeln!(text, "  {:>6}  {reason}", number(found.count));
        for Example { case, activity, person, time_ms, decision } in &found.examples {
            let (when, id) = (time(*time_ms), decision.short());
            let _ = writeln!(text, "          {when}  {case}  {person}  {activity}  {id}");
        }
    }
    text += &sagas(&tally.cases);
    let _ = write!(text, "\nrealm       {realm}\nstate root  {}", written.roots.state);
    if let (Some(bytes), Some(approved)) = (proof, &tally.approved) {
        let Example { case, activity, person, .. } = approved;
        let file = args.out.display();
        let _ = write!(
            text,
            "\n\n{file}: that {person} was allowed `{activity}` in {case} ({bytes} bytes)\n\
             Next: pluto verify {file}"
        );
    }
    let _ = write!(
        text,
        "\n      pluto saga show {0}/<case> --realm {0}\n      pluto log --realm {0}",
        args.name
    );
    text
}

/// What came of the cases; what did not happen has no line.
fn sagas(cases: &CaseCount) -> String {
    let number = |number: usize| count(number as u64);
    let begun = cases.completed + cases.timed_out + cases.open;
    let mut text = format!(
        "\n{} sagas with {} steps:\n  {:>6}  completed\n  {:>6}  timed out\n  {:>6}  open\n",
        number(begun),
        number(cases.steps),
        number(cases.completed),
        number(cases.timed_out),
        number(cases.open),
    );
    for (missed, what) in [
        (cases.late, "cases were over before they began: they have none"),
        (cases.steps_without, "steps of those"),
        (cases.steps_after_end, "steps came after the end of a case"),
        (cases.steps_after_timeout, "steps came after a case timed out"),
        (cases.steps_above, "steps were more than a saga takes"),
    ] {
        if missed > 0 {
            let _ = writeln!(text, "  {:>6}  {what}", number(missed));
        }
    }
    text
}
