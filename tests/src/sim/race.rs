//! Two people who act on the same thing: a grant that is used and revoked, a member who is added and
//! removed. Each is played in four causal orders.
//!
//! Where one of the two knew of the other, the verdicts are known beforehand. Where neither knew, they
//! act on two sides of a cut, and the rest of the network hears of one of them first; then the canonical
//! order alone must decide, whatever anybody heard first.

use pluto_core::payload::{MembershipAction, MembershipChange, Role};
use pluto_core::{Canonical, EventId, Kind, Run, Verdict, VoidReason};
use pluto_identity::grant::{GrantRevoked, grant_id};
use pluto_nervous_system::event_sourcing::Tip;
use pluto_nervous_system::{Composer, Draft};
use pluto_p2p::store::EventStore;

use super::disk::Disk;
use super::world::NODES_MIN;
use super::writing::{Last, draft};
use crate::office::grant;
use crate::people::{Person, Writer, person};

/// What the two act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contest {
    /// A grant: its holder hands it on, its issuer revokes it.
    Grant,
    /// A membership: one administrator adds somebody, another one removes them.
    Membership,
}

impl Contest {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Grant, Self::Membership];

    /// The verdicts on doing and undoing.
    const fn verdicts(self, done_first: bool) -> [Verdict; 2] {
        let (effective, void) = (Verdict::Effective, Verdict::Void);
        match (self, done_first) {
            (_, true) => [effective, effective],
            (Self::Grant, false) => [void(VoidReason::Revoked), effective],
            (Self::Membership, false) => [effective, void(VoidReason::NotFound)],
        }
    }
}

/// Who of the two knew what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// It was done, and undone by who knew that.
    DoneFirst,
    /// It was undone, and done by who knew that.
    UndoneFirst,
    /// Neither knew of the other; the others heard first that it was done.
    DoneSpreads,
    /// Neither knew of the other; the others heard first that it was undone.
    UndoneSpreads,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::DoneFirst, Self::UndoneFirst, Self::DoneSpreads, Self::UndoneSpreads];

    /// Whose act the others hear of first: 0 does, 1 undoes.
    const fn leader(self) -> usize {
        match self {
            Self::DoneFirst | Self::DoneSpreads => 0,
            Self::UndoneFirst | Self::UndoneSpreads => 1,
        }
    }

    const fn is_causal(self) -> bool {
        matches!(self, Self::DoneFirst | Self::UndoneFirst)
    }
}

/// One of the two.
struct Side {
    /// The node they write at.
    at: usize,
    author: Person,
    last: Last,
    act: (Kind, Vec<u8>),
    /// What they wrote, with its Lamport time.
    written: Option<(u64, EventId)>,
}

/// A race of two.
pub(super) struct Race {
    pub(super) contest: Contest,
    pub(super) order: Order,
    /// Who does it, and who undoes it.
    sides: [Side; 2],
    /// Nobody acts before this event is there.
    ready: EventId,
    is_cut: bool,
    is_over: bool,
}

/// Numbers of people that no node writes as.
const DOES: u8 = 201;
const UNDOES: u8 = 202;
const SUBJECT: u8 = 203;

impl Race {
    /// The race of a seed at two nodes, and the runs that make it possible.
    pub(super) fn prepare(
        (contest, order): (Contest, Order),
        at: [usize; 2],
        writer: &mut Writer,
        owner: &Person,
    ) -> (Self, Vec<Run>) {
        let [does, undoes, subject] = [DOES, UNDOES, SUBJECT].map(person);
        let mut runs = vec![writer.join(&does), writer.join(&undoes), writer.join(&subject)];
        let mut one = |writer: &mut Writer, author: &Person, kind, payload: &[u8]| {
            let event = writer.event(author, kind, payload);
            runs.push(author.sign(vec![event]));
        };
        let change = |who: &Person, action, role| {
            MembershipChange { subject: who.did(), action, role }.encode()
        };
        let (assign, remove) = (MembershipAction::Assign, MembershipAction::Remove);
        for admin in [&does, &undoes] {
            one(writer, owner, Kind::MembershipChange, &change(admin, assign, Role::Admin));
        }
        let acts = match contest {
            Contest::Grant => {
                let given = grant(None, does.did());
                one(writer, &undoes, Kind::DelegationCreated, &given.encode());
                let id = grant_id(writer.realm(), undoes.did(), &given);
                let handed_on = grant(Some(id), subject.did()).encode();
                let revoked = GrantRevoked { grant: id }.encode();
                [(Kind::DelegationCreated, handed_on), (Kind::DelegationRevoked, revoked)]
            }
            Contest::Membership => {
                let removed = change(&subject, remove, Role::Member);
                one(writer, owner, Kind::MembershipChange, &removed);
                let added = change(&subject, assign, Role::Member);
                [(Kind::MembershipChange, added), (Kind::MembershipChange, removed)]
            }
        };
        let last_of = |who: &Person| {
            let own = |run: &&Run| run.author() == Some(who.did());
            runs.iter().rev().find(own).and_then(Last::of).expect("everybody has joined")
        };
        let lasts = [last_of(&does), last_of(&undoes)];
        let ready = runs.last().and_then(Last::of).expect("runs were made").id;
        let mut parts = [does, undoes].into_iter().zip(at).zip(lasts).zip(acts);
        let sides = [(); 2].map(|()| {
            let (((author, at), last), act) = parts.next().expect("two of each");
            Side { at, author, last, act, written: None }
        });
        (Self { contest, order, sides, ready, is_cut: false, is_over: false }, runs)
    }

