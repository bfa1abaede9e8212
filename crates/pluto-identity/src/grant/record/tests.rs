//! Records have one encoding, read in place or not.

use proptest::prelude::*;

use super::super::payload::tests::any_grant;
use super::super::test_world::did;
use super::*;

proptest! {
    #[test]
    fn records_round_trip(
        grant in any_grant(),
        issuer: u8,
        event: [u8; 32],
        depth: u8,
        revoked: Option<[u8; 32]>,
        usage: (u64, u32, u64),
    ) {
        let (issuer, event, revoked) = (did(issuer), EventId(event), revoked.map(EventId));
        let record = GrantRecord { issuer, event, depth, revoked, grant };
        let bytes = record.encode();
        prop_assert_eq!(&GrantRecord::decode(&bytes).unwrap(), &record);
        prop_assert_eq!(&GrantRecordRef::decode(&bytes).unwrap().to_record(), &record);
        prop_assert!(GrantRecord::decode(&bytes[1..]).is_err());
        let usage = UsageRecord { window: usage.0, count: usage.1, spent: usage.2 };
        prop_assert_eq!(UsageRecord::decode(&usage.encode()), Ok(usage));
    }
}
