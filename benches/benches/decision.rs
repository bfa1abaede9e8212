//! Checks on actions and decision bundles: how many a second, how late the latest, and how much of a
//! verification is signatures.
//!
//! A check is judged against a snapshot, by a chain of three grants and a policy of some twenty
//! operations, nothing written. The signatures of a bundle are verified alone beside it, by the same
//! verifier: the rest is what the bundle costs by itself.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

use std::sync::Arc;
use std::time::Instant;

use mimalloc::MiMalloc;
use pluto_benches::{Case, Clock, run_interleaved, say, size, wanted};
use pluto_core::traits::SignatureVerifier;
use pluto_decision::bundle::{Bundle, verify};
use pluto_decision::witnessing::Witnessing;
use pluto_decision::{Judge, Question, READERS, Said};
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_identity::grant::{Asked, GrantId, authorise};
use pluto_identity::{KeyChain, Zip215Verifier};
use pluto_tests::{OPENED_MS, Office, Person, Staff, grant, spirit};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Some twenty operations: arithmetic, comparisons, trust, a glob, and one call of each kind of fact.
const POLICY: &str = r#"
policy action on controller (
  action: text<128>, resource: text<512>, amount: int, hops: int, role: symbol
) {
  deny if glob("secret/**", resource), "secrets stay where they are"
  deny if action == "drop", "nobody drops anything"
  require hops <= 3 && hops >= 1, "too far from the realm"
  require role == stranger || role == member, "agents only"
  require subject.trust.r * 0.5 + subject.trust.i * 0.3 + subject.trust.c * 0.2 >= 0.05
  if amount > 1_000 { escalate { timeout: 1h, fallback: deny } }
  require amount * 2 + hops * 10 <= 5_000 && amount >= 0, "too much at once"
  allow
}
"#;

/// A realm with a chain of three grants.
struct World {
    office: Office,
    agent: Person,
    leaf: GrantId,
}

fn world() -> World {
    let staff = Staff::from(1);
    let mut office = Office::open(&staff).unwrap();
    office.install(&staff.owner, POLICY).unwrap();
    let agent = spirit(9);
    let joins = office.writer.join(&agent);
    office.submit(joins).unwrap();
    let mut given = grant(None, staff.agent.did());
    given.hops = 2;
    let root = office.give(&staff.owner, &given).unwrap();
    let mut given = grant(Some(root), staff.helper.did());
    given.hops = 1;
    let middle = office.give(&staff.agent, &given).unwrap();
    let mut given = grant(Some(middle), agent.did());
    given.hops = 0;
    let leaf = office.give(&staff.helper, &given).unwrap();
    office.checkpoint(&staff.owner, 2, OPENED_MS).unwrap();
    World { office, agent, leaf }
}

fn main() {
    let parts: [(&str, fn()); 2] = [("check", check), ("bundle", bundle)];
    parts.iter().filter(|(name, _)| wanted(name)).for_each(|(_, run)| run());
}

fn check() {
    let world = world();
    let count = size(100_000, 100);
    let snapshot = world.office.node.snapshot(world.office.realm()).unwrap();
    let request = pluto_tests::request("read", 3);
    let (actor, leaf) = (world.agent.did(), world.leaf);
    let question =
        Question { actor, request: &request, grant: Some(leaf), approval: None, at_ms: OPENED_MS };
    let judge = |mode| Judge::new(Arc::new(Vm::new(mode, None).unwrap()), READERS);
    let (native, interpreted) = (judge(ExecutionMode::Wasm), judge(ExecutionMode::Legacy));
    assert_eq!(native.judge(&*snapshot, &question).answer.said, Said::Allow);
    let ask = |judge: &Judge| {
        for _ in 0..count {
            std::hint::black_box(judge.judge(&*snapshot, &question));
        }
    };
    let action = request.action.as_str();
    let asked = Asked { actor, action, resource: &request.resource, amount: 3, at_ms: OPENED_MS };
    let cases = vec![
        Case::new("check, native", count, || ask(&native)),
        Case::new("check, interpreted", count, || ask(&interpreted)),
        Case::new("its three grants alone", count, || {
            for _ in 0..count {
                std::hint::black_box(authorise(&*snapshot, &leaf, &asked).unwrap());
            }
        }),
    ];
    let report = run_interleaved("one check: 3 grants, 20 operations", Clock::ThreadCpu, cases);
    report.within("check, native", 3_333.0, 1_000.0);
    let mut each: Vec<u64> = (0..count)
        .map(|_| {
            let before = Instant::now();
            std::hint::black_box(interpreted.judge(&*snapshot, &question));
            u64::try_from(before.elapsed().as_nanos()).unwrap()
        })
        .collect();
    each.sort_unstable();
    let at = |share: usize| each[(each.len() * share / 1_000).min(each.len() - 1)];
    say(&format!("latency: p50 {} ns, p99 {} ns, p99.9 {} ns\n", at(500), at(990), at(999)));
}

fn bundle() {
    let World { mut office, agent, leaf } = world();
    let request = pluto_tests::request("read", 3);
    let (decision, _) = office.act(&agent, Some(leaf), None, &request).unwrap();
    office.checkpoint(&Staff::from(1).owner, 3, OPENED_MS + 1).unwrap();
    let bundle: Bundle = office.bundle(decision).unwrap();
    let bytes = bundle.encode();
    assert!(verify(&bytes, &Zip215Verifier).holds());
    let Witnessing::Creator(checkpoint) = &bundle.witnessing else { panic!("nobody is declared") };
    let signed: Vec<_> = [checkpoint, &bundle.decision.shown]
        .into_iter()
        .chain(&bundle.evidence)
        .map(|shown| {
            let author = shown.event.header.author;
            let party = bundle.parties.iter().find(|one| one.inception.header.author == author);
            let key = pluto_core::traits::KeyRules::key_of(&KeyChain, &party.unwrap().inception);
            shown.signed(key.unwrap()).unwrap()
        })
        .collect();
    say(&format!("\n{} bytes, {} signatures\n", bytes.len(), signed.len()));
    let count = size(500, 2);
    let cases = vec![
        Case::new("its signatures alone", count, || {
            for _ in 0..count {
                for one in &signed {
                    std::hint::black_box(Zip215Verifier.verify(std::slice::from_ref(one)));
                }
            }
        }),
        Case::new("the whole bundle", count, || {
            for _ in 0..count {
                std::hint::black_box(verify(&bytes, &Zip215Verifier));
            }
        }),
    ];
    let report = run_interleaved("verifying a bundle", Clock::ThreadCpu, cases);
    report.within("the whole bundle", 5_000_000.0, 1_000_000.0);
}
