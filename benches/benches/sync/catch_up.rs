//! An empty node fetches a realm over loopback, beside an empty node that reads the same runs from a file.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;

use pluto_benches::{Case, Clock, run_interleaved, say, size};

use super::nodes::{Peer, realm_of};
use super::world::World;

pub(crate) fn run() {
    let events = size(100_000, 2_000);
    for per_run in [1, 64] {
        let world = World::new(events, per_run);
        let realm = realm_of(&world.joins);
        let giver = Peer::new();
        giver.take(world.joins.iter().chain(&world.runs));
        let whole = giver.root(realm);
        let listening = giver.go_online(Vec::new(), realm);
        let file = giver.dir.path().join("runs");
        write(&file, world.joins.iter().chain(&world.runs));
        let cases = vec![
            Case::with_setup("from a file", events, Peer::new, |peer| {
                peer.take(&read(&file));
                peer.wait_for(realm, whole);
                peer
            }),
            Case::with_setup("from a peer", events, Peer::new, |peer| {
                peer.go_online(listening.clone(), realm);
                peer.wait_for(realm, whole);
                peer
            }),
        ];
        let title = format!("{events} events, {per_run} under each signature, over loopback");
        let report = run_interleaved(&title, Clock::WallWithoutQueue, cases);
        let ratio = report.speedup("from a file", "from a peer");
        say(&format!("  from a peer against from a file: {ratio:.2} (goal 1.5)\n"));
    }
}

fn write<'a>(file: &Path, runs: impl Iterator<Item = &'a Arc<[u8]>>) {
    let mut out = BufWriter::new(std::fs::File::create(file).unwrap());
    for run in runs {
        out.write_all(&u32::try_from(run.len()).unwrap().to_be_bytes()).unwrap();
        out.write_all(run).unwrap();
    }
    out.flush().unwrap();
}

fn read(file: &Path) -> Vec<Arc<[u8]>> {
    let mut input = BufReader::new(std::fs::File::open(file).unwrap());
    let mut runs = Vec::new();
    let mut length = [0; 4];
    while input.read_exact(&mut length).is_ok() {
        let mut run = vec![0; u32::from_be_bytes(length) as usize];
        input.read_exact(&mut run).unwrap();
        runs.push(run.into());
    }
    runs
}
