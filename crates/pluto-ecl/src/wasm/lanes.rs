//! The batch form with two records in one register of 128 bits.
//!
//! There are no branches: both sides of each are computed, and a lane mask says for which records a
//! side is taken. Flags are masks themselves, all bits or none. Where a record leaves is a number that
//! is counted up on the way: those who leave at a `require` keep the number reached so far, those who
//! go on get the next.
//!
//! What a lane cannot do (division, wide products that are not shown to fit) has no such form; what
//! may overflow is tested with room to spare and then left undecided, so nothing here can trap.

mod operations;

use pluto_core::policy::Fault;
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};

use super::due::{Branch, Due, MASK, Ways, bit_of};
use super::{BATCH_MAX, Exit};
use crate::answer;
use crate::code::{Ending, Kind, Module, Node, Policy, Reg};
use crate::uses::{Use, uses};

/// Nodes of a side of a branch up to which computing both sides is cheaper than choosing.
const SIDE_NODES_MAX: usize = 16;
/// Parameters: the byte at which the next records stand in each column, and where the batch ends.
const AT: u32 = 0;
const END: u32 = 1;
/// Bytes of two records in a column.
const STEP_BYTES: i32 = 16;

/// The function of a policy, its exits, and which parts of an answer are added to while running;
/// none when it has to go record by record.
pub(super) fn batch(module: &Module, policy: &Policy) -> Option<(Function, Vec<Exit>, [bool; 3])> {
    let registers = policy.registers.len();
    let depth = depth(&policy.body)?;
    let count = registers + FIXED_LOCALS + depth + 1;
    let mut function = Function::new([(super::index(count), ValType::V128)]);
    let mut lanes = Lanes::new(function.instructions(), module, policy);
    lanes.out.loop_(BlockType::Empty);
    lanes.out.local_get(AT).local_get(END).i32_ge_u().if_(BlockType::Empty).return_().end();
    lanes.start();
    lanes.nodes(&policy.body)?;
    lanes.finish();
    let (adds, exits) = (lanes.adds, lanes.exits.into_iter());
    // Nobody keeps a number that was only passed.
    let nowhere = Exit { word: answer::fault(Fault::Engine), gas: [0; 2] };
    let exits = exits.map(|exit| exit.unwrap_or(nowhere)).collect();
    Some((function, exits, adds))
}

/// How deep branches lie in each other; none when a side is too long or there is a loop.
fn depth(nodes: &[Node]) -> Option<usize> {
    let mut deepest = 0;
    for node in nodes {
        match node {
            Node::If(_, then, otherwise) => {
                if then.len().max(otherwise.len()) > SIDE_NODES_MAX {
                    return None;
                }
                deepest = deepest.max(1 + depth(then)?.max(depth(otherwise)?));
            }
            Node::Each { .. } | Node::Read { .. } | Node::Effect(..) => return None,
            Node::Charge(_) | Node::Let(..) | Node::Mark(..) | Node::Decide(..) => {}
        }
    }
    Some(deepest)
}

/// Locals besides registers and the masks of branches: number, lost, three parts, two of scratch.
const FIXED_LOCALS: usize = 7;

struct Lanes<'a, 'f> {
    out: InstructionSink<'f>,
    policy: &'a Policy,
    uses: Vec<Use>,
    /// Registers that hold the same number for every record.
    constants: Vec<Option<i64>>,
    base: u32,
    /// Where each record leaves.
    number: u32,
    /// The sign says whether a record has to be decided alone.
    lost: u32,
    parts: [u32; 3],
    adds: [bool; 3],
    scratch: [u32; 2],
    /// The first mask of records that are here; one for each branch around.
    masks: u32,
    depth: u32,
    /// Whether some record may have left, so that the mask of this depth says something.
    masked: bool,
    due: Due,
    /// The number that records here have reached.
    reached: usize,
    /// Exits by number; none for a number that was passed.
    exits: Vec<Option<Exit>>,
}

/// How a side of a branch ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Open,
    Closed,
}

impl<'a, 'f> Lanes<'a, 'f> {
    fn new(out: InstructionSink<'f>, module: &Module, policy: &'a Policy) -> Self {
        let registers = policy.registers.len();
        let local = |offset: usize| super::index(2 + registers + offset);
        let mut ways = Ways::default();
        ways.after(&policy.body, Due::default());
        Self {
            out,
            policy,
            uses: uses(module, policy),
            constants: vec![None; registers],
            base: 2,
            number: local(0),
            lost: local(1),
            parts: [local(2), local(3), local(4)],
            adds: ways.adds,
            scratch: [local(5), local(6)],
            masks: local(FIXED_LOCALS),
            depth: 0,
            masked: false,
            due: Due::default(),
            reached: 0,
            exits: vec![None],
        }
    }

