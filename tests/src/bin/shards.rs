//! Thousands of realms on one node, on a real directory: `shards [--realms N] [--entries N] [--mib N]
//! [--seed N]`.
//!
//! Each part is a process of its own, so that memory is that of the part alone:
//! 1. `write` writes the realms, and stops.
//! 2. `readers` opens the directory and reads every realm cold, in a seeded order, and one realm warm
//!    between any two of them, so that both figures are of the same moment.
//! 3. `writer` opens it and asks the writer for every realm in the same way.
//! 4. `both` does one after the other, so that all that realms may take is taken.
//!
//! Every state root is compared with the one before. Prints what the node counts beside what the allocator
//! and the system say, and fails when the heap of the process was ever above the bound of the node
//! (`docs/bounds.md`), or what is counted above the bound of the realms.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use pluto_core::{Canonical, Digest, RealmId, hex};
use pluto_eclvm::ExecutionMode;
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{Resident, Ticket};
use pluto_node::node::{Node, bytes_max, store_dir};
use pluto_storage::{LogOptions, Store};
use pluto_tests::{Shuffle, house};

type Outcome<T> = Result<T, Box<dyn Error>>;

const REALMS: u32 = 10_000;
const ENTRIES: u32 = 36;
const BOUND_MIB: u64 = 64;
/// Realms written before their acknowledgements are waited for.
const AHEAD: u32 = 100;
const MIB: u64 = 1024 * 1024;
/// Where the roots stand from one part to the next, beside the node's files.
const ROOTS_FILE: &str = "roots.txt";

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What is asked for.
struct Asked {
    realms: u32,
    entries: u32,
    bound: u64,
    seed: u64,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let text = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1))
    };
    let value = |name: &str, default: u64| text(name).map_or(Ok(default), |text| text.parse());
    let asked = Asked {
        realms: u32::try_from(value("--realms", REALMS.into())?)?,
        entries: u32::try_from(value("--entries", ENTRIES.into())?)?,
        bound: value("--mib", BOUND_MIB)? * MIB,
        seed: value("--seed", 1)?,
    };
    if let (Some(part), Some(dir)) = (text("--part"), text("--dir")) {
        let dir = Path::new(dir);
        writeln!(std::io::stdout(), "\n{part}")?;
        return match part.as_str() {
            "write" => write(dir, &asked),
            "readers" => {
                read(dir, &asked, read_version, |node| node.system().shard_stats().readers)
            }
            "both" => read(dir, &asked, read_both, |node| node.system().shard_stats().writer),
            "writer" => read(dir, &asked, ask_writer, |node| node.system().shard_stats().writer),
            other => Err(format!("expected a part, found `{other}`").into()),
        };
    }
    let dir = tempfile::tempdir()?;
    let own = arguments.get(1..).unwrap_or_default();
    for part in ["write", "readers", "writer", "both"] {
        let mut child = Command::new(std::env::current_exe()?);
        child.args(own).args(["--part", part, "--dir"]).arg(dir.path());
        if !child.status()?.success() {
            return Err(format!("the part `{part}` failed").into());
        }
    }
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// A line of what the system says of this process.
fn told(name: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.map_or_else(|| "not told here".to_owned(), |text| text.trim().to_owned())
}

fn open(dir: &Path, resident_bytes: u64) -> pluto_error::Result<Node> {
    drop(Store::open(&store_dir(dir), LogOptions::default())?);
    Node::open_within(dir, ExecutionMode::default(), Some(resident_bytes), &|_| {})
}

fn write(dir: &Path, asked: &Asked) -> Outcome<()> {
    let Asked { realms, entries, bound, .. } = *asked;
    let mut out = std::io::stdout();
    let begun = Instant::now();
    let node = open(dir, bound)?;
    let mut roots = String::new();
    for first in (0..realms).step_by(usize::try_from(AHEAD)?) {
        let mut tickets = Vec::new();
        for number in first..realms.min(first + AHEAD) {
            for run in house(number, entries, 1) {
                let ticket: Ticket<_> = node.system().submit(Source::Import, run.encode())?;
                tickets.push(ticket);
            }
        }
        let written: Result<Vec<_>, _> = tickets.into_iter().map(Ticket::wait).collect();
        for realm in written?.into_iter().map(|receipt| receipt.realm).step_by(2) {
            let version = node.system().version(realm)?;
            let version = version.ok_or("a realm that was written is not here")?;
            roots += &format!("{realm} {}\n", version.roots().state);
        }
    }
    node.stop()?;
    drop(node);
    std::fs::write(dir.join(ROOTS_FILE), roots)?;
    writeln!(out, "  realms, entries each           {realms}, {entries}")?;
    writeln!(out, "  bound of the realms            {} MiB, half for each side", bound / MIB)?;
    let all = bytes_max(bound, realms.into());
    writeln!(out, "  bound of the node              {} KiB", all / 1024)?;
    writeln!(out, "  written in                     {}", ms(begun.elapsed()))?;
    writeln!(out, "  most heap, resident set        {} KiB, {}", peak() / 1024, told("VmHWM:"))?;
    Ok(())
}

