//! The loop that runs flat code.
//!
//! One `match` per instruction over registers of 64 bits. It ends: jumps lead forward, and the one
//! that leads back is taken once for each further item of a list. It does not allocate, except where
//! a record or an effect brings new text.

use pluto_core::policy::Fault;

use super::flat::{Due, Tables};
use super::instruction::Instruction;
use super::world::World;
use crate::hir::Arithmetic;
use crate::numeric;

/// Registers by number.
pub(super) trait File<R> {
    fn get(&self, reg: R) -> i64;
    fn set(&mut self, reg: R, value: i64);
    /// As many registers from there.
    fn six(&self, first: R) -> [i64; 6];
    fn fill(&mut self, first: R, values: &[i64]);
    /// The register of that number, whatever numbers instructions have.
    fn place(&self, place: u16) -> i64;
}

fn fill(registers: &mut [i64], first: usize, values: &[i64]) {
    let slots = registers.get_mut(first..).unwrap_or_default();
    slots.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
}

fn six(registers: &[i64], first: usize) -> [i64; 6] {
    let words = registers.get(first..).and_then(<[i64]>::first_chunk);
    words.copied().unwrap_or_default()
}

/// 256 registers: a number of eight bits needs no check.
impl File<u8> for [i64; 256] {
    #[inline(always)]
    fn get(&self, reg: u8) -> i64 {
        self.as_slice().get(usize::from(reg)).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn set(&mut self, reg: u8, value: i64) {
        if let Some(slot) = self.as_mut_slice().get_mut(usize::from(reg)) {
            *slot = value;
        }
    }

    #[inline]
    fn six(&self, first: u8) -> [i64; 6] {
        six(self, usize::from(first))
    }

    fn fill(&mut self, first: u8, values: &[i64]) {
        fill(self, usize::from(first), values);
    }

    fn place(&self, place: u16) -> i64 {
        self.as_slice().get(usize::from(place)).copied().unwrap_or_default()
    }
}

impl File<u16> for [i64] {
    #[inline]
    fn get(&self, reg: u16) -> i64 {
        <[i64]>::get(self, usize::from(reg)).copied().unwrap_or_default()
    }

    #[inline]
    fn set(&mut self, reg: u16, value: i64) {
        if let Some(slot) = self.get_mut(usize::from(reg)) {
            *slot = value;
        }
    }

    fn six(&self, first: u16) -> [i64; 6] {
        six(self, usize::from(first))
    }

    fn fill(&mut self, first: u16, values: &[i64]) {
        fill(self, usize::from(first), values);
    }

