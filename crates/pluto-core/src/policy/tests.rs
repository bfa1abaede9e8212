//! Gas adds up without wrapping, and faults keep their numbers.

use super::*;
use crate::codec::Canonical;

#[test]
fn gas_saturates_and_compares_by_layer() {
    let gas = Gas { network: 10, compute: 3, storage: 0, realm: 1 };
    assert_eq!(gas.plus(Gas::MAX), Gas::MAX);
    assert_eq!(gas.times(2), Gas { network: 20, compute: 6, storage: 0, realm: 2 });
    assert!(gas.fits(gas) && !gas.fits(Gas { realm: 0, ..gas }));
    assert_eq!(gas.total(), 14);
    assert_eq!(Gas::decode(&gas.encode()).unwrap(), gas);
}

#[test]
fn fault_numbers_round_trip() {
    for fault in Fault::ALL {
        assert_eq!(Fault::from_number(fault as u8), Some(fault));
    }
    assert_eq!(Fault::from_number(0), None);
}
