//! Public keys that must not start an identity.
//!
//! ZIP 215 verifies under any encoding of any point, which is right for agreement and wrong for a
//! key somebody owns: under a small-order key one signature is valid for every message, and a second
//! encoding would be a second identity of the same key.

use std::sync::LazyLock;

use pluto_core::hex;
use pluto_core::traits::PublicKey;

/// Every encoding with y < p of a point of order 1, 2, 4 or 8. The first eight are canonical, the last
/// two write x = 0 with the sign bit set. From Chalkias, Garillot, Nikolaenko, "Taming the many
/// EdDSAs" (2020), tables 1 and 2; the same list as in libsodium's `ge25519_has_small_order`.
const SMALL_ORDER: [&str; 10] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

static SMALL_ORDER_KEYS: LazyLock<Vec<PublicKey>> =
    LazyLock::new(|| SMALL_ORDER.iter().filter_map(|text| hex::parse(text)).collect());

/// Whether the point is of order 1, 2, 4 or 8; `key` is canonical in y.
pub(super) fn is_small_order(key: &PublicKey) -> bool {
    SMALL_ORDER_KEYS.contains(key)
}

/// Whether y, the low 255 bits in little-endian order, is below p = 2²⁵⁵ − 19.
pub(super) fn is_canonical(key: &PublicKey) -> bool {
    let [low, middle @ .., high] = key;
    *low < 0xed || high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

#[cfg(test)]
pub(super) fn small_order_keys() -> &'static [PublicKey] {
    &SMALL_ORDER_KEYS
}