    fn start(&mut self) {
        let parts = self.parts.into_iter().zip(self.adds);
        let added = parts.filter_map(|(local, adds)| adds.then_some(local));
        for local in [self.number, self.lost].into_iter().chain(added) {
            self.constant(0);
            self.out.local_set(local);
        }
        self.constant(-1);
        self.out.local_set(self.masks);
    }

    /// Writes the numbers down and goes on with the next records.
    fn finish(&mut self) {
        let inputs = self.policy.inputs.len();
        self.out.local_get(AT).local_get(self.number);
        self.out.local_get(self.lost).i32_const(63).i64x2_shr_s().v128_or();
        self.out.v128_store(column(inputs));
        for (place, (local, adds)) in (inputs + 1..).zip(self.parts.into_iter().zip(self.adds)) {
            if adds {
                self.out.local_get(AT).local_get(local).v128_store(column(place));
            }
        }
        self.out.local_get(AT).i32_const(STEP_BYTES).i32_add().local_set(AT);
        self.out.br(0).end().end();
    }

    fn constant(&mut self, value: i64) {
        let lane = i128::from(value.cast_unsigned());
        self.out.v128_const(lane << 64 | lane);
    }

    fn mask(&self) -> u32 {
        self.masks + self.depth
    }

    /// Cuts the lanes on the stack to those of records that are here.
    fn here(&mut self) {
        if self.masked {
            self.out.local_get(self.mask()).v128_and();
        }
    }

    fn nodes(&mut self, nodes: &[Node]) -> Option<Flow> {
        let mut rest = nodes;
        while let Some((node, tail)) = rest.split_first() {
            if let Some(branch) = Branch::at(rest) {
                if self.branch(branch)? == Flow::Closed {
                    return Some(Flow::Closed);
                }
                rest = branch.rest;
                continue;
            }
            rest = tail;
            match node {
                Node::Charge(gas) => self.due.charge(*gas),
                Node::Let(dst, op) => self.set(*dst, *op)?,
                Node::Mark(rule, holds) => {
                    let [.., mask] = self.parts;
                    self.get(*holds);
                    self.constant(bit_of(*rule));
                    self.out.v128_and();
                    self.here();
                    self.out.local_get(mask).v128_or().local_set(mask);
                }
                Node::Decide(ending, rule) => {
                    self.leave(*ending, *rule);
                    return Some(Flow::Closed);
                }
                _ => return None,
            }
        }
        Some(Flow::Open)
    }

    /// Everybody here leaves. The others keep what they have.
    fn leave(&mut self, ending: Ending, rule: u16) {
        let reached = self.reached;
        if self.exits.get(reached).is_some_and(Option::is_some) {
            self.next();
        }
        let [first, second, mask] = self.due.0;
        let exit = Exit { word: mask | answer::ending(ending, rule), gas: [first, second] };
        if let Some(place) = self.exits.get_mut(self.reached) {
            *place = Some(exit);
        }
    }

    /// Gives everybody here a number of their own.
    fn next(&mut self) {
        let next = self.exits.len();
        self.exits.push(None);
        self.reach(next);
    }

    fn branch(&mut self, branch: Branch<'_>) -> Option<Flow> {
        let before = self.due;
        if let Some((due, ending, rule)) = at_once(branch.otherwise, before) {
            self.due = due;
            self.part_ways(branch.condition, false, ending, rule);
            self.due = before.marked(branch.bits);
            return self.nodes(branch.then);
        }
        if let Some((due, ending, rule)) = at_once(branch.then, before.marked(branch.bits)) {
            self.due = due;
            self.part_ways(branch.condition, true, ending, rule);
            self.due = before;
            return self.nodes(branch.otherwise);
        }
        self.both_sides(branch)
    }

    /// Those of whom the flag is `leaving` leave; the others go on with a number of their own.
    fn part_ways(&mut self, condition: Reg, leaving: bool, ending: Ending, rule: u16) {
        self.leave(ending, rule);
        self.side(self.mask(), condition, !leaving);
        self.masked = true;
        self.next();
    }

