//! The dearest path through code, in gas and in work.
//!
//! A path is followed to its decision; what comes after a decision on another path is not added to
//! it. A loop counts as often as its list can be long.

use pluto_core::policy::Gas;

use super::{Refusal, Verified};
use crate::code::{Fact, List, Module, Node, Op, Policy};
use crate::gas;
use crate::limits::{FREE_WORK_MAX, WORK_PER_GAS};

/// By layer, in the order of [`pluto_core::policy::GasLayer`].
type Layers = [i64; 4];

/// The dearest way to the end of a block, and to a decision inside it.
#[derive(Clone, Copy)]
struct Ways {
    through: Option<Layers>,
    ended: Option<Layers>,
}

fn zip(a: Layers, b: Layers, f: impl Fn(i64, i64) -> i64) -> Layers {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    [f(a0, b0), f(a1, b1), f(a2, b2), f(a3, b3)]
}

fn sum(a: Layers, b: Layers) -> Layers {
    zip(a, b, i64::saturating_add)
}

fn dearer(a: Option<Layers>, b: Option<Layers>) -> Option<Layers> {
    match (a, b) {
        (Some(a), Some(b)) => Some(zip(a, b, i64::max)),
        (a, b) => a.or(b),
    }
}

fn layers(gas: Gas) -> Layers {
    [gas.network, gas.compute, gas.storage, gas.realm].map(i64::from)
}

/// `measure` is asked about every node once, in order; what it says of `Each` counts once and once
/// more for each item.
fn dearest(nodes: &[Node], lists: &[List], measure: &mut impl FnMut(&Node) -> Layers) -> Ways {
    let mut ways = Ways { through: Some([0; 4]), ended: None };
    for node in nodes {
        let own = measure(node);
        let next = match node {
            Node::Decide(..) => Ways { through: None, ended: Some(own) },
            Node::If(_, then, otherwise) => {
                let then = dearest(then, lists, measure);
                let otherwise = dearest(otherwise, lists, measure);
                let through = dearer(then.through, otherwise.through).map(|way| sum(own, way));
                let ended = dearer(then.ended, otherwise.ended).map(|way| sum(own, way));
                Ways { through, ended }
            }
            Node::Each { list, body, .. } => {
                let count = lists.get(usize::from(*list)).map_or(0, |list| i64::from(list.max));
                let body = dearest(body, lists, measure).through.unwrap_or([0; 4]);
                let all = sum(body, own).map(|once| once.max(0).saturating_mul(count));
                Ways { through: Some(sum(own, all)), ended: None }
            }
            _ => Ways { through: Some(own), ended: None },
        };
        let to_here = ways.through;
        let from_start = |way: Option<Layers>| Some(sum(to_here?, way?));
        ways.ended = dearer(ways.ended, from_start(next.ended));
        ways.through = from_start(next.through);
    }
    ways
}

/// The worst-case gas over all paths, saturating.
#[must_use]
pub fn bound(body: &[Node], lists: &[List]) -> Gas {
    let ways = dearest(body, lists, &mut |node| match node {
        Node::Charge(gas) => layers(*gas),
        _ => [0; 4],
    });
    let [network, compute, storage, realm] = dearer(ways.through, ways.ended)
        .unwrap_or([0; 4])
        .map(|units| u32::try_from(units).unwrap_or(u32::MAX));
    Gas { network, compute, storage, realm }
}

/// Checks that no path does more work than it pays for. `tests` are the costs
/// of the questions about texts, in the order of the code.
pub(super) fn policy(module: &Module, policy: &Policy, tests: &[i64]) -> Verified<()> {
    let mut tests = tests.iter();
    let ways =
        dearest(&policy.body, &policy.lists, &mut |node| work(module, policy, node, &mut tests));
    let [network, compute, storage, realm] = dearer(ways.through, ways.ended).unwrap_or([0; 4]);
    let free = i64::try_from(FREE_WORK_MAX).unwrap_or(0);
    if network > 0 || compute > free || storage > 0 || realm > 0 {
        return Err(Refusal::Unpaid);
    }
    Ok(())
}

/// What a node does, less what is paid: compute in nodes, the other layers in gas.
fn work<'a>(
    module: &Module,
    policy: &Policy,
    node: &Node,
    tests: &mut impl Iterator<Item = &'a i64>,
) -> Layers {
    let compute = |nodes: i64| [0, nodes, 0, 0];
    let words = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    match node {
        Node::Charge(gas) => {
            let [network, compute, storage, realm] = layers(*gas);
            let paid = compute.saturating_mul(i64::try_from(WORK_PER_GAS).unwrap_or(0));
            [-network, -paid, -storage, -realm]
        }
        Node::Let(_, Op::TextTest(..)) => compute(tests.next().copied().unwrap_or(i64::MAX)),
        Node::Let(_, Op::Norm(_) | Op::Sqrt(_)) => compute(4),
        Node::Read { fact, .. } => sum(compute(1), layers(price(module, *fact))),
        Node::Effect(site, fields) => {
            let kind = policy.effects.get(usize::from(*site)).map(|site| site.kind);
            sum(compute(words(fields.len()).saturating_add(1)), layers(gas::of_effect(kind)))
        }
        _ => compute(1),
    }
}

fn price(module: &Module, fact: Fact) -> Gas {
    match fact {
        Fact::Trust => gas::TRUST,
        Fact::Balance | Fact::Known | Fact::Has(..) => gas::CLAIM,
        Fact::Record(store) => module.record_price(store),
    }
}
