//! The instructions of the interpreter: fixed size, absolute jumps, registers by number.
//!
//! `R` is the number of a register and `T` that of an instruction. Code of up to 256 registers and
//! 65,536 instructions has `R = u8`, `T = u16`, so that an instruction takes eight bytes and no
//! register needs a bounds check; other code takes the wide form.

use crate::code::TextTest;

/// A number in a smaller type, if it fits.
pub(super) trait Shrink<To> {
    fn shrink(self) -> Option<To>;
}

macro_rules! shrink {
    ($($from:ty => $to:ty),+) => {
        $(impl Shrink<$to> for $from {
            #[inline]
            fn shrink(self) -> Option<$to> { self.try_into().ok() }
        })+
    };
}
shrink!(u16 => u8, u32 => u16, u16 => u16, i32 => i32, u8 => u8);

impl Shrink<Self> for TextTest {
    fn shrink(self) -> Option<Self> {
        Some(self)
    }
}

macro_rules! instructions {
    ($($(#[doc = $doc:literal])+ $name:ident { $($field:ident: $ty:ty),* },)+) => {
        /// One instruction. `d` is where the result goes, `a` and `b` are operands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Instruction<R, T> {
            $($(#[doc = $doc])+ $name { $($field: $ty),* },)+
        }

        impl Instruction<u16, u32> {
            /// The same with small numbers, if they fit.
            pub(super) fn narrow(self) -> Option<Instruction<u8, u16>> {
                Some(match self {
                    $(Self::$name { $($field),* } => Instruction::$name {
                        $($field: $field.shrink()?),*
                    },)+
                })
            }
        }
    };
}

instructions! {
    /// `d = value`
    Const { d: R, value: i32 },
    /// `d` = the wide constant of that number.
    Wide { d: R, at: u16 },
    /// `d = a`
    Copy { d: R, a: R },
    /// `d = !a`
    Not { d: R, a: R },
    /// `d = -a`
    Negate { d: R, a: R },
    /// `d = |a|`
    Abs { d: R, a: R },
    /// `d = a == b`
    Eq { d: R, a: R, b: R },
    /// `d = a != b`
    Ne { d: R, a: R, b: R },
    /// `d = a < b`
    Lt { d: R, a: R, b: R },
    /// `d = a <= b`
    Le { d: R, a: R, b: R },
    /// `d = a == value`
    EqConst { d: R, a: R, value: i32 },
    /// `d = a != value`
    NeConst { d: R, a: R, value: i32 },
    /// `d = a <= value`
    LeConst { d: R, a: R, value: i32 },
    /// `d = a >= value`
    GeConst { d: R, a: R, value: i32 },
    /// `d = a && b`
    And { d: R, a: R, b: R },
    /// `d = a || b`
    Or { d: R, a: R, b: R },
    /// Checked addition.
    Add { d: R, a: R, b: R },
    /// Checked subtraction.
    Sub { d: R, a: R, b: R },
    /// Checked multiplication.
    Mul { d: R, a: R, b: R },
    /// Checked division.
    Div { d: R, a: R, b: R },
    /// Checked remainder.
    Rem { d: R, a: R, b: R },
    /// Checked multiplication of fixed numbers.
    FixedMul { d: R, a: R, b: R },
    /// Checked division of fixed numbers.
    FixedDiv { d: R, a: R, b: R },
    /// Checked addition of a constant.
    AddConst { d: R, a: R, value: i32 },
    /// Checked multiplication by a constant.
    MulConst { d: R, a: R, value: i32 },
    /// Checked division by a constant that is neither 0 nor -1.
    DivConst { d: R, a: R, value: i32 },
    /// Checked multiplication of fixed numbers, one a constant.
    FixedMulConst { d: R, a: R, value: i32 },
    /// Addition that does not overflow.
    AddFree { d: R, a: R, b: R },
    /// Subtraction that does not overflow.
    SubFree { d: R, a: R, b: R },
    /// Multiplication that does not overflow.
    MulFree { d: R, a: R, b: R },
    /// Addition of a constant that does not overflow.
    AddConstFree { d: R, a: R, value: i32 },
    /// Multiplication by a constant that does not overflow.
    MulConstFree { d: R, a: R, value: i32 },
    /// `d = b + a * value`, which does not overflow.
    MulConstAddFree { d: R, a: R, b: R, value: i32 },
    /// `d = b + a * value` of fixed numbers; only the product is checked.
    FixedMulConstAdd { d: R, a: R, b: R, value: i32 },
    /// The smaller.
    Min { d: R, a: R, b: R },
    /// The larger.
    Max { d: R, a: R, b: R },
    /// `d = if c { a } else { b }`
    Select { d: R, c: R, a: R, b: R },
    /// A whole number as fixed.
    ToFixed { d: R, a: R },
    /// The whole part of a fixed number.
    ToInt { d: R, a: R },
    /// Integer square root.
    Sqrt { d: R, a: R },
    /// Bit `b` of set `a`.
    Bit { d: R, a: R, b: R },
    /// Norm of the six registers from `a`.
    Norm { d: R, a: R },
    /// One dimension of `combine`.
    Combine { d: R, a: R, b: R },
    /// Number of items.
    ListLength { d: R, list: u16 },
    /// Word `part` of the item at index `a`.
    Item { d: R, a: R, list: u16, part: u16 },
    /// Bytes of a text.
    TextLength { d: R, a: R },
    /// A question about two texts.
    TextTest { d: R, a: R, b: R, test: TextTest },
    /// The fact of that number about `a` into `d` and the registers after it.
    Read { d: R, a: R, fact: u16 },
    /// Goes elsewhere.
    Jump { to: T },
    /// Goes elsewhere if the flag is set.
    JumpIf { a: R, to: T },
    /// Goes elsewhere unless the flag is set.
    JumpUnless { a: R, to: T },
    /// Goes elsewhere unless `a == b`.
    JumpUnlessEq { a: R, b: R, to: T },
    /// Goes elsewhere unless `a != b`.
    JumpUnlessNe { a: R, b: R, to: T },
    /// Goes elsewhere unless `a < b`.
    JumpUnlessLt { a: R, b: R, to: T },
    /// Goes elsewhere unless `a <= b`.
    JumpUnlessLe { a: R, b: R, to: T },
    /// Goes elsewhere unless `a == value`.
    JumpUnlessEqConst { a: R, value: i32, to: T },
    /// Goes elsewhere unless `a != value`.
    JumpUnlessNeConst { a: R, value: i32, to: T },
    /// Goes elsewhere unless `a <= value`.
    JumpUnlessLeConst { a: R, value: i32, to: T },
    /// Goes elsewhere unless `a >= value`.
    JumpUnlessGeConst { a: R, value: i32, to: T },
    /// Goes elsewhere unless bit `b` of set `a` is set.
    JumpUnlessBit { a: R, b: R, to: T },
    /// Goes elsewhere if bit `b` of set `a` is set.
    JumpIfBit { a: R, b: R, to: T },
    /// Goes elsewhere unless bit `a` of the set `value` is set.
    JumpUnlessWithin { a: R, value: i32, to: T },
    /// Goes elsewhere if bit `a` of the set `value` is set.
    JumpIfWithin { a: R, value: i32, to: T },
    /// `d = 0`, and elsewhere if the list is empty.
    First { d: R, list: u16, to: T },
    /// `d = d + 1`, and back if the list has more.
    Next { d: R, list: u16, to: T },
    /// Adds compute gas.
    Pay { units: i32 },
    /// Adds the dues of that number.
    Due { at: u16 },
    /// Sets a bit of the mask if the flag is set.
    Mark { a: R, bit: u8 },
    /// Adds the effect of that number.
    Effect { at: u16 },
    /// Faults if the input did.
    Check { input: u16 },
    /// The end of that number.
    Exit { at: u16 },
}
