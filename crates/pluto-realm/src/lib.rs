//! Rules of a realm: genesis, membership, records.
