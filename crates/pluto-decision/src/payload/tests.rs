//! Every payload has one encoding, and answers do not contradict themselves.

use pluto_core::codec::Canonical;
use pluto_core::policy::{Fault, Gas};
use proptest::prelude::*;

use super::*;
use crate::answer::Said;
use crate::refusal::Refusal;
use crate::request::tests::any_request;

pub(crate) fn any_answer() -> impl Strategy<Value = Answer> {
    let outcome = prop_oneof![
        Just((Said::Allow, None, None)),
        Just((Said::Escalate, None, None)),
        Just((Said::Deny, None, None)),
        any::<u8>().prop_map(|number| (Said::Deny, None, Refusal::from_number(number))),
        (0..=u8::MAX).prop_filter_map("a fault", |number| {
            Fault::from_number(number).map(|fault| (Said::Indeterminate, Some(fault), None))
        }),
    ];
    (outcome, any::<u16>(), any::<[u32; 4]>(), any::<Option<[u8; 32]>>()).prop_map(
        |((said, fault, refusal), rule, [network, compute, storage, realm], artifact)| {
            let gas = Gas { network, compute, storage, realm };
            let artifact = artifact.map(Digest).filter(|id| *id != Digest::ZERO);
            Answer { said, fault, refusal, rule, gas, artifact }
        },
    )
}

pub(crate) fn any_end() -> impl Strategy<Value = Ended> {
    prop_oneof![
        any::<i32>().prop_map(Ended::Exited),
        any::<i32>().prop_map(Ended::Signalled),
        Just(Ended::TimedOut),
        Just(Ended::Failed),
    ]
}

/// What decodes encodes to the same bytes, whichever byte is another; nothing shorter decodes.
pub(crate) fn one_encoding<T: Canonical + std::fmt::Debug + PartialEq>(value: &T) {
    let bytes = value.encode();
    assert_eq!(T::decode(&bytes).as_ref(), Ok(value));
    for at in 0..bytes.len() {
        for flip in [1, 2, 0x80] {
            let mut other = bytes.clone();
            other[at] ^= flip;
            if let Ok(found) = T::decode(&other) {
                assert_eq!(found.encode(), other);
                assert_ne!(found, *value);
            }
        }
        assert!(T::decode(&bytes[..at]).is_err());
    }
    assert!(T::decode(&[&bytes[..], &[0]].concat()).is_err());
}

fn any_decided() -> impl Strategy<Value = ActionDecided> {
    let ids = any::<(Option<[u8; 32]>, Option<[u8; 32]>)>();
    let claim = (any::<u64>(), any::<[u8; 32]>(), any_answer());
    (any_request(), ids, any::<u64>(), claim).prop_map(
        |(request, (grant, approval), at_ms, (position, root, answer))| ActionDecided {
            request,
            grant: grant.map(GrantId),
            approval: approval.map(EventId),
            at_ms,
            claim: Claim { position, state_root: Digest(root), answer },
        },
    )
}

proptest! {
    #[test]
    fn payloads_have_one_encoding(
        decided in any_decided(), ended in any_end(), id: [u8; 32], result: [u8; 32],
        result_bytes: u64, approve: bool,
    ) {
        let decision = EventId(id);
        one_encoding(&decided);
        one_encoding(&ExecutionCompleted { decision, ended, result: Digest(result), result_bytes });
        one_encoding(&ApprovalGiven { decision, approve });
    }
}

#[test]
fn an_answer_that_contradicts_itself_is_refused() {
    let answer = Answer::refused(Refusal::NoGrant);
    let with = |said: u8, fault: u8, refusal: u8| {
        let mut bytes = answer.encode();
        bytes[..3].copy_from_slice(&[said, fault, refusal]);
        Answer::decode(&bytes)
    };
    assert_eq!(with(0, 0, 2), Ok(answer));
    for (said, fault, refusal) in [(4, 0, 0), (1, 0, 2), (2, 0, 2), (3, 0, 0), (0, 1, 0), (3, 1, 2)]
    {
        assert!(with(said, fault, refusal).is_err(), "{said} {fault} {refusal}");
    }
    assert!(with(3, 1, 0).is_ok());
}

#[test]
fn refusals_have_one_number_each() {
    let known: Vec<Refusal> = (0..=u8::MAX).filter_map(Refusal::from_number).collect();
    assert_eq!(known.len(), 7 + 10);
    for refusal in known {
        assert_eq!(Refusal::from_number(refusal.number()), Some(refusal));
        assert!(!refusal.as_str().is_empty());
    }
    assert_eq!(Refusal::from_number(0), None);
}
