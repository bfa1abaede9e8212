//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// The operating system gave no random bytes.
pub const NO_RANDOMNESS: Code =
    Code::new("IDN-0001", Kind::Environment, "the system gives no random bytes");
/// A run of no events, or of too many.
pub const RUN_LENGTH: Code = Code::new("IDN-0002", Kind::Reject, "a run has 1 to 256 events");
/// Text that is no `did:key`.
pub const BAD_DID_KEY: Code = Code::new("IDN-0003", Kind::Reject, "the text is not a did:key");
/// A `did:key` of another key type than Ed25519.
pub const KEY_TYPE: Code =
    Code::new("IDN-0004", Kind::Reject, "the key type of the did:key is not supported");
/// A public key that is not canonical, not on the curve, or of small order.
pub const KEY_REFUSED: Code =
    Code::new("IDN-0005", Kind::Reject, "the public key is not acceptable");
/// No keystore at that path.
pub const KEYSTORE_MISSING: Code = Code::new("IDN-0006", Kind::Missing, "there is no keystore");
/// A keystore is there already.
pub const KEYSTORE_EXISTS: Code =
    Code::new("IDN-0007", Kind::Reject, "a keystore is there already");
/// Others than its owner can read the keystore.
pub const KEYSTORE_MODE: Code =
    Code::new("IDN-0008", Kind::Environment, "others than its owner can read the keystore");
/// The keystore is damaged, or no keystore at all.
pub const KEYSTORE_DAMAGED: Code = Code::new("IDN-0009", Kind::Corrupt, "the keystore is damaged");
/// The keystore was written by another version.
pub const KEYSTORE_VERSION: Code =
    Code::new("IDN-0010", Kind::Environment, "the version of the keystore is not known");
/// The passphrase does not open the keystore.
pub const WRONG_PASSPHRASE: Code =
    Code::new("IDN-0011", Kind::Denied, "the passphrase does not open the keystore");
/// An empty or overlong passphrase.
pub const BAD_PASSPHRASE: Code =
    Code::new("IDN-0012", Kind::Reject, "a passphrase has 1 to 1024 bytes");
/// Argon2 parameters outside their bounds.
pub const KDF_BOUNDS: Code =
    Code::new("IDN-0013", Kind::Reject, "the work asked for a passphrase is out of bounds");
/// Not enough memory to check a passphrase.
pub const KDF_MEMORY: Code =
    Code::new("IDN-0014", Kind::Environment, "not enough memory to check the passphrase");
/// No identity of that name.
pub const NAME_UNKNOWN: Code =
    Code::new("IDN-0015", Kind::Missing, "the keystore has no identity of that name");
/// The name or the identity is in the keystore already.
pub const NAME_TAKEN: Code =
    Code::new("IDN-0016", Kind::Reject, "the keystore has that name or identity already");
/// A name with other characters than allowed.
pub const BAD_NAME: Code =
    Code::new("IDN-0017", Kind::Reject, "the name is not one a keystore takes");
/// The keystore holds as many identities as it may.
pub const KEYSTORE_FULL: Code = Code::new("IDN-0018", Kind::Reject, "the keystore is full");
/// The passphrase was changed since the keystore was opened.
pub const KEYSTORE_CHANGED: Code =
    Code::new("IDN-0019", Kind::Retry, "the keystore was changed elsewhere: open it again");
/// The keystore cannot be read or written.
pub const KEYSTORE_IO: Code =
    Code::new("IDN-0020", Kind::Environment, "the keystore cannot be read or written");
