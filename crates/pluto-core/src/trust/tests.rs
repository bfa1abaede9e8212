//! The norm keeps its range and the encoding its bounds.

use super::{Dimension, NEWCOMER_PPM, PPM, TrustVector, TrustWeights};
use crate::codec::Canonical;

#[test]
fn a_uniform_vector_has_its_value_as_norm() {
    for weights in [TrustWeights::DEFAULT, TrustWeights::FINANCE, TrustWeights::CREATIVE] {
        assert_eq!(TrustVector::NEWCOMER.norm(&weights), NEWCOMER_PPM);
        assert_eq!(TrustVector([PPM; 6]).norm(&weights), PPM);
        assert_eq!(TrustVector([0; 6]).norm(&weights), 0);
    }
}

#[test]
fn values_are_cut_to_one_whole() {
    let mut vector = TrustVector::NEWCOMER;
    vector.set(Dimension::Omega, PPM + 1);
    assert_eq!(vector.get(Dimension::Omega), PPM);
    assert_eq!(TrustVector::decode(&vector.encode()).unwrap(), vector);
    assert!(TrustVector::decode(&[0xff; 24]).is_err());
}
