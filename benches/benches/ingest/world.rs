//! Members, their runs, and nodes on temporary directories.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::traits::{SignatureVerifier, SignedMessage};
use pluto_core::{Canonical, Kind, Namespace, Run};
use pluto_identity::{IdentitySecret, KeyPair, Rotation, SecretSeed, Zip215Verifier, sign_run};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{Composer, NervousSystem};
use pluto_node::node::Node;
use pluto_storage::{LogOptions, Store};

const AUTHORS: u8 = 100;
const KEYS: usize = 10_000;
const RUNS_WAITING_MAX: usize = 1_000;
const BATCH: usize = 64;

/// Somebody who signs.
struct Member {
    secret: IdentitySecret,
    keys: KeyPair,
}

/// A realm's events, signed and encoded; made once, ingested often.
pub(crate) struct World {
    /// Genesis and inceptions.
    pub(crate) joins: Vec<Arc<[u8]>>,
    /// The events that are measured.
    pub(crate) runs: Vec<Arc<[u8]>>,
    signed: Vec<SignedMessage>,
}

/// Writes the events of a world one run at a time.
pub(crate) struct Source64 {
    members: Vec<Member>,
    composer: Composer,
    per_run: usize,
    number: usize,
}

impl Source64 {
    pub(crate) fn new(per_run: usize) -> (Self, Vec<Run>) {
        let members: Vec<Member> = (1..=AUTHORS)
            .map(|n| {
                let seed = SecretSeed::from([n; 32]);
                let secret = IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Never);
                let keys = secret.key_pair();
                Member { secret, keys }
            })
            .collect();
        let genesis = RealmGenesis {
            name: "bench".into(),
            admission: Admission::Open,
            trust_roots: Vec::new(),
            creator: members[0].secret.inception().clone(),
        };
        let (mut composer, event) = Composer::genesis(&genesis, 0);
        let mut joins = vec![sign_run(&members[0].keys, vec![event]).unwrap()];
        for member in &members[1..] {
            let event = composer.inception(member.secret.inception(), 0);
            joins.push(sign_run(&member.keys, vec![event]).unwrap());
        }
        (Self { members, composer, per_run, number: 0 }, joins)
    }

    /// The next run of the members whose numbers are wanted.
    pub(crate) fn next_run_of(&mut self, wanted: impl Fn(usize) -> bool) -> Run {
        while !wanted(self.number / self.per_run % self.members.len()) {
            self.number += self.per_run;
        }
        self.next_run()
    }

    pub(crate) fn next_run(&mut self) -> Run {
        let member = &self.members[self.number / self.per_run % self.members.len()];
        let did = member.secret.did();
        let events = (0..self.per_run)
            .map(|_| {
                self.number += 1;
                let put = RecordPut {
                    collection: "bench".into(),
                    key: (self.number % KEYS).to_be_bytes().to_vec(),
                    value: vec![0x5a; 50],
                };
                self.composer.compose(did, Kind::RecordPut, &put.encode(), 0)
            })
            .collect();
        sign_run(&member.keys, events).unwrap()
    }
}

impl World {
    pub(crate) fn new(events: usize, per_run: usize) -> Self {
        let (mut source, joins) = Source64::new(per_run);
        let keys: Vec<_> =
            source.members.iter().map(|m| (m.secret.did(), m.secret.inception().key)).collect();
        let mut runs = Vec::new();
        let mut signed = Vec::new();
        for _ in 0..events / per_run {
            let run = source.next_run();
            let author = run.author().unwrap();
            let key = keys.iter().find(|(did, _)| *did == author).unwrap().1;
            let message = Run::signing_message(&run.events).unwrap();
            signed.push(SignedMessage { key, message, signature: run.signature });
            runs.push(run.encode().into());
        }
        let joins = joins.iter().map(|run| run.encode().into()).collect();
        Self { joins, runs, signed }
    }

    pub(crate) fn messages(&self) -> Vec<SignedMessage> {
        self.signed.clone()
    }
}

pub(crate) fn verify(messages: &[SignedMessage]) {
    for batch in messages.chunks(BATCH) {
        assert!(Zip215Verifier.verify(batch).iter().all(|holds| *holds));
    }
}

pub(crate) fn verify_with_two_threads(messages: &[SignedMessage]) {
    let (left, right) = messages.split_at(messages.len() / 2);
    std::thread::scope(|scope| {
        scope.spawn(|| verify(left));
        verify(right);
    });
}

/// A data directory of its own, removed when dropped, with the node over it.
pub(crate) struct Directory {
    path: PathBuf,
    node: std::sync::Mutex<Option<Node>>,
}

/// What is needed to open a node.
pub(crate) struct Opened {
    store: Option<Store>,
}

impl Directory {
    pub(crate) fn new() -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("pluto-bench-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let node = Node::start(Self::open(&path), &|_| {}).unwrap();
        Self { path, node: std::sync::Mutex::new(Some(node)) }
    }

    /// A node whose realm has its members and nothing else.
    pub(crate) fn with_members(world: &World) -> Self {
        let directory = Self::new();
        directory.with(|system| submit(system, world.joins.iter().cloned()));
        directory
    }

    fn open(path: &std::path::Path) -> Store {
        Store::open(path, LogOptions::default()).unwrap()
    }

    pub(crate) fn with<R>(&self, act: impl FnOnce(&NervousSystem) -> R) -> R {
        let node = self.node.lock().unwrap();
        act(node.as_ref().unwrap().system())
    }

    /// Ingests everything; done when the last run is acknowledged.
    pub(crate) fn ingest(self, world: &World) -> Self {
        self.with(|system| submit(system, world.runs.iter().cloned()));
        self
    }

    pub(crate) fn close(&self) {
        if let Some(node) = self.node.lock().unwrap().take() {
            node.stop().unwrap();
        }
    }

    pub(crate) fn store(&self) -> Store {
        Self::open(&self.path)
    }

    /// The store with its key-value part thrown away: opening it folds the whole log.
    pub(crate) fn without_index(&self) -> Opened {
        self.close();
        let store = self.store();
        store.reset_index().unwrap();
        Opened { store: Some(store) }
    }

    pub(crate) fn closed(&self) -> Opened {
        Opened { store: Some(self.store()) }
    }

    /// The store as a clean stop leaves it, whatever was done to it before.
    pub(crate) fn cleanly_closed(&self) -> Opened {
        self.close();
        self.closed().open().stop().unwrap();
        self.closed()
    }

    pub(crate) fn disk_bytes(&self, part: &str) -> u64 {
        fn sum(path: &std::path::Path) -> u64 {
            let Ok(list) = std::fs::read_dir(path) else { return 0 };
            list.flatten()
                .map(|entry| match entry.metadata().unwrap() {
                    meta if meta.is_dir() => sum(&entry.path()),
                    meta => meta.len(),
                })
                .sum()
        }
        sum(&self.path.join(part))
    }
}

impl Opened {
    pub(crate) fn open(mut self) -> Node {
        Node::start(self.store.take().unwrap(), &|_| {}).unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.close();
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Submits runs with a bounded number on their way, and waits for all.
pub(crate) fn submit(system: &NervousSystem, runs: impl Iterator<Item = Arc<[u8]>>) {
    let mut waiting = VecDeque::new();
    for run in runs {
        waiting.push_back(system.submit(Source::Local, run).unwrap());
        if waiting.len() >= RUNS_WAITING_MAX {
            waiting.pop_front().unwrap().wait().unwrap();
        }
    }
    for ticket in waiting {
        ticket.wait().unwrap();
    }
}
