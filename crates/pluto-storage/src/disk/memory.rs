//! A directory in memory that loses what was not synced, and fails where it is told to.
//!
//! Model of a power cut: a file holds what its last `sync_data` made durable, plus any subset of the
//! writes since then, each kept, dropped, or torn between sectors; names are as of the last
//! `sync_dir`, plus any prefix of the changes since then. A write that fails leaves some of its
//! first sectors; after a failed `sync_data` the data it should have written counts as lost although
//! reads still show it, as on Linux.

mod content;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, Lock, Open};
use content::{Change, Content, Dice, first_sectors, put};

pub use content::Survival;

/// What goes wrong, counted over all operations that change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Never,
    /// The power is cut after operation `after`: every later one fails.
    PowerCut {
        /// Operations that still happen.
        after: u64,
    },
    /// Operation `at` fails with `kind`, and when `again` is set every later one.
    Fails {
        /// Index of the operation, from 0.
        at: u64,
        /// The error.
        kind: io::ErrorKind,
        /// Whether it goes on failing.
        again: bool,
    },
}

/// A directory in memory. Clones are the same directory.
#[derive(Clone, Debug)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    files: BTreeMap<String, FileId>,
    names_pending: Vec<NameChange>,
    names_durable: BTreeMap<String, FileId>,
    contents: Vec<Content>,
    locks: Vec<String>,
    fault: Fault,
    operations: u64,
    syncs: u64,
    written: u64,
}

type FileId = usize;

#[derive(Clone, Debug)]
enum NameChange {
    Put(String, FileId),
    Remove(String),
    Rename(String, String),
}

