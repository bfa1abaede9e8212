//! `pluto bench ingest`: the whole path on a fresh store, beside signature verification alone.

use std::collections::VecDeque;
use std::time::Instant;

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::traits::{SignatureVerifier, SignedMessage};
use pluto_core::{Canonical, Kind, Namespace, Run};
use pluto_error::Result;
use pluto_identity::{IdentitySecret, Rotation, SecretSeed, Zip215Verifier};
use pluto_nervous_system::Composer;
use pluto_nervous_system::event_bus::Source;
use pluto_storage::{LogOptions, Store};
use serde_json::json;

use super::Context;
use crate::error::NodeError;
use crate::node::{Author, Node};

const AUTHORS: u8 = 100;
const VERIFIED_TOGETHER: usize = 64;
const RUNS_WAITING_MAX: usize = 512;
const KEYS: usize = 10_000;

pub(super) fn run(context: &Context, events: usize, per_run: usize) -> Result<()> {
    let authors = authors();
    let runs = compose(&authors, events, per_run)?;
    let verify_ns = verify(&runs, &authors)?;
    let dir = std::env::temp_dir().join(format!("pluto-bench-{}", std::process::id()));
    let node = Node::start(Store::open(&dir, LogOptions::default())?, &|_| {})?;
    let encoded: Vec<Vec<u8>> = runs.iter().map(Canonical::encode).collect();
    let started = Instant::now();
    submit(&node, encoded)?;
    let ingest_ns = per(started, events);
    node.stop()?;
    std::fs::remove_dir_all(&dir).map_err(|error| NodeError::file("remove", &dir, error))?;
    let per_event = verify_ns / per_run as f64;
    let per_second = 1e9 / ingest_ns;
    context.out.show(
        &json!({
            "events": events,
            "events_per_run": per_run,
            "ingest_ns": ingest_ns,
            "verify_ns_per_signature": verify_ns,
            "ratio_to_verifying_each_event": ingest_ns / verify_ns,
        }),
        &format!(
            "{events} events, {per_run} under each signature, on a fresh store\n\
             durable, verified, folded  {ingest_ns:.0} ns an event ({per_second:.0} a second)\n\
             verification alone         {verify_ns:.0} ns a signature in batches of \
             {VERIFIED_TOGETHER} ({per_event:.0} ns an event)\n\
             ratio to verifying one signature an event: {:.2}",
            ingest_ns / verify_ns
        ),
    );
    Ok(())
}

/// Submits everything and waits until it is durable and folded.
pub(super) fn submit(node: &Node, encoded: Vec<Vec<u8>>) -> Result<()> {
    let mut waiting = VecDeque::new();
    for bytes in encoded {
        waiting.push_back(node.system().submit(Source::Local, bytes)?);
        if waiting.len() >= RUNS_WAITING_MAX {
            waiting.pop_front().map(|ticket| ticket.wait()).transpose()?;
        }
    }
    waiting.into_iter().try_for_each(|ticket| ticket.wait().map(|_| ()))
}

/// The same authors every time.
pub(super) fn authors() -> Vec<IdentitySecret> {
    let author = |n| {
        let seed = SecretSeed::from([n; 32]);
        IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Never)
    };
    (1..=AUTHORS).map(author).collect()
}

/// A realm of that many events, in runs.
pub(super) fn compose(
    authors: &[IdentitySecret],
    events: usize,
    per_run: usize,
) -> Result<Vec<Run>> {
    let Some(creator) = authors.first() else { return Ok(Vec::new()) };
    let genesis = RealmGenesis {
        name: "bench".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: creator.inception().clone(),
    };
    let (mut composer, event) = Composer::genesis(&genesis, 0);
    let signers: Vec<Author<'_>> = authors.iter().map(Author::new).collect();
    let mut runs = Vec::with_capacity(events / per_run + signers.len());
    for (index, signer) in signers.iter().enumerate() {
        let first = if index == 0 {
            event.clone()
        } else {
            composer.inception(signer.secret().inception(), 0)
        };
        runs.push(signer.sign(vec![first])?);
    }
    let mut number = 0_usize;
    for signer in signers.iter().cycle().take(events / per_run) {
        let batch = (0..per_run).map(|_| {
            number += 1;
            let put = RecordPut {
                collection: "bench".into(),
                key: (number % KEYS).to_be_bytes().to_vec(),
                value: vec![0x5a; 50],
            };
            composer.compose(signer.did(), Kind::RecordPut, &put.encode(), 0)
        });
        runs.push(signer.sign(batch.collect())?);
    }
    Ok(runs)
}

/// Nanoseconds to verify one signature, in batches.
fn verify(runs: &[Run], authors: &[IdentitySecret]) -> Result<f64> {
    let messages: Vec<SignedMessage> = runs
        .iter()
        .filter_map(|run| {
            let did = run.author()?;
            let key = authors.iter().find(|author| author.did() == did)?.inception().key;
            let message = Run::signing_message(&run.events)?;
            Some(SignedMessage { key, message, signature: run.signature })
        })
        .take(4096)
        .collect();
    let started = Instant::now();
    let batches = messages.chunks(VERIFIED_TOGETHER);
    let all = batches.into_iter().all(|batch| Zip215Verifier.verify(batch).iter().all(|ok| *ok));
    if !all {
        return Err(NodeError::BadArgument("a signature of the bench does not hold".into()).into());
    }
    Ok(per(started, messages.len()))
}

fn per(started: Instant, count: usize) -> f64 {
    started.elapsed().as_nanos() as f64 / count.max(1) as f64
}
