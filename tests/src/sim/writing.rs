//! What simulated authors write: joining, records, attestations, memberships, grants and revocations.

use std::collections::BTreeMap;

use pluto_core::payload::{Attestation, MembershipAction, MembershipChange, RecordPut, Role};
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Did, Event, EventId, Kind, Run};
use pluto_identity::grant::{GrantId, GrantRevoked, grant_id};
use pluto_nervous_system::event_sourcing::Tip;
use pluto_nervous_system::{Composer, Draft};
use pluto_p2p::memory::MemoryEvents;
use pluto_p2p::store::EventStore;
use pluto_p2p::{Random, Seeded};

use super::disk::Disk;
use crate::office::grant;
use crate::people::Person;

/// The last event an author knows to be their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) id: EventId,
    pub(super) seq: u64,
    pub(super) lamport: u64,
    pub(super) key: EventId,
}

impl Last {
    pub(super) fn of(run: &Run) -> Option<Self> {
        let event = run.events.last()?;
        let header = &event.header;
        let key = if header.author_seq == 0 { event.id } else { header.key_ref };
        Some(Self { id: event.id, seq: header.author_seq, lamport: header.lamport, key })
    }
}

/// The newest heads of a store as a draft for an author.
pub(super) fn draft(disk: &Disk, last: Option<Last>) -> Draft {
    let heads: &MemoryEvents = &disk.events;
    let mut heads: Vec<(u64, EventId)> =
        heads.heads(disk.realm).map(|id| (disk.lamport(id), *id)).collect();
    heads.sort_unstable_by(|a, b| b.cmp(a));
    heads.truncate(pluto_core::limits::PARENTS_MAX);
    let lamport = heads.first().map_or(0, |(lamport, _)| *lamport) + 1;
    let mut parents: Vec<EventId> = heads.into_iter().map(|(_, id)| id).collect();
    parents.sort_unstable();
    let tip = last.map(|last| Tip {
        id: last.id,
        author_seq: last.seq,
        lamport: last.lamport,
        key_ref: last.key,
    });
    Draft { tip, parents, lamport }
}

/// The next run of an author, after everything that is here.
pub(super) fn next_run(
    disk: &Disk,
    author: &Person,
    last: Option<Last>,
    wall_ms: u64,
    people: &[Did],
    grants: &mut BTreeMap<Did, Vec<GrantId>>,
    random: &mut Seeded,
) -> Run {
    let mut composer = Composer::resume(disk.realm, author.did(), draft(disk, last));
    if last.is_none() {
        return author.sign(vec![composer.inception(author.secret.inception(), wall_ms)]);
    }
    let count = 1 + random.next() % 4;
    let events = (0..count)
        .map(|_| {
            let (kind, payload) = something(disk, author.did(), people, grants, random);
            composer.compose(author.did(), kind, &payload, wall_ms)
        })
        .collect();
    author.sign(events)
}

fn something(
    disk: &Disk,
    author: Did,
    people: &[Did],
    grants: &mut BTreeMap<Did, Vec<GrantId>>,
    random: &mut Seeded,
) -> (Kind, Vec<u8>) {
    let below = |random: &mut Seeded, n: usize| (random.next() % n.max(1) as u64) as usize;
    let subject = people.get(below(random, people.len())).copied().unwrap_or(author);
    match random.next() % 10 {
        0 | 1 => {
            let value = i8::try_from(random.next() % 21).unwrap_or(0) - 10;
            let word = Attestation { subject, dimension: Dimension::Reliability, value };
            (Kind::Attestation, word.encode())
        }
        2 => {
            let action = match random.next() % 3 {
                0 => MembershipAction::Remove,
                1 => MembershipAction::Ban,
                _ => MembershipAction::Assign,
            };
            let change = MembershipChange { subject, action, role: Role::Member };
            (Kind::MembershipChange, change.encode())
        }
        3 => {
            let given = grant(None, subject);
            grants.entry(author).or_default().push(grant_id(disk.realm, author, &given));
            (Kind::DelegationCreated, given.encode())
        }
        4 => {
            let own = grants.entry(author).or_default();
            let taken = own.get(below(random, own.len())).copied();
            let grant =
                taken.unwrap_or_else(|| grant_id(disk.realm, author, &grant(None, subject)));
            (Kind::DelegationRevoked, GrantRevoked { grant }.encode())
        }
        _ => {
            // One in many is too large to be announced whole.
            let bytes = if random.next().is_multiple_of(24) { 20_000 } else { below(random, 120) };
            let put = RecordPut {
                collection: "sim".into(),
                key: vec![(random.next() % 9) as u8],
                value: vec![(random.next() % 251) as u8; bytes],
            };
            (Kind::RecordPut, put.encode())
        }
    }
}

/// Two runs of one author for one place, both signed.
pub(super) fn equivocation(
    disk: &Disk,
    author: &Person,
    last: Last,
    random: &mut Seeded,
) -> [Run; 2] {
    let tip = draft(disk, Some(last)).tip;
    let drafted = Draft { tip, parents: vec![last.id], lamport: last.lamport + 1 };
    [0_u8, 1].map(|side| {
        let mut composer = Composer::resume(disk.realm, author.did(), drafted.clone());
        let events: Vec<Event> = (0..=random.next() % 3)
            .map(|n| {
                let put =
                    RecordPut { collection: "fork".into(), key: vec![side], value: vec![n as u8] };
                composer.compose(author.did(), Kind::RecordPut, &put.encode(), 1)
            })
            .collect();
        author.sign(events)
    })
}

/// Whether a store has the event an author wrote last.
pub(super) fn has(disk: &Disk, last: Last) -> bool {
    disk.events.has(disk.realm, &last.id).unwrap_or(false)
}
