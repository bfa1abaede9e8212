//! Every record has one encoding, under keys that differ.

use pluto_core::Namespace;
use proptest::prelude::*;

use super::*;
use crate::payload::tests::{any_answer, any_end, one_encoding};

proptest! {
    #[test]
    fn records_have_one_encoding(
        answer in any_answer(), ended in any_end(), id: [u8; 32], who: Option<[u8; 32]>,
        grant: Option<[u8; 32]>, wait: Option<(u64, bool)>, flag: bool,
    ) {
        let event = EventId(id);
        let did = |id| Did { namespace: Namespace::Spirit, id };
        let escalation = wait.map(|(until_ms, allow)| {
            let fallback = if allow { Fallback::Allow } else { Fallback::Deny };
            Escalation { until_ms, fallback }
        });
        one_encoding(&DecisionRecord {
            actor: did(id),
            request: Digest(id),
            grant: grant.map(GrantId),
            grantor: who.map(did),
            answer,
            approval: flag.then_some(event),
            escalation,
            settled: grant.map(EventId),
        });
        one_encoding(&ApprovalRecord { by: did(id), event, approve: flag });
        one_encoding(&CompletionRecord { event, ended, result: Digest(id), result_bytes: 5 });
    }
}

#[test]
fn keys_of_one_decision_differ() {
    let id = EventId([7; 32]);
    let keys = [decision_key(&id), approval_key(&id), completion_key(&id)];
    assert_eq!(keys.clone().map(|key| key[0]), *b"dac");
    assert!(keys.iter().all(|key| key[1..] == id.0));
}
