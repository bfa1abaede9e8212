//! The blob machine hears anything, from anybody, in any order.

use std::collections::BTreeSet;

use pluto_core::{BlobId, Reader};
use pluto_p2p::PeerId;
use pluto_p2p::blob::{
    BlobMachine, Checked, Heard, Input, Output, PARTS_IN_FLIGHT_MAX, Plan, WANTED_MAX,
};

/// Steps of `what u8 · peer u8 · blob u8 · part u8 · millis u16`, one after the other. Never more
/// parts are under way than the stated bound, whatever comes.
pub(super) fn machine(bytes: &[u8]) {
    let mut machine = BlobMachine::default();
    let mut asked: BTreeSet<(PeerId, BlobId, u16)> = BTreeSet::new();
    let mut checking: BTreeSet<(BlobId, u16)> = BTreeSet::new();
    let mut input = Reader::new(bytes);
    let mut now = 0;
    while let (Ok(what), Ok(peer), Ok(blob), Ok(part), Ok(millis)) =
        (input.u8(), input.u8(), input.u8(), input.u8(), input.u16())
    {
        now += u64::from(millis);
        let (peer, id, part) = (PeerId([peer % 8; 32]), BlobId([blob % 20; 32]), u16::from(part));
        let step = input_of(what, peer, id, part);
        // The node itself says what it checked: it does so once, and for what it was given.
        if let Input::Checked(id, part, _) = &step
            && !checking.remove(&(*id, *part))
        {
            continue;
        }
        match &step {
            Input::PeerDown(peer) => asked.retain(|(of, ..)| of != peer),
            Input::Forget(id) => forget(&mut asked, &mut checking, id),
            Input::Answered(peer, id, part, _) => drop(asked.remove(&(*peer, *id, *part))),
            _ => {}
        }
        for output in machine.step(step, now) {
            match output {
                Output::Ask(peer, id, part) => {
                    assert!(asked.insert((peer, id, part)), "asked twice at once");
                }
                Output::Check(id, part, ..) => {
                    assert!(checking.insert((id, part)), "checked twice at once")
                }
                Output::Ended(id, _) => forget(&mut asked, &mut checking, &id),
                Output::Finish(..) | Output::Did(..) => {}
            }
        }
        assert!(asked.len() + checking.len() <= PARTS_IN_FLIGHT_MAX, "too much is under way");
        assert!(machine.wanted().count() <= WANTED_MAX);
    }
}

fn input_of(what: u8, peer: PeerId, id: BlobId, part: u16) -> Input {
    let heard = |heard| Input::Answered(peer, id, part % 40, heard);
    let checked = |checked| Input::Checked(id, part % 40, checked);
    match what % 16 {
        0 | 1 => Input::PeerUp(peer),
        2 => Input::PeerDown(peer),
        3 | 4 => Input::Want(id, 40),
        5 => Input::Forget(id),
        6 | 7 => heard(Heard::Part([what].as_slice().into())),
        8 => heard(Heard::Absent),
        9 => heard(Heard::Busy),
        10 => heard(Heard::Silent),
        11 => heard(Heard::Garbage),
        12 => {
            let missing = (1..=part % 40).collect();
            Input::Checked(id, 0, Checked::Plan(Plan { bytes: u64::from(part), missing }))
        }
        13 => checked(Checked::Kept),
        14 if part % 3 == 0 => checked(Checked::Failed),
        14 if part % 3 == 1 => checked(Checked::Whole),
        14 => checked(Checked::Wrong),
        _ => Input::Tick,
    }
}

fn forget(
    asked: &mut BTreeSet<(PeerId, BlobId, u16)>,
    checking: &mut BTreeSet<(BlobId, u16)>,
    id: &BlobId,
) {
    asked.retain(|(_, of, _)| of != id);
    checking.retain(|(of, _)| of != id);
}

/// Two peers, a blob of six chunks: one part is wrong, one peer goes, the blob comes.
pub(super) fn seed() -> Vec<u8> {
    const STEPS: [[u8; 4]; 14] = [
        [0, 1, 0, 0],
        [0, 2, 0, 0],
        [3, 0, 7, 0],
        [6, 1, 7, 0],
        [12, 0, 7, 6],
        [6, 2, 7, 1],
        [14, 0, 7, 1],
        [6, 1, 7, 2],
        [13, 0, 7, 2],
        [9, 1, 7, 3],
        [2, 1, 0, 0],
        [10, 2, 7, 3],
        [15, 0, 0, 0],
        [5, 0, 7, 0],
    ];
    STEPS.iter().flat_map(|step| [step.as_slice(), &[1, 44]].concat()).collect()
}