    /// Puts into a local the mask of those here of whom the flag is `taken`.
    fn side(&mut self, to: u32, condition: Reg, taken: bool) {
        if self.masked {
            self.out.local_get(self.mask());
            self.get(condition);
            if taken {
                self.out.v128_and();
            } else {
                self.out.v128_andnot();
            }
        } else {
            self.get(condition);
            if !taken {
                self.out.v128_not();
            }
        }
        self.out.local_set(to);
    }

    /// Computes both sides, each for those who take it.
    fn both_sides(&mut self, branch: Branch<'_>) -> Option<Flow> {
        // The flag is asked again behind a side, which must not have changed it.
        if self.used(branch.condition).set > 1 {
            return None;
        }
        let (before, reached, masked) = (self.due, self.reached, self.masked);
        let behind = Ways::default().behind(branch, before);
        let leaves = ends(branch.then) || ends(branch.otherwise);
        let meet = leaves.then(|| {
            self.exits.push(None);
            self.exits.len() - 1
        });
        let sides =
            [(branch.then, before.marked(branch.bits), true), (branch.otherwise, before, false)];
        for (nodes, due, taken) in sides {
            self.side(self.mask() + 1, branch.condition, taken);
            (self.due, self.reached, self.masked) = (due, reached, true);
            self.depth += 1;
            let flow = self.nodes(nodes)?;
            if let Some(behind) = behind.filter(|_| flow == Flow::Open) {
                self.add(behind);
            }
            if let Some(meet) = meet.filter(|_| flow == Flow::Open) {
                self.reach(meet);
            }
            self.depth -= 1;
            // From the first side on the mask says who left there.
            self.masked = masked || (leaves && !taken);
            if leaves {
                self.keep(branch.condition, taken, flow);
            }
        }
        self.reached = meet.unwrap_or(reached);
        self.masked = masked || leaves;
        self.due = behind.unwrap_or_default();
        Some(if behind.is_some() { Flow::Open } else { Flow::Closed })
    }

    /// Behind a side: those who took it and left are not here any more.
    fn keep(&mut self, condition: Reg, taken: bool, flow: Flow) {
        self.side(self.mask(), condition, !taken);
        self.masked = true;
        if flow == Flow::Open {
            let mask = self.mask();
            self.out.local_get(mask).local_get(mask + 1).v128_or().local_set(mask);
        }
    }

    /// Gives everybody here that number.
    fn reach(&mut self, number: usize) {
        let place = |number: usize| i64::try_from(number).unwrap_or(0);
        let step = place(number) - place(self.reached);
        self.out.local_get(self.number);
        if step == 1 && self.masked {
            self.out.local_get(self.mask()).i64x2_sub();
        } else {
            self.constant(step);
            self.here();
            self.out.i64x2_add();
        }
        self.out.local_set(self.number);
        self.reached = number;
    }

    /// Adds to the locals what is due here and not in `left`.
    fn add(&mut self, left: Due) {
        let parts = self.parts.into_iter().zip(self.due.0.into_iter().zip(left.0));
        for (part, (local, (here, left))) in parts.enumerate() {
            if here == left {
                continue;
            }
            self.out.local_get(local);
            self.constant(if part == MASK { here } else { here.wrapping_sub(left) });
            self.here();
            if part == MASK {
                self.out.v128_or();
            } else {
                self.out.i64x2_add();
            }
            self.out.local_set(local);
        }
        self.due = left;
    }

    fn used(&self, reg: Reg) -> Use {
        self.uses.get(usize::from(reg.0)).copied().unwrap_or_default()
    }

    fn kind(&self, reg: Reg) -> Kind {
        self.policy.registers.get(usize::from(reg.0)).copied().unwrap_or(Kind::Number)
    }

    fn get(&mut self, reg: Reg) {
        self.out.local_get(self.base + u32::from(reg.0));
    }
}

/// The end that nodes come to at once, with what is due there.
fn at_once(nodes: &[Node], mut due: Due) -> Option<(Due, Ending, u16)> {
    for node in nodes {
        match node {
            Node::Charge(gas) => due.charge(*gas),
            Node::Decide(ending, rule) => return Some((due, *ending, *rule)),
            _ => return None,
        }
    }
    None
}

/// Whether the policy can end in these nodes.
fn ends(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Decide(..) => true,
        Node::If(_, then, otherwise) => ends(then) || ends(otherwise),
        _ => false,
    })
}

/// Two words of column `number`.
fn column(number: usize) -> MemArg {
    let offset = (number * BATCH_MAX).saturating_mul(8) as u64;
    MemArg { offset, align: 4, memory_index: 0 }
}
