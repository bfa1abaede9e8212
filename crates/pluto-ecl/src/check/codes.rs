//! Codes of what the checker finds: 02 names, 03 types, 04 totality and bounds, 05 stores, 06 tests,
//! 07 advice. Codes of the last group are always warnings.

use pluto_error::{Code, Kind};

/// A name that nothing declares.
pub const UNKNOWN_NAME: Code = Code::new("ECL-0201", Kind::Reject, "the name is not known");
/// A type that nothing declares.
pub const UNKNOWN_TYPE: Code = Code::new("ECL-0202", Kind::Reject, "the type is not known");
/// A function the language does not have.
pub const UNKNOWN_FUNCTION: Code = Code::new("ECL-0203", Kind::Reject, "the function is not known");
/// A field the value does not have.
pub const UNKNOWN_FIELD: Code = Code::new("ECL-0204", Kind::Reject, "the field is not known");
/// A variant the enum does not have.
pub const UNKNOWN_VARIANT: Code = Code::new("ECL-0205", Kind::Reject, "the variant is not known");
/// A store that nothing declares.
pub const UNKNOWN_STORE: Code = Code::new("ECL-0206", Kind::Reject, "the store is not known");
/// A kind of policy the language does not have.
pub const UNKNOWN_KIND: Code =
    Code::new("ECL-0207", Kind::Reject, "the kind of policy is not known");
/// A test for a policy that nothing declares.
pub const UNKNOWN_POLICY: Code = Code::new("ECL-0208", Kind::Reject, "the policy is not known");
/// A name that stands twice where it may stand once.
pub const DUPLICATE: Code = Code::new("ECL-0209", Kind::Reject, "the name is declared twice");
/// A name bound again in an inner scope.
pub const SHADOWED: Code = Code::new("ECL-0210", Kind::Reject, "the name hides another one");
/// A type named like one of the language.
pub const RESERVED: Code = Code::new("ECL-0211", Kind::Reject, "the name belongs to the language");
/// A word after `has` that is none of three.
pub const UNKNOWN_CLAIM: Code =
    Code::new("ECL-0212", Kind::Reject, "only a credential, capability or role can be had");
/// A key a statement does not have.
pub const UNKNOWN_KEY: Code = Code::new("ECL-0213", Kind::Reject, "the statement has no such key");
/// An edition this checker does not know.
pub const EDITION: Code = Code::new("ECL-0214", Kind::Reject, "the edition is not known");

/// A value of one type where another is needed.
pub const MISMATCH: Code = Code::new("ECL-0301", Kind::Reject, "the types do not match");
/// An operator that is not defined for its operands.
pub const OPERANDS: Code =
    Code::new("ECL-0302", Kind::Reject, "the operator is not defined for these types");
/// Values that cannot be compared like this.
pub const NOT_COMPARABLE: Code =
    Code::new("ECL-0303", Kind::Reject, "values of the type cannot be compared like this");
/// An option where its value is needed.
pub const OPTION: Code = Code::new("ECL-0304", Kind::Reject, "the value may be none");
/// Too many or too few arguments.
pub const ARITY: Code = Code::new("ECL-0305", Kind::Reject, "the number of arguments is wrong");
/// Arguments of a type that are wrong in number or sort.
pub const TYPE_ARGUMENTS: Code =
    Code::new("ECL-0306", Kind::Reject, "the arguments of the type are wrong");
/// A bound of a type that is out of range.
pub const BOUND: Code =
    Code::new("ECL-0307", Kind::Reject, "the bound of the type is out of range");
/// A list where none can be.
pub const LIST_PLACE: Code = Code::new("ECL-0308", Kind::Reject, "a list cannot stand here");
/// An option of an option.
pub const NESTED_OPTION: Code =
    Code::new("ECL-0309", Kind::Reject, "an option cannot hold an option");
/// A record that contains itself.
pub const RECORD_CYCLE: Code = Code::new("ECL-0310", Kind::Reject, "the record contains itself");
/// `none` without a type.
pub const UNTYPED_NONE: Code =
    Code::new("ECL-0311", Kind::Reject, "nothing says which option `none` is of");
/// `in` something that is no set.
pub const NOT_A_SET: Code = Code::new("ECL-0312", Kind::Reject, "`in` needs a set");
/// `match` on something that is no enum.
pub const NOT_AN_ENUM: Code = Code::new("ECL-0313", Kind::Reject, "`match` needs an enum");
/// Something that depends on a question where a constant is needed.
pub const NOT_CONSTANT: Code = Code::new("ECL-0314", Kind::Reject, "a constant is needed");
/// A look at something that is no list.
pub const NOT_A_LIST: Code = Code::new("ECL-0315", Kind::Reject, "a list is needed");
/// `of` where it does not belong, or missing.
pub const SUM_OF: Code = Code::new("ECL-0316", Kind::Reject, "`of` belongs to `sum`");
/// A type nested too deeply.
pub const TYPE_DEPTH: Code = Code::new("ECL-0317", Kind::Reject, "the type is nested too deeply");

/// A number that does not fit.
pub const NUMBER: Code = Code::new("ECL-0401", Kind::Reject, "the number is out of range");
/// A constant computation that faults.
pub const ALWAYS_FAULTS: Code =
    Code::new("ECL-0402", Kind::Reject, "the computation always faults");
