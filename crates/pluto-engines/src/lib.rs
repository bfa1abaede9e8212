//! Trust and finality as pure engines.
