//! Proofs of forks that nobody has reported yet: met by this node, kept as files until a proof of the
//! same place is in the realm.
//!
//! ```text
//! <data>/forks/<realm>-<author>-<place>    an equivocation, docs/formats/sync.md
//! ```
//!
//! Files outlive a restart, and each is what `pluto verify` and `pluto fork report` take. What is
//! reported is an event, so it is written once and only where it would have effect:
//!
//! - a place that is proven, a key that was rotated away, an author who is frozen already: forgotten,
//!   or a forker could have others write as much as it does itself;
//! - an author whom the realm does not know yet: kept.

use std::fs;
use std::path::{Path, PathBuf};

use pluto_core::{Canonical, EventId, Kind, RealmId, VoidReason};
use pluto_decision::forks::{EQUIVOCATION_BYTES_MAX, Equivocation, frozen, judge};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::active_member;

use super::Node;
use crate::error::NodeError;
use crate::node::Author;
use crate::replace::replace;

/// Proofs that are kept; more are not, until some are reported.
const PROOFS_MAX: usize = 256;

/// The proofs that a node keeps.
#[derive(Clone, Debug)]
pub struct UnreportedForks {
    folder: PathBuf,
}

/// A fork that was reported.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The realm.
    pub realm: RealmId,
    /// The event that carries the proof.
    pub event: EventId,
    /// What it proves.
    pub proof: Equivocation,
}

/// What is to become of a proof in a realm as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Report,
    Keep,
    Forget,
}

impl UnreportedForks {
    /// Those of the node in `data`.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("forks") }
    }

    /// Keeps a proof; one of a place that is kept already, or above the bound, changes nothing.
    pub(super) fn keep(&self, realm: RealmId, proof: &Equivocation) -> Result<()> {
        let path = self.path(realm, proof);
        fs::create_dir_all(&self.folder)
            .map_err(|error| NodeError::file("create", &self.folder, error))?;
        if path.exists() || self.paths()?.len() >= PROOFS_MAX {
            return Ok(());
        }
        replace(&path, &proof.encode())
    }

    /// All of them, by realm, author and place; files that are none are passed over.
    ///
    /// # Errors
    /// `NOD-0004` when the folder cannot be read.
    pub fn all(&self) -> Result<Vec<(RealmId, Equivocation)>> {
        let files = self.files()?.into_iter();
        Ok(files.map(|file| (file.realm, file.proof)).collect())
    }

    /// The same of one realm, without what would be forgotten there.
    ///
    /// # Errors
    /// As [`UnreportedForks::all`].
    pub fn open_in(&self, snapshot: &Snapshot, realm: RealmId) -> Result<Vec<Equivocation>> {
        let all = self.all()?.into_iter().filter(|(of, _)| *of == realm);
        let open = |(_, proof): &(_, Equivocation)| fate(snapshot, proof, u64::MAX) != Fate::Forget;
        Ok(all.filter(open).map(|(_, proof)| proof).collect())
    }

    fn path(&self, realm: RealmId, proof: &Equivocation) -> PathBuf {
        let author = proof.author().to_string().replace(':', "_");
        self.folder.join(format!("{realm}-{author}-{}", proof.seq()))
    }

    fn paths(&self) -> Result<Vec<PathBuf>> {
        let failed = |error| NodeError::file("read", &self.folder, error);
        let found = match fs::read_dir(&self.folder) {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error).into()),
        };
        let mut paths = Vec::new();
        for entry in found {
            paths.push(entry.map_err(failed)?.path());
        }
        paths.sort_unstable();
        Ok(paths)
    }

    fn files(&self) -> Result<Vec<ProofFile>> {
        Ok(self.paths()?.into_iter().filter_map(ProofFile::read).collect())
    }
}

/// A proof and its file.
struct ProofFile {
    path: PathBuf,
    realm: RealmId,
    proof: Equivocation,
}

impl ProofFile {
    fn read(path: PathBuf) -> Option<Self> {
        if fs::metadata(&path).ok()?.len() > EQUIVOCATION_BYTES_MAX as u64 {
            return None;
        }
        let proof = Equivocation::decode(&fs::read(&path).ok()?).ok()?;
        let header = &proof.first.header;
        Some(Self { path, realm: header.realm_of(header.id()), proof })
    }

    fn forget(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(NodeError::file("remove", &self.path, error).into())
            }
            _ => Ok(()),
        }
    }
}

fn fate(snapshot: &Snapshot, proof: &Equivocation, lamport: u64) -> Fate {
    match judge(snapshot, proof, lamport) {
        Ok(_) if frozen(snapshot, proof.author()).is_none() => Fate::Report,
        // The engine of the realm may know both events only later.
        Err(VoidReason::UnknownSubject | VoidReason::NotMonotone) => Fate::Keep,
        Ok(_) | Err(_) => Fate::Forget,
    }
}

impl Node {
    /// Reports the forks that are kept, in the name of `author`, in the realms where that is a member:
    /// in `only`, or in all.
    ///
    /// # Errors
    /// What the files and the node say; what was reported before stays so.
    pub fn report_forks(
        &self,
        forks: &UnreportedForks,
        author: &Author<'_>,
        only: Option<RealmId>,
    ) -> Result<Vec<Reported>> {
        let mut reported = Vec::new();
        let files = forks.files()?.into_iter();
        for file in files.filter(|file| only.is_none_or(|only| only == file.realm)) {
            let Some(snapshot) = self.system().snapshot(file.realm) else { continue };
            let lamport = self.system().draft(file.realm, author.did())?.lamport;
            let is_member = active_member(&*snapshot, author.did()).is_some();
            match fate(&snapshot, &file.proof, lamport) {
                Fate::Report if is_member => {
                    reported.extend(self.report_fork(&file, author)?);
                }
                Fate::Report | Fate::Keep => {}
                Fate::Forget => file.forget()?,
            }
        }
        Ok(reported)
    }

    /// None when another node was faster: the event is void then, and as good.
    fn report_fork(&self, file: &ProofFile, author: &Author<'_>) -> Result<Option<Reported>> {
        let (realm, proof) = (file.realm, file.proof.clone());
        let written = author.record(self, realm, Kind::EquivocationProven, &proof.encode())?;
        file.forget()?;
        let event = written.event.id;
        Ok(written.event.verdict.is_effective().then_some(Reported { realm, event, proof }))
    }
}