    /// The nodes at which the two write.
    pub(super) fn at(&self) -> [usize; 2] {
        let [does, undoes] = &self.sides;
        [does.at, undoes.at]
    }

    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether frames between two nodes are lost: the one that nobody hears yet is alone.
    pub(super) fn cuts(&self, one: Option<usize>, other: Option<usize>) -> bool {
        let alone = self.sides.get(1 - self.order.leader()).map(|side| side.at);
        self.is_cut && (one == alone) != (other == alone)
    }

    /// What is to be written now, and at which node. `disk` shows what is on a node that is up.
    pub(super) fn step<'a>(
        &mut self,
        disk: impl Fn(usize) -> Option<&'a Disk>,
    ) -> Vec<(usize, Run)> {
        let nodes = self.at().map(&disk);
        let has = |disk: &Disk, id: &EventId| disk.events.has(disk.realm, id).unwrap_or(false);
        let is_ready = |disk: &Option<&Disk>| disk.is_some_and(|disk| has(disk, &self.ready));
        if !self.order.is_causal() && !self.is_cut {
            self.is_cut = nodes.iter().all(is_ready);
            if !self.is_cut {
                return Vec::new();
            }
        }
        let written = [0, 1].map(|at| self.sides.get(at).and_then(|side| side.written));
        let mut runs = Vec::new();
        for (number, (side, disk)) in self.sides.iter_mut().zip(nodes).enumerate() {
            let Some(disk) = disk.filter(|disk| has(disk, &self.ready)) else { continue };
            let first = written.get(1 - number).copied().flatten();
            let waits = self.order.is_causal()
                && number != self.order.leader()
                && !first.is_some_and(|(_, id)| has(disk, &id));
            if side.written.is_none() && !waits {
                runs.push((side.at, side.write(disk, first.filter(|_| self.order.is_causal()))));
            }
        }
        let all_written = self.sides.iter().all(|side| side.written.is_some());
        // The cut lasts until somebody else has heard of one of them alone.
        let leading = written.get(self.order.leader()).copied().flatten();
        let is_heard = leading.is_some_and(|(_, id)| {
            let mut others = (0..NODES_MIN).filter(|at| !self.at().contains(at));
            others.any(|at| disk(at).is_some_and(|disk| has(disk, &id)))
        });
        if all_written && (self.order.is_causal() || is_heard) {
            (self.is_cut, self.is_over) = (false, true);
        }
        runs
    }

    /// What the two wrote: place in the canonical order, and the verdict that is due.
    ///
    /// # Errors
    /// The order, when one knew of the other and stands before it all the same.
    pub(super) fn expected(&self) -> Result<Vec<((u64, EventId), Verdict)>, Order> {
        let written: Vec<_> = self.sides.iter().filter_map(|side| side.written).collect();
        let done_first = written.first() < written.last();
        if self.order.is_causal() && done_first != (self.order.leader() == 0) {
            return Err(self.order);
        }
        Ok(written.into_iter().zip(self.contest.verdicts(done_first)).collect())
    }
}

impl Side {
    /// Acts after what is here, and surely after `seen`.
    fn write(&mut self, disk: &Disk, seen: Option<(u64, EventId)>) -> Run {
        let Last { id, seq, lamport, key } = self.last;
        let mut parents = draft(disk, None).parents;
        parents.truncate(pluto_core::limits::PARENTS_MAX - 2);
        parents.extend(seen.iter().map(|(_, id)| *id));
        parents.push(id);
        parents.sort_unstable();
        parents.dedup();
        let latest = parents.iter().map(|id| disk.lamport(id)).max().unwrap_or(lamport);
        let tip = Some(Tip { id, author_seq: seq, lamport, key_ref: key });
        let draft = Draft { tip, parents, lamport: latest + 1 };
        let mut composer = Composer::resume(disk.realm, self.author.did(), draft);
        let (kind, payload) = &self.act;
        let event = composer.compose(self.author.did(), *kind, payload, 1);
        self.written = Some((event.header.lamport, event.id));
        self.author.sign(vec![event])
    }
}