fn peak() -> u64 {
    HEAP.peak_usage() as u64
}

fn expected(dir: &Path) -> Outcome<BTreeMap<RealmId, Digest>> {
    let text = std::fs::read_to_string(dir.join(ROOTS_FILE))?;
    let parse = |line: &str| {
        let (realm, root) = line.split_once(' ')?;
        Some((RealmId(hex::parse(realm)?), Digest(hex::parse(root)?)))
    };
    let parsed: Option<_> = text.lines().map(parse).collect();
    parsed.ok_or_else(|| "the file of roots is not whole".into())
}

type Read = fn(&Node, RealmId) -> pluto_error::Result<Option<Digest>>;

fn read_version(node: &Node, realm: RealmId) -> pluto_error::Result<Option<Digest>> {
    Ok(node.system().version(realm)?.map(|version| version.roots().state))
}

fn ask_writer(node: &Node, realm: RealmId) -> pluto_error::Result<Option<Digest>> {
    node.system().ask(realm, |view| Ok(Some(view.roots().state)))
}

fn read_both(node: &Node, realm: RealmId) -> pluto_error::Result<Option<Digest>> {
    let (version, asked) = (read_version(node, realm)?, ask_writer(node, realm)?);
    Ok(version.filter(|root| Some(*root) == asked))
}

fn read(dir: &Path, asked: &Asked, read: Read, side: fn(&Node) -> Resident) -> Outcome<()> {
    let mut out = std::io::stdout();
    let expected = expected(dir)?;
    let mut order: Vec<RealmId> = expected.keys().copied().collect();
    Shuffle(asked.seed).shuffle(&mut order);
    let begun = Instant::now();
    let node = open(dir, asked.bound)?;
    let opened = begun.elapsed();
    let empty = HEAP.current_usage() as u64;
    let times = visit(&node, &order, &expected, read)?;
    let counted = side(&node);
    let now = HEAP.current_usage() as u64;
    writeln!(out, "  opened in                      {}", ms(opened))?;
    times.print(&mut out)?;
    let Resident { realms, bytes, loads, hits, evictions, .. } = counted;
    writeln!(out, "  loads, hits, evictions         {loads}, {hits}, {evictions}")?;
    writeln!(out, "  realms in memory               {realms}")?;
    writeln!(out, "  counted for them               {} KiB", bytes / 1024)?;
    writeln!(out, "  heap after opening, reading    {} KiB, {} KiB", empty / 1024, now / 1024)?;
    node.stop()?;
    let all = bytes_max(asked.bound, asked.realms.into());
    writeln!(out, "  most heap, of the bound        {} KiB, {} KiB", peak() / 1024, all / 1024)?;
    writeln!(out, "  resident set now, at most      {}, {}", told("VmRSS:"), told("VmHWM:"))?;
    if bytes > asked.bound / 2 || peak() > all {
        return Err("more in memory than the bound".into());
    }
    Ok(())
}

struct Times {
    cold: Vec<Duration>,
    warm: Vec<Duration>,
}

fn visit(
    node: &Node,
    order: &[RealmId],
    expected: &BTreeMap<RealmId, Digest>,
    read: Read,
) -> Outcome<Times> {
    let mut times = Times { cold: Vec::new(), warm: Vec::new() };
    for realm in order {
        for list in [&mut times.cold, &mut times.warm] {
            let begun = Instant::now();
            let root = read(node, *realm)?;
            list.push(begun.elapsed());
            if root.as_ref() != expected.get(realm) {
                return Err(format!("realm {realm} came back with another root").into());
            }
        }
    }
    Ok(times)
}

impl Times {
    fn print(mut self, out: &mut impl Write) -> std::io::Result<()> {
        let mut line = |name: &str, times: &mut Vec<Duration>| {
            times.sort_unstable();
            let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
            let (half, most) = (at(50).as_nanos(), at(99).as_nanos());
            writeln!(out, "  {name}: p50, p99                 {half} ns, {most} ns")
        };
        line("cold", &mut self.cold)?;
        line("warm", &mut self.warm)
    }
}