impl Default for MemoryDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryDisk {
    /// An empty directory without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::with(BTreeMap::new(), Vec::new())
    }

    fn with(files: BTreeMap<String, FileId>, contents: Vec<Content>) -> Self {
        let state = State {
            names_durable: files.clone(),
            files,
            names_pending: Vec::new(),
            contents,
            locks: Vec::new(),
            fault: Fault::Never,
            operations: 0,
            syncs: 0,
            written: 0,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Sets what goes wrong from now on; operations are counted from 0 again.
    pub fn set_fault(&self, fault: Fault) {
        let mut state = self.state();
        state.fault = fault;
        state.operations = 0;
    }

    /// How many changing operations there were since [`MemoryDisk::set_fault`].
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// How many times file data was synced.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// How many bytes were written.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.state().written
    }

    /// Flips bits of one stored byte, as decay does; false when there is no such byte.
    #[must_use]
    pub fn flip(&self, name: &str, offset: usize, mask: u8) -> bool {
        let mut state = self.state();
        let Some(id) = state.files.get(name).copied() else { return false };
        let Some(content) = state.contents.get_mut(id) else { return false };
        if let Some(byte) = content.durable.get_mut(offset) {
            *byte ^= mask;
        }
        content.live.get_mut(offset).map(|byte| *byte ^= mask).is_some()
    }

    /// The directory as found after a power cut now. This one stays as it is.
    #[must_use]
    pub fn after_power_cut(&self, survival: Survival) -> Self {
        let state = self.state();
        let mut dice = Dice::new(survival);
        let keep = dice.prefix(state.names_pending.len());
        let mut files = state.names_durable.clone();
        for change in state.names_pending.iter().take(keep) {
            change.apply(&mut files);
        }
        let mut contents = Vec::with_capacity(state.contents.len());
        for content in &state.contents {
            let left = content.left_over(&mut dice);
            contents.push(Content { live: left.clone(), durable: left, pending: Vec::new() });
        }
        Self::with(files, contents)
    }

    /// The directory as found after the process was killed now: everything written is there, nothing
    /// more of it is durable, the locks are free. This one stays as it is.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        let state = self.state();
        let copy = State {
            files: state.files.clone(),
            names_pending: state.names_pending.clone(),
            names_durable: state.names_durable.clone(),
            contents: state.contents.clone(),
            locks: Vec::new(),
            fault: Fault::Never,
            operations: 0,
            syncs: 0,
            written: 0,
        };
        Self { state: Arc::new(Mutex::new(copy)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn step(&mut self) -> io::Result<()> {
        let at = self.operations;
        self.operations += 1;
        match self.fault {
            Fault::PowerCut { after } if at >= after => Err(io::Error::other("the power is cut")),
            Fault::Fails { at: bad, kind, again } if at == bad || (again && at > bad) => {
                Err(io::Error::new(kind, "a fault was asked for"))
            }
            _ => Ok(()),
        }
    }

    const fn is_cut(&self) -> bool {
        matches!(self.fault, Fault::PowerCut { after } if self.operations > after)
    }

    fn change_name(&mut self, change: NameChange) {
        change.apply(&mut self.files);
        self.names_pending.push(change);
    }

    fn content(&mut self, id: FileId) -> io::Result<&mut Content> {
        self.contents.get_mut(id).ok_or_else(not_found)
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl NameChange {
    fn apply(&self, files: &mut BTreeMap<String, FileId>) {
        match self {
            Self::Put(name, id) => {
                files.insert(name.clone(), *id);
            }
            Self::Remove(name) => {
                files.remove(name);
            }
            Self::Rename(from, to) => {
                if let Some(id) = files.remove(from) {
                    files.insert(to.clone(), id);
                }
            }
        }
    }
}

impl Disk for MemoryDisk {
    fn open(&self, name: &str, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        let found = state.files.get(name).copied();
        let id = match (found, how) {
            (Some(id), Open::Read | Open::Write) => id,
            (None, Open::Read | Open::Write) => return Err(not_found()),
            (Some(id), Open::Create) => {
                state.step()?;
                let content = state.content(id)?;
                content.live.clear();
                content.pending.push(Change::Length(0));
                id
            }
            (None, Open::Create) => {
                state.step()?;
                state.contents.push(Content::default());
                let id = state.contents.len() - 1;
                state.change_name(NameChange::Put(name.to_owned(), id));
                id
            }
        };
        Ok(Arc::new(MemoryFile { disk: self.clone(), id }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().files.keys().cloned().collect())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if !state.files.contains_key(from) {
            return Err(not_found());
        }
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if !state.files.contains_key(name) {
            return Err(not_found());
        }
        state.change_name(NameChange::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.names_pending.clear();
        state.names_durable = state.files.clone();
        Ok(())
    }

    fn lock(&self, name: &str) -> io::Result<Lock> {
        let mut state = self.state();
        if state.locks.iter().any(|held| held == name) {
            return Ok(Lock::Taken { pid: Some(std::process::id()) });
        }
        state.locks.push(name.to_owned());
        Ok(Lock::Held(Box::new(MemoryLock { disk: self.clone(), name: name.to_owned() })))
    }

    fn label(&self) -> String {
        "memory".to_owned()
    }
}

struct MemoryLock {
    disk: MemoryDisk,
    name: String,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.disk.state().locks.retain(|held| *held != self.name);
    }
}

#[derive(Debug)]
struct MemoryFile {
    disk: MemoryDisk,
    id: FileId,
}

fn index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}

impl DiskFile for MemoryFile {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        let live = &state.content(self.id)?.live;
        let from = live.get(index(offset)?..).unwrap_or_default();
        let count = from.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), from.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let offset = index(offset)?;
        let outcome = state.step();
        let done = match outcome {
            Ok(()) => bytes,
            Err(_) if state.is_cut() => &[],
            Err(_) => first_sectors(offset, bytes),
        };
        state.written += done.len() as u64;
        let content = state.content(self.id)?;
        put(&mut content.live, offset, done);
        content.pending.push(Change::Write { offset, bytes: done.to_vec() });
        outcome
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let outcome = state.step();
        if state.is_cut() {
            return outcome;
        }
        state.syncs += 1;
        let content = state.content(self.id)?;
        let pending = std::mem::take(&mut content.pending);
        outcome?;
        for change in pending {
            match change {
                Change::Length(length) => content.durable.resize(length, 0),
                Change::Write { offset, bytes } => put(&mut content.durable, offset, &bytes),
            }
        }
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.step()?;
        let length = index(bytes)?;
        let content = state.content(self.id)?;
        content.live.resize(length, 0);
        content.pending.push(Change::Length(length));
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().content(self.id)?.live.len() as u64)
    }
}
