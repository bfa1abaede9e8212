//! Error codes of this crate; those of the trust study stand beside it.

use pluto_error::{Code, Kind};

/// The directory holds no node yet.
pub const NOT_INITIALISED: Code =
    Code::new("NOD-0001", Kind::Missing, "there is no node in this directory");
/// The directory holds a node already.
pub const ALREADY_INITIALISED: Code =
    Code::new("NOD-0002", Kind::Reject, "there is a node in this directory already");
/// A name or id fits nothing, or more than one thing.
pub const NOT_FOUND: Code = Code::new("NOD-0003", Kind::Missing, "nothing here fits that name");
/// A file cannot be read or written.
pub const FILE: Code = Code::new("NOD-0004", Kind::Environment, "a file cannot be used");
/// No passphrase could be had.
pub const NO_PASSPHRASE: Code =
    Code::new("NOD-0005", Kind::Environment, "a passphrase is needed and could not be asked for");
/// A proof file is not one, or leads elsewhere.
pub const BAD_PROOF: Code = Code::new("NOD-0006", Kind::Reject, "the proof does not hold");
/// A command line argument does not fit.
pub const BAD_ARGUMENT: Code = Code::new("NOD-0007", Kind::Reject, "an argument does not fit");
/// The event has no effect.
pub const NO_EFFECT: Code =
    Code::new("NOD-0008", Kind::Denied, "the event is recorded and has no effect");
/// The store is damaged.
pub const DAMAGED: Code = Code::new("NOD-0009", Kind::Corrupt, "the store is damaged");
/// Ctrl-C.
pub const INTERRUPTED: Code = Code::new("NOD-0010", Kind::Retry, "the command was interrupted");
/// The command line does not parse.
pub const USAGE: Code = Code::new("NOD-0011", Kind::Reject, "the command line does not parse");
/// A realm of that name is here.
pub const NAME_TAKEN: Code = Code::new("NOD-0012", Kind::Reject, "the name is taken");
/// Tests of policies failed.
pub const TESTS_FAILED: Code = Code::new("NOD-0013", Kind::Reject, "tests of policies failed");
/// Sources of policies are not formatted.
pub const NOT_FORMATTED: Code =
    Code::new("NOD-0014", Kind::Reject, "sources of policies are not formatted");
/// The node that runs is of another build than the command.
pub const OTHER_VERSION: Code =
    Code::new("NOD-0018", Kind::Reject, "the node that runs is of another version");
/// The node carries out as many commands as it may.
pub const BUSY: Code = Code::new("NOD-0019", Kind::Busy, "the node carries out other commands");
/// The rules do not allow it.
pub const NOT_ALLOWED: Code = Code::new("NOD-0021", Kind::Denied, "the rules do not allow it");
/// The program that was allowed did not succeed.
pub const COMMAND_FAILED: Code = Code::new("NOD-0022", Kind::Reject, "the program did not succeed");
/// A running node refused a part of a command.
pub const TOLD: Code = Code::new("NOD-0023", Kind::Reject, "the running node refuses");
/// The realm's clock is too old to act on.
pub const STALE: Code =
    Code::new("NOD-0020", Kind::Retry, "what is known of the realm is too old to act on");
/// Two engines give two answers.
pub const ENGINES_DISAGREE: Code =
    Code::new("NOD-0015", Kind::Bug, "the policy engines disagree about an answer");
/// The active key of an identity is not in the keystore.
pub const KEY_NOT_HERE: Code =
    Code::new("NOD-0016", Kind::Denied, "the active key of the identity is not in the keystore");
/// A recovery that is not due.
pub const RECOVERY_WAITS: Code = Code::new("NOD-0017", Kind::Retry, "the recovery is not due yet");
/// Peers do not give what was asked for.
pub const OFFLINE: Code =
    Code::new("NOD-0024", Kind::Retry, "peers do not give what was asked for now");
/// A checkpoint that a witness does not sign.
pub const BAD_CHECKPOINT: Code =
    Code::new("NOD-0025", Kind::Reject, "the checkpoint is not what it must be to be signed");
/// An event that would have no effect, and is not written.
pub const NOT_WRITTEN: Code =
    Code::new("NOD-0026", Kind::Denied, "the event would have no effect and is not written");
/// A blob that was erased.
pub const ERASED: Code = Code::new("NOD-0040", Kind::Denied, "the blob was erased");
/// A key that the node does not hold, or does not use for who asks.
pub const NO_KEY_FOR_YOU: Code =
    Code::new("NOD-0050", Kind::Denied, "the node does not sign with that key for you");
/// A question over HTTP that nobody answers.
pub const UNANSWERED: Code = Code::new("NOD-0051", Kind::Bug, "nobody answers the question");
