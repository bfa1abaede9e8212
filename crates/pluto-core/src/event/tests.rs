//! Headers have one encoding, and batch hashing equals hashing one by one.

use proptest::prelude::*;

use super::*;
use crate::did::Namespace;

pub(crate) fn header() -> impl Strategy<Value = Header> {
    let ids = (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 32]>());
    let numbers = (0_u64..9, 1_u64..u64::MAX, any::<u64>(), any::<u16>(), any::<u8>());
    let parents = prop::collection::btree_set(any::<[u8; 32]>(), 1..=PARENTS_MAX);
    (ids, numbers, parents, 0_usize..10, 0..=PAYLOAD_BYTES_MAX as u32).prop_map(
        |((realm, author, key, hash), (seq, lamport, wall_ms, kind, version), parents, ns, len)| {
            Header {
                realm: RealmId(realm),
                author: Did { namespace: Namespace::ALL[ns], id: author },
                key_ref: if seq == 0 { EventId::ZERO } else { EventId(key) },
                author_seq: seq,
                prev: (seq > 0).then_some(EventId(hash)),
                parents: parents.into_iter().map(EventId).collect(),
                lamport,
                wall_ms,
                kind: KindNumber(kind),
                payload_version: version,
                payload_len: len,
                payload_hash: Digest(hash),
            }
        },
    )
}

proptest! {
    #[test]
    fn one_encoding(header in header(), at in 0_usize..700, flip in 1_u8..=255) {
        let bytes = header.encode();
        prop_assert!(bytes.len() <= HEADER_BYTES_MAX);
        prop_assert_eq!(&Header::decode(&bytes).unwrap(), &header);
        let mut other = bytes.clone();
        let at = at % other.len();
        other[at] ^= flip;
        if let Ok(changed) = Header::decode(&other) {
            prop_assert_eq!(changed.encode(), other);
            prop_assert_ne!(changed.id(), header.id());
        }
    }

    #[test]
    fn batches_hash_like_single_headers(headers in prop::collection::vec(header(), 0..40)) {
        let encoded: Vec<Vec<u8>> = headers.iter().map(Canonical::encode).collect();
        let slices: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
        let single: Vec<EventId> = headers.iter().map(Header::id).collect();
        prop_assert_eq!(event_ids(&slices), single);
    }

    #[test]
    fn any_bytes_decode_or_are_refused(bytes: Vec<u8>) {
        if let Ok(header) = Header::decode(&bytes) {
            prop_assert_eq!(header.encode(), bytes);
        }
    }
}

#[test]
fn only_a_genesis_has_no_parents() {
    let mut header = Header {
        realm: RealmId::ZERO,
        author: Did { namespace: Namespace::Person, id: [1; 32] },
        key_ref: EventId::ZERO,
        author_seq: 0,
        prev: None,
        parents: Parents::default(),
        lamport: 1,
        wall_ms: 0,
        kind: KindNumber(64),
        payload_version: 1,
        payload_len: 0,
        payload_hash: payload_hash(b""),
    };
    assert_eq!(header.encode().len(), HEADER_BYTES_MIN);
    assert!(Header::decode(&header.encode()).is_ok());
    assert_eq!(header.realm_of(header.id()).0, header.id().0);
    header.lamport = 2;
    assert!(Header::decode(&header.encode()).is_err());
    header.realm = RealmId([1; 32]);
    assert!(Header::decode(&header.encode()).is_err());
    header.parents = EventId([2; 32]).into();
    assert!(Header::decode(&header.encode()).is_ok());
    header.parents = vec![EventId([2; 32]), EventId([2; 32])].into();
    assert!(Header::decode(&header.encode()).is_err(), "parents repeat");
}
