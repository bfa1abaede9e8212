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

#[test]
fn narrow_and_wide_sums_have_one_root() {
    // The formula in 128 bits, for vectors that the 64-bit path takes.
    let wide = |vector: &TrustVector, weights: &TrustWeights| {
        let parts = vector.0.iter().zip(weights.0);
        let sum: u128 = parts.map(|(v, w)| u128::from(*v) * u128::from(*v) * u128::from(w)).sum();
        u32::try_from((sum / u128::from(PPM)).isqrt()).unwrap()
    };
    let mut state = 1_u32;
    for _ in 0..2_000 {
        let vector = TrustVector([(); 6].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state % (PPM + 1)
        }));
        assert_eq!(
            vector.norm(&TrustWeights::GOVERNANCE),
            wide(&vector, &TrustWeights::GOVERNANCE)
        );
    }
}