/// A path that ends without a decision.
pub const UNDECIDED: Code = Code::new("ECL-0403", Kind::Reject, "this path decides nothing");
/// A policy without statements.
pub const EMPTY: Code = Code::new("ECL-0404", Kind::Reject, "the policy is empty");
/// A match that forgets variants.
pub const NOT_EXHAUSTIVE: Code =
    Code::new("ECL-0405", Kind::Reject, "the match does not cover every variant");
/// A variant covered twice.
pub const ARM_REPEATED: Code =
    Code::new("ECL-0406", Kind::Reject, "the variant has an arm already");
/// Statements after one that always decides.
pub const UNREACHABLE: Code = Code::new("ECL-0407", Kind::Reject, "the statement is never reached");
/// An effect the kind of policy may not have.
pub const EFFECT_KIND: Code =
    Code::new("ECL-0408", Kind::Reject, "policies of this kind cannot do that");
/// More of something than the language allows.
pub const TOO_MANY: Code = Code::new("ECL-0409", Kind::Reject, "there are too many of them");
/// An expression or block nested too deeply.
pub const TOO_DEEP: Code = Code::new("ECL-0410", Kind::Reject, "it is nested too deeply");
/// A text longer than its place.
pub const TEXT_LENGTH: Code = Code::new("ECL-0411", Kind::Reject, "the text is too long");
/// An escalation without a sensible end.
pub const ESCALATION: Code =
    Code::new("ECL-0412", Kind::Reject, "an escalation needs a time and a fallback");
/// A record without one of its fields.
pub const MISSING_FIELD: Code = Code::new("ECL-0413", Kind::Reject, "a field is missing");

/// A version of a store that nothing leads away from.
pub const MIGRATION_GAP: Code =
    Code::new("ECL-0501", Kind::Reject, "records of an older version cannot be read");
/// A migration that leads nowhere.
pub const MIGRATION_TARGET: Code =
    Code::new("ECL-0502", Kind::Reject, "the migration leads to no version of the store");
/// Two migrations from one version.
pub const MIGRATION_REPEATED: Code =
    Code::new("ECL-0503", Kind::Reject, "the version has a migration already");
/// A migration that forgets a field.
pub const MIGRATION_FIELD: Code =
    Code::new("ECL-0504", Kind::Reject, "the migration does not name every field");
/// A migration that reads more than the old record.
pub const MIGRATION_READS: Code =
    Code::new("ECL-0505", Kind::Reject, "a migration reads only the old record");
/// A default where none belongs.
pub const DEFAULT: Code = Code::new("ECL-0506", Kind::Reject, "a default cannot stand here");
/// An index that cannot be.
pub const INDEX: Code = Code::new("ECL-0507", Kind::Reject, "the field cannot be indexed");
/// A version of a store below one.
pub const STORE_VERSION: Code = Code::new("ECL-0508", Kind::Reject, "versions start at 1");
/// A store without fields.
pub const STORE_EMPTY: Code = Code::new("ECL-0509", Kind::Reject, "the store has no fields");

/// A given line that speaks of nothing the policy has.
pub const GIVEN_PATH: Code =
    Code::new("ECL-0601", Kind::Reject, "the test speaks of something the policy does not have");
/// A parameter without a value.
pub const GIVEN_MISSING: Code =
    Code::new("ECL-0602", Kind::Reject, "the test does not give every parameter");
/// Something given twice.
pub const GIVEN_TWICE: Code = Code::new("ECL-0603", Kind::Reject, "the test gives it twice");
/// A value that does not fit.
pub const GIVEN_VALUE: Code =
    Code::new("ECL-0604", Kind::Reject, "the value of the test does not fit");
/// A test that expects nothing, or no such thing.
pub const EXPECT: Code = Code::new("ECL-0605", Kind::Reject, "the expectation is not known");
/// A reason no rule has.
pub const EXPECT_REASON: Code =
    Code::new("ECL-0606", Kind::Reject, "no rule of the policy denies with this reason");
/// Two tests of one policy with one title.
pub const TEST_TITLE: Code = Code::new("ECL-0607", Kind::Reject, "the title is taken");

/// A binding nobody reads.
pub const UNUSED: Code = Code::new("ECL-0701", Kind::Reject, "it is never used");
/// A condition that does not depend on anything.
pub const CONSTANT_CONDITION: Code =
    Code::new("ECL-0702", Kind::Reject, "the condition is always the same");
/// A comparison whose answer is known from the types.
pub const ALWAYS: Code = Code::new("ECL-0703", Kind::Reject, "the comparison is always the same");
/// An operator with the same thing on both sides.
pub const SAME_SIDES: Code = Code::new("ECL-0704", Kind::Reject, "both sides are the same");
/// An element that stands twice in a set.
pub const REPEATED: Code = Code::new("ECL-0705", Kind::Reject, "the element stands there twice");
/// A migration that is not needed.
pub const NEEDLESS_MIGRATION: Code =
    Code::new("ECL-0706", Kind::Reject, "the change needs no migration");
/// `_` in a match where nothing is left.
pub const NEEDLESS_ARM: Code = Code::new("ECL-0707", Kind::Reject, "the arm is never taken");
