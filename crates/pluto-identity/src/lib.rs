//! Keys, signatures, keystore and the identity engine.