    fn place(&self, place: u16) -> i64 {
        File::get(self, place)
    }
}

/// The number of the exit, and what was added on the way.
pub(super) type Ran = Result<(u16, Due), Fault>;

const fn bit(set: i64, place: i64) -> bool {
    0 <= place && place < 64 && set >> place & 1 == 1
}

#[inline(always)]
fn fits(value: Option<i64>) -> Result<i64, Fault> {
    value.ok_or(Fault::Overflow)
}

/// Sets `at` unless the condition holds.
macro_rules! unless {
    ($at:ident, $condition:expr, $to:expr) => {
        if !$condition {
            let to: u32 = $to.into();
            $at = to as usize;
        }
    };
}

/// One `match` over all instructions: those that jump are given, the others stand here. In one `match`,
/// because every other shape costs a second jump for each instruction.
macro_rules! step {
    ($instruction:expr, $file:ident, $tables:ident, $world:ident, $added:ident, { $($jumps:tt)* }) => {
        match $instruction {
            $($jumps)*
            // Arithmetic.
            I::Negate { d, a } => $file.set(d, numeric::negate($file.get(a))?),
            I::Abs { d, a } => $file.set(d, numeric::abs($file.get(a))?),
            I::Add { d, a, b } => $file.set(d, fits($file.get(a).checked_add($file.get(b)))?),
            I::Sub { d, a, b } => $file.set(d, fits($file.get(a).checked_sub($file.get(b)))?),
            I::Mul { d, a, b } => $file.set(d, fits($file.get(a).checked_mul($file.get(b)))?),
            I::Div { d, a, b } => {
                $file.set(d, numeric::arithmetic(Arithmetic::Div, $file.get(a), $file.get(b))?)
            }
            I::Rem { d, a, b } => {
                $file.set(d, numeric::arithmetic(Arithmetic::Rem, $file.get(a), $file.get(b))?)
            }
            I::FixedMul { d, a, b } => $file.set(d, fixed_mul($file.get(a), $file.get(b))?),
            I::FixedDiv { d, a, b } => {
                $file.set(d, numeric::arithmetic(Arithmetic::FixedDiv, $file.get(a), $file.get(b))?)
            }
            I::AddConst { d, a, value } => {
                $file.set(d, fits($file.get(a).checked_add(i64::from(value)))?)
            }
            I::MulConst { d, a, value } => {
                $file.set(d, fits($file.get(a).checked_mul(i64::from(value)))?)
            }
            I::DivConst { d, a, value } => {
                $file.set(d, fits($file.get(a).checked_div(i64::from(value)))?)
            }
            I::FixedMulConst { d, a, value } => $file.set(d, fixed_mul($file.get(a), i64::from(value))?),
            I::AddFree { d, a, b } => $file.set(d, $file.get(a).wrapping_add($file.get(b))),
            I::SubFree { d, a, b } => $file.set(d, $file.get(a).wrapping_sub($file.get(b))),
            I::MulFree { d, a, b } => $file.set(d, $file.get(a).wrapping_mul($file.get(b))),
            I::AddConstFree { d, a, value } => $file.set(d, $file.get(a).wrapping_add(i64::from(value))),
            I::MulConstFree { d, a, value } => $file.set(d, $file.get(a).wrapping_mul(i64::from(value))),
            I::MulConstAddFree { d, a, b, value } => {
                $file.set(d, $file.get(b).wrapping_add($file.get(a).wrapping_mul(i64::from(value))));
            }
            I::FixedMulConstAdd { d, a, b, value } => {
                $file.set(d, $file.get(b).wrapping_add(fixed_mul($file.get(a), i64::from(value))?));
            }
            I::Min { d, a, b } => $file.set(d, $file.get(a).min($file.get(b))),
            I::Max { d, a, b } => $file.set(d, $file.get(a).max($file.get(b))),
            I::ToFixed { d, a } => $file.set(d, numeric::to_fixed($file.get(a))?),
            I::ToInt { d, a } => $file.set(d, numeric::to_int($file.get(a))),
            I::Sqrt { d, a } => $file.set(d, numeric::sqrt($file.get(a))?),
            I::Norm { d, a } => $file.set(d, numeric::norm(&$file.six(a))),
            I::Combine { d, a, b } => $file.set(d, numeric::combine($file.get(a), $file.get(b))),
            // Flags and copies.
            I::Const { d, value } => $file.set(d, i64::from(value)),
            I::Wide { d, at } => {
                $file.set(d, $tables.wide.get(usize::from(at)).copied().unwrap_or_default())
            }
            I::Copy { d, a } => $file.set(d, $file.get(a)),
            I::Not { d, a } => $file.set(d, $file.get(a) ^ 1),
            I::Eq { d, a, b } => $file.set(d, i64::from($file.get(a) == $file.get(b))),
            I::Ne { d, a, b } => $file.set(d, i64::from($file.get(a) != $file.get(b))),
            I::Lt { d, a, b } => $file.set(d, i64::from($file.get(a) < $file.get(b))),
            I::Le { d, a, b } => $file.set(d, i64::from($file.get(a) <= $file.get(b))),
            I::EqConst { d, a, value } => $file.set(d, i64::from($file.get(a) == i64::from(value))),
            I::NeConst { d, a, value } => $file.set(d, i64::from($file.get(a) != i64::from(value))),
            I::LeConst { d, a, value } => $file.set(d, i64::from($file.get(a) <= i64::from(value))),
            I::GeConst { d, a, value } => $file.set(d, i64::from($file.get(a) >= i64::from(value))),
            I::And { d, a, b } => $file.set(d, $file.get(a) & $file.get(b)),
            I::Or { d, a, b } => $file.set(d, $file.get(a) | $file.get(b)),
            I::Select { d, c, a, b } => {
                let (yes, no) = ($file.get(a), $file.get(b));
                $file.set(d, if $file.get(c) == 0 { no } else { yes });
            }
            I::Bit { d, a, b } => $file.set(d, i64::from(bit($file.get(a), $file.get(b)))),
            // Gas, and what lies outside the registers.
            I::Pay { units } => {
                $added.gas.compute = $added.gas.compute.wrapping_add(units.cast_unsigned());
            }
            I::Due { at } => {
                let due = $tables.dues.get(usize::from(at)).copied().unwrap_or_default();
                $added.gas = $added.gas.plus(due.gas);
                $added.mask |= due.mask;
            }
            I::Mark { a, bit } => {
                let set = $file.get(a).cast_unsigned() & 1;
                $added.mask |= set.checked_shl(u32::from(bit)).unwrap_or_default();
            }
            I::ListLength { d, list } => $file.set(d, $world.length(list)),
            I::Item { d, a, list, part } => $file.set(d, $world.item(list, $file.get(a), part)),
            I::TextLength { d, a } => $file.set(d, $world.text_length($file.get(a))),
            I::TextTest { d, a, b, test } => {
                $file.set(d, i64::from($world.text_test(test, $file.get(a), $file.get(b))));
            }
            I::Read { d, a, fact } => {
                let fact = $tables.facts.get(usize::from(fact)).copied();
                $file.fill(d, $world.read(fact, $file.get(a))?);
            }
            I::Effect { at } => {
                let effect = $tables.effects.get(usize::from(at)).ok_or(Fault::Engine)?;
                $world.effect(effect, |place| $file.place(place))?;
            }
            I::Check { input } => $world.check(input)?,
        }
    };
}

/// Runs to an exit or a fault.
pub(super) fn run<R, T, F>(
    code: &[Instruction<R, T>],
    tables: &Tables,
    file: &mut F,
    world: &mut World<'_>,
) -> Ran
where
    R: Copy,
    T: Copy + Into<u32>,
    F: File<R> + ?Sized,
{
    use Instruction as I;
    let mut at = 0_usize;
    let mut added = Due::default();
    while let Some(instruction) = code.get(at) {
        at += 1;
        step!(*instruction, file, tables, world, added, {
            I::Jump { to } => unless!(at, false, to),
            I::JumpIf { a, to } => unless!(at, (file.get(a) == 0), to),
            I::JumpUnless { a, to } => unless!(at, (file.get(a) != 0), to),
            I::JumpUnlessEq { a, b, to } => unless!(at, (file.get(a) == file.get(b)), to),
            I::JumpUnlessNe { a, b, to } => unless!(at, (file.get(a) != file.get(b)), to),
            I::JumpUnlessLt { a, b, to } => unless!(at, (file.get(a) < file.get(b)), to),
            I::JumpUnlessLe { a, b, to } => unless!(at, (file.get(a) <= file.get(b)), to),
            I::JumpUnlessEqConst { a, value, to } => {
                unless!(at, (file.get(a) == i64::from(value)), to);
            }
            I::JumpUnlessNeConst { a, value, to } => {
                unless!(at, (file.get(a) != i64::from(value)), to);
            }
            I::JumpUnlessLeConst { a, value, to } => {
                unless!(at, (file.get(a) <= i64::from(value)), to);
            }
            I::JumpUnlessGeConst { a, value, to } => {
                unless!(at, (file.get(a) >= i64::from(value)), to);
            }
            I::JumpUnlessBit { a, b, to } => unless!(at, bit(file.get(a), file.get(b)), to),
            I::JumpIfBit { a, b, to } => unless!(at, (!bit(file.get(a), file.get(b))), to),
            I::JumpUnlessWithin { a, value, to } => {
                unless!(at, bit(i64::from(value), file.get(a)), to);
            }
            I::JumpIfWithin { a, value, to } => {
                unless!(at, (!bit(i64::from(value), file.get(a))), to);
            }
            I::First { d, list, to } => {
                file.set(d, 0);
                unless!(at, (world.length(list) > 0), to);
            }
            I::Next { d, list, to } => {
                let next = file.get(d).wrapping_add(1);
                file.set(d, next);
                unless!(at, (next >= world.length(list)), to);
            }
            I::Exit { at } => return Ok((at, added)),
        });
    }
    Err(Fault::Engine)
}

/// `a * b / 1_000_000`; small products need no division of 128 bits.
#[inline]
fn fixed_mul(a: i64, b: i64) -> Result<i64, Fault> {
    match a.checked_mul(b) {
        Some(product) => Ok(product / numeric::FIXED_ONE),
        None => numeric::arithmetic(Arithmetic::FixedMul, a, b),
    }
}
