//! The account of a party: one bucket for each limited resource, violations, quarantine.

use pluto_core::Did;
use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};

use super::{Cost, FORGIVEN_MS, QUARANTINE_MS, VIOLATIONS_MAX};
use crate::bucket::Bucket;
use crate::rule_set::RuleSet;

/// How many resources there are.
pub const RESOURCES: usize = 5;

/// What a quota is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Resource {
    /// Gas of policies that judge the party's events.
    Gas = 0,
    /// Mana they cost.
    Mana = 1,
    /// Events.
    Events = 2,
    /// Bytes of payloads.
    Storage = 3,
    /// Crossings, out and in.
    Crossings = 4,
}

/// The account of a party in component `Realm`, under [`account_key`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountRecord {
    buckets: [Option<Bucket>; RESOURCES],
    violations: u8,
    /// Realm time up to which violations are forgiven.
    forgiven_ms: u64,
    quarantined_until_ms: u64,
}

/// The key of an account: `q` ‖ DID.
#[must_use]
pub fn account_key(who: Did) -> Vec<u8> {
    let mut key = vec![b'q'];
    who.encode_into(&mut key);
    key
}

impl Resource {
    /// All resources, in order of their numbers.
    pub const ALL: [Self; RESOURCES] =
        [Self::Gas, Self::Mana, Self::Events, Self::Storage, Self::Crossings];

    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gas => "gas",
            Self::Mana => "mana",
            Self::Events => "events",
            Self::Storage => "storage",
            Self::Crossings => "crossings",
        }
    }

    /// The resource with that number.
    ///
    /// # Errors
    /// `COR-0006` for a number above 4.
    pub fn from_number(number: u8) -> Decoded<Self> {
        let bad = CodecError::BadValue { what: "resource", found: number.into() };
        Self::ALL.get(usize::from(number)).copied().ok_or(bad)
    }

    /// Whether what is spent is known only afterwards.
    const fn is_settled_later(self) -> bool {
        matches!(self, Self::Gas | Self::Mana)
    }
}

impl AccountRecord {
    /// The bucket of a resource; none as long as it was never limited.
    #[must_use]
    pub fn bucket(&self, resource: Resource) -> Option<&Bucket> {
        self.buckets.get(resource as usize)?.as_ref()
    }

    fn bucket_mut(&mut self, resource: Resource) -> Option<&mut Bucket> {
        self.buckets.get_mut(resource as usize)?.as_mut()
    }

    /// Violations that are not forgiven.
    #[must_use]
    pub const fn violations(&self) -> u8 {
        self.violations
    }

    /// Realm time at which the quarantine ends; in the past when there is none.
    #[must_use]
    pub const fn quarantined_until_ms(&self) -> u64 {
        self.quarantined_until_ms
    }

    /// Whether nothing it writes has effect.
    #[must_use]
    pub const fn is_quarantined(&self, now_ms: u64) -> bool {
        now_ms < self.quarantined_until_ms
    }

    /// Brings every bucket to the limits and the time of now, and forgives. A resource without a limit
    /// keeps its books and is not counted.
    pub fn bring_to(&mut self, rules: &RuleSet, now_ms: u64) {
        for (resource, bucket) in Resource::ALL.into_iter().zip(&mut self.buckets) {
            let Some(limit) = resource.limit(rules) else { continue };
            bucket.get_or_insert_with(|| Bucket::full(limit, now_ms)).bring_to(limit, now_ms);
        }
        let hours = now_ms.saturating_sub(self.forgiven_ms) / FORGIVEN_MS;
        self.violations = self.violations.saturating_sub(u8::try_from(hours).unwrap_or(u8::MAX));
        self.forgiven_ms = self.forgiven_ms.saturating_add(hours.saturating_mul(FORGIVEN_MS));
    }

    /// Takes a cost from every limited resource, all or nothing; gives the first that lacks.
    pub fn take(&mut self, rules: &RuleSet, cost: &Cost) -> Option<Resource> {
        let limited = |(resource, _): &(Resource, u64)| resource.limit(rules).is_some();
        let costs = || Resource::ALL.into_iter().zip(*cost).filter(limited);
        let lacks = |(resource, tokens): (Resource, u64)| {
            let needed = if resource.is_settled_later() { tokens.max(1) } else { tokens };
            let left = self.bucket(resource).map_or(0, Bucket::left);
            (left < needed).then_some(resource)
        };
        let lacking = costs().find_map(lacks);
        if lacking.is_none() {
            for (resource, tokens) in costs() {
                self.bucket_mut(resource).map(|bucket| bucket.take(tokens));
            }
        }
        lacking
    }

    /// Takes gas and mana that are spent already, as far as they are limited and left.
    pub fn drain(&mut self, rules: &RuleSet, gas: u64, mana: u64) {
        for (resource, tokens) in [(Resource::Gas, gas), (Resource::Mana, mana)] {
            if resource.limit(rules).is_some()
                && let Some(bucket) = self.bucket_mut(resource)
            {
                bucket.drain(tokens);
            }
        }
    }

    /// Gives spent tokens back; says whether the resource is limited at all.
    pub fn refund(&mut self, rules: &RuleSet, resource: Resource, tokens: u64) -> bool {
        let limit = resource.limit(rules);
        let Some((limit, bucket)) = limit.zip(self.bucket_mut(resource)) else { return false };
        bucket.refund(tokens, limit);
        true
    }

    /// Counts a violation; the last one allowed is a quarantine, and counting starts over.
    pub fn violate(&mut self, now_ms: u64) {
        if self.violations == 0 {
            self.forgiven_ms = now_ms;
        }
        self.violations = self.violations.saturating_add(1);
        if self.violations >= VIOLATIONS_MAX {
            self.quarantine(now_ms.saturating_add(QUARANTINE_MS));
        }
    }

    /// Shuts the party out until then; what it violated before is settled by it.
    pub const fn quarantine(&mut self, until_ms: u64) {
        self.violations = 0;
        self.quarantined_until_ms = until_ms;
    }
}

impl Canonical for AccountRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        for bucket in &self.buckets {
            out.push(u8::from(bucket.is_some()));
            bucket.iter().for_each(|bucket| bucket.encode_into(out));
        }
        out.push(self.violations);
        out.extend_from_slice(&self.forgiven_ms.to_be_bytes());
        out.extend_from_slice(&self.quarantined_until_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let mut account = Self::default();
        for bucket in &mut account.buckets {
            if input.flag("bucket")? {
                *bucket = Some(Bucket::decode_from(input)?);
            }
        }
        account.violations = input.u8()?;
        account.forgiven_ms = input.u64()?;
        account.quarantined_until_ms = input.u64()?;
        Ok(account)
    }
}
