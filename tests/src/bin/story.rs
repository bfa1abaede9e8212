//! Plays a seeded story on a data directory and prints its roots: `story <data> <seed> [runs]`.
//!
//! Each run is acknowledged before the next is submitted. Every process has other hash-map seeds, so
//! two of them that print the same show that none of it reaches the roots.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use pluto_core::Canonical;
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::{Node, store_dir};
use pluto_storage::Store;
use pluto_tests::{CROWD_LOG, story};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().ok_or("which directory?")?;
    let seed = arguments.next().ok_or("which story?")?.parse()?;
    let limit = arguments.next().map_or(Ok(usize::MAX), |text| text.parse())?;
    let node = Node::start(Store::open(&store_dir(Path::new(&data)), CROWD_LOG)?, &|_| {})?;
    let (_, runs) = story(seed);
    let mut out = std::io::stdout().lock();
    for run in runs.iter().take(limit) {
        let receipt = node.system().submit(Source::Local, run.encode())?.wait()?;
        writeln!(out, "root {}", receipt.root)?;
    }
    for realm in node.system().realms() {
        writeln!(out, "realm {realm} {:?}", node.snapshot(realm)?.roots())?;
    }
    node.stop()?;
    Ok(())
}
