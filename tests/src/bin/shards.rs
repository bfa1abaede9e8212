//! Thousands of realms on one node, on a real directory: `shards [--realms N] [--entries N] [--mib N]
//! [--seed N]`.
//!
//! 1. Writes the realms, stops, and says what the directory takes.
//! 2. Opens it again and reads every realm cold, in a seeded order, and one realm warm between any two of
//!    them, so that both figures are of the same moment.
//! 3. Opens it once more and asks the writer for every realm in the same way.
//!
//! Every root is compared with the one before. Prints what the node counts against what the allocator and
//! the system say; the heap has sled's cache in it, so compare two bounds.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use pluto_core::{Canonical, RealmId};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_nervous_system::{NervousSystem, Options, Resident, Ticket};
use pluto_storage::{LogOptions, Store};
use pluto_tests::{Shuffle, house, open_with};

type Outcome<T> = Result<T, Box<dyn Error>>;

const REALMS: u32 = 10_000;
const ENTRIES: u32 = 36;
const BOUND_MIB: u64 = 64;
/// Realms written before their acknowledgements are waited for.
const AHEAD: u32 = 100;
const MIB: u64 = 1024 * 1024;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str, default: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        let text = at.and_then(|at| arguments.get(at + 1));
        text.map_or(Ok(default), |text| text.parse())
    };
    let realms = u32::try_from(value("--realms", REALMS.into())?)?;
    let entries = u32::try_from(value("--entries", ENTRIES.into())?)?;
    let bound = value("--mib", BOUND_MIB)? * MIB;
    let mut random = Shuffle(value("--seed", 1)?);
    let dir = tempfile::tempdir()?;
    let mut out = std::io::stdout();

    let begun = Instant::now();
    let expected = write(dir.path(), realms, entries, bound)?;
    writeln!(out, "realms, entries each             {realms}, {entries}")?;
    writeln!(out, "written in                       {}", ms(begun.elapsed()))?;
    writeln!(out, "bound of memory                  {} MiB, half for each side", bound / MIB)?;
    let mut order: Vec<RealmId> = expected.keys().copied().collect();
    random.shuffle(&mut order);

    for (side, read) in [("readers", read_version as Read), ("writer", ask_writer as Read)] {
        let before = HEAP.current_usage() as u64;
        let begun = Instant::now();
        let node = open(dir.path(), bound)?;
        let opened = begun.elapsed();
        let empty = HEAP.current_usage() as u64;
        let times = visit(&node, &order, &expected, read)?;
        let stats = node.shard_stats();
        let counted = if side == "readers" { stats.readers } else { stats.writer };
        writeln!(out, "\n{side}")?;
        writeln!(out, "  open                           {}", ms(opened))?;
        writeln!(
            out,
            "  heap after opening             {} KiB",
            (empty - before.min(empty)) / 1024
        )?;
        times.print(&mut out)?;
        print(&mut out, &counted, (HEAP.current_usage() as u64).saturating_sub(empty))?;
        writeln!(out, "  resident set of the process    {}", resident_set())?;
        if counted.bytes > bound / 2 {
            return Err("more in memory than the bound".into());
        }
        node.stop()?;
    }
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

fn resident_set() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or_else(|| "not told here".to_owned(), |text| text.trim().to_owned())
}

fn print(out: &mut impl Write, side: &Resident, heap: u64) -> std::io::Result<()> {
    let Resident { realms, bytes, loads, hits, evictions, .. } = side;
    writeln!(out, "  loads, hits, evictions         {loads}, {hits}, {evictions}")?;
    writeln!(out, "  realms in memory               {realms}")?;
    writeln!(out, "  counted for them               {} KiB", bytes / 1024)?;
    writeln!(out, "  heap that came with reading    {} KiB", heap / 1024)
}

fn open(dir: &Path, resident_bytes: u64) -> pluto_error::Result<NervousSystem> {
    let store = Store::open(&dir.join("store"), LogOptions::default())?;
    let index = store.index.open()?;
    let options = Options { resident_bytes, ..Options::default() };
    open_with(Box::new(store.log), index, options)
}

fn write(dir: &Path, realms: u32, entries: u32, bound: u64) -> Outcome<BTreeMap<RealmId, Roots>> {
    let node = open(dir, bound)?;
    let mut expected = BTreeMap::new();
    for first in (0..realms).step_by(usize::try_from(AHEAD)?) {
        let mut tickets = Vec::new();
        for number in first..realms.min(first + AHEAD) {
            for run in house(number, entries, 1) {
                let ticket: Ticket<_> = node.submit(Source::Import, run.encode())?;
                tickets.push(ticket);
            }
        }
        for ticket in tickets {
            let realm = ticket.wait()?.realm;
            let snapshot = node.version(realm)?.ok_or("a realm that was written is not here")?;
            expected.insert(realm, snapshot.roots());
        }
    }
    node.stop()?;
    Ok(expected)
}

type Read = fn(&NervousSystem, RealmId) -> pluto_error::Result<Option<Roots>>;

fn read_version(node: &NervousSystem, realm: RealmId) -> pluto_error::Result<Option<Roots>> {
    Ok(node.version(realm)?.map(|version| version.roots()))
}

fn ask_writer(node: &NervousSystem, realm: RealmId) -> pluto_error::Result<Option<Roots>> {
    node.ask(realm, |view| Ok(Some(view.roots())))
}

struct Times {
    cold: Vec<Duration>,
    warm: Vec<Duration>,
}

fn visit(
    node: &NervousSystem,
    order: &[RealmId],
    expected: &BTreeMap<RealmId, Roots>,
    read: Read,
) -> Outcome<Times> {
    let mut times = Times { cold: Vec::new(), warm: Vec::new() };
    for realm in order {
        for list in [&mut times.cold, &mut times.warm] {
            let begun = Instant::now();
            let roots = read(node, *realm)?;
            list.push(begun.elapsed());
            if roots.as_ref() != expected.get(realm) {
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
            writeln!(out, "  {name}: p50, p99             {half} ns, {most} ns")
        };
        line("cold", &mut self.cold)?;
        line("warm", &mut self.warm)
    }
}
