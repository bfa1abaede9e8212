//! Peers that this node wants to be connected with, and when it tries again.

use std::collections::BTreeMap;

use libp2p::Multiaddr;

use crate::peer::{Millis, PeerId};

/// Peers that are dialled at most.
pub const DIALLED_MAX: usize = 1_024;
/// Addresses of one peer.
const ADDRESSES_MAX: usize = 8;
/// Time to the second try; each later one waits twice as long.
const RETRY_MS: u64 = 500;
/// The longest.
const RETRY_MS_MAX: u64 = 15_000;

#[derive(Clone, Debug)]
struct Target {
    addresses: Vec<Multiaddr>,
    next_at: Millis,
    failures: u32,
    is_kept: bool,
}

/// The peers and their addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Dialer {
    targets: BTreeMap<PeerId, Target>,
}

impl Dialer {
    /// Takes note of an address. Peers that an operator named are kept, others are forgotten when
    /// they do not answer.
    pub(super) fn add(&mut self, peer: PeerId, address: Multiaddr, is_kept: bool, now: Millis) {
        if self.targets.len() >= DIALLED_MAX && !self.targets.contains_key(&peer) && !is_kept {
            return;
        }
        let new = Target { addresses: Vec::new(), next_at: now, failures: 0, is_kept };
        let target = self.targets.entry(peer).or_insert(new);
        target.is_kept |= is_kept;
        if !target.addresses.contains(&address) && target.addresses.len() < ADDRESSES_MAX {
            target.addresses.push(address);
            target.next_at = target.next_at.min(now);
            target.failures = 0;
        }
    }

    /// Forgets a peer.
    pub(super) fn remove(&mut self, peer: &PeerId) {
        self.targets.remove(peer);
    }

    pub(super) fn addresses(&self, peer: &PeerId) -> &[Multiaddr] {
        self.targets.get(peer).map_or(&[], |target| &target.addresses)
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = &PeerId> {
        self.targets.keys()
    }

    /// A peer that answered is dialled at once when it is lost.
    pub(super) fn answered(&mut self, peer: &PeerId) {
        if let Some(target) = self.targets.get_mut(peer) {
            target.failures = 0;
            target.next_at = 0;
        }
    }

    /// Who is to be dialled now, of those that are not connected.
    pub(super) fn due(
        &mut self,
        now: Millis,
        is_connected: impl Fn(&PeerId) -> bool,
    ) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let mut due = Vec::new();
        self.targets.retain(|peer, target| {
            if target.next_at > now || is_connected(peer) {
                return true;
            }
            if target.failures > 3 && !target.is_kept {
                return false;
            }
            let wait = RETRY_MS.saturating_mul(1 << target.failures.min(20)).min(RETRY_MS_MAX);
            target.failures = target.failures.saturating_add(1);
            target.next_at = now.saturating_add(wait);
            due.push((*peer, target.addresses.clone()));
            true
        });
        due
    }
}
