//! The payloads of `DelegationCreated` and `DelegationRevoked`.
//!
//! A grant is read in place: a check looks at several and keeps what it needs. The owned form is made
//! from the borrowed one, so there is one decoder.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::did::DID_BYTES;
use pluto_core::{Did, EventId};

use super::id::GrantId;
use super::pattern::{self, PATTERN_BYTES_MAX, Pattern};

/// Most patterns of actions, and of resources, in one grant.
pub const PATTERNS_MAX: usize = 16;
/// Most approvers of one grant.
pub const APPROVERS_MAX: usize = 16;
/// Most further hops a grant may allow.
pub const HOPS_MAX: u8 = 7;
/// The factor of a grant that dampens nothing.
pub const FACTOR_PPM_MAX: u32 = 1_000_000;

/// How often a grant may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Uses in one window, at least 1.
    pub count: u32,
    /// Length of a window in milliseconds of realm time, at least 1.
    pub window_ms: u64,
}

/// The payload of `DelegationCreated`. The issuer is the author of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Tells grants of equal content apart.
    pub nonce: [u8; 16],
    /// The grant it hands on; none when the issuer gives as an administrator.
    pub parent: Option<GrantId>,
    /// Who may act.
    pub delegate: Did,
    /// What they may do: 1 to 16 patterns, one of which must match.
    pub actions: Vec<Pattern>,
    /// On what: 1 to 16 patterns, one of which must match.
    pub resources: Vec<Pattern>,
    /// When it ends, in milliseconds of realm time.
    pub expires_ms: u64,
    /// How many further hops may follow, 0 to 7.
    pub hops: u8,
    /// How often it may be used.
    pub rate: Option<Rate>,
    /// The sum of the amounts it may be used for.
    pub budget: Option<u64>,
    /// Who may approve what a policy hands to people: ascending, unique, at most 16.
    pub approvers: Vec<Did>,
    /// How much of the issuer's standing goes with it: 1 to 1,000,000 parts per million.
    pub factor_ppm: u32,
}

/// A [`Grant`] read in place.
#[derive(Clone, Copy, Debug)]
pub struct GrantRef<'a> {
    /// Tells grants of equal content apart.
    pub nonce: [u8; 16],
    /// The grant it hands on.
    pub parent: Option<GrantId>,
    /// Who may act.
    pub delegate: Did,
    /// When it ends, in milliseconds of realm time.
    pub expires_ms: u64,
    /// How many further hops may follow.
    pub hops: u8,
    /// How often it may be used.
    pub rate: Option<Rate>,
    /// The sum of the amounts it may be used for.
    pub budget: Option<u64>,
    /// How much of the issuer's standing goes with it.
    pub factor_ppm: u32,
    actions: Patterns<'a>,
    resources: Patterns<'a>,
    approvers: &'a [u8],
}

/// Encoded patterns that were checked.
#[derive(Clone, Copy, Debug)]
struct Patterns<'a> {
    count: u8,
    bytes: &'a [u8],
}

impl<'a> GrantRef<'a> {
    /// Reads a grant that fills `bytes` exactly.
    ///
    /// # Errors
    /// As the decoder of [`Grant`].
    pub fn decode(bytes: &'a [u8]) -> Decoded<Self> {
        let mut input = Reader::new(bytes);
        let grant = Self::read(&mut input)?;
        input.finish()?;
        Ok(grant)
    }

    pub(super) fn read(input: &mut Reader<'a>) -> Decoded<Self> {
        let nonce = input.array()?;
        let parent = if input.flag("parent flag")? { Some(GrantId(input.array()?)) } else { None };
        let delegate = Did::decode_from(input)?;
        let actions = Patterns::read(input, "actions")?;
        let resources = Patterns::read(input, "resources")?;
        let expires_ms = input.u64()?;
        let hops = input.u8()?;
        within("hops", u64::from(hops), 0, u64::from(HOPS_MAX))?;
        let rate = if input.flag("rate flag")? { Some(Rate::decode_from(input)?) } else { None };
        let budget = if input.flag("budget flag")? { Some(input.u64()?) } else { None };
        let approvers = approvers(input)?;
        let factor_ppm = input.u32()?;
        within("factor", u64::from(factor_ppm), 1, u64::from(FACTOR_PPM_MAX))?;
        Ok(Self {
            nonce,
            parent,
            delegate,
            expires_ms,
            hops,
            rate,
            budget,
            factor_ppm,
            actions,
            resources,
            approvers,
        })
    }

    /// Whether it allows `action`.
    #[must_use]
    pub fn allows_action(&self, action: &str) -> bool {
        self.actions.iter().any(|one| pattern::matches(one, action.as_bytes()))
    }

    /// Whether it allows acting on `resource`.
    #[must_use]
    pub fn allows_resource(&self, resource: &str) -> bool {
        self.resources.iter().any(|one| pattern::matches(one, resource.as_bytes()))
    }

    /// The owned form.
    #[must_use]
    pub fn to_grant(&self) -> Grant {
        let mut approvers = Reader::new(self.approvers);
        Grant {
            nonce: self.nonce,
            parent: self.parent,
            delegate: self.delegate,
            actions: self.actions.iter().map(Pattern::checked).collect(),
            resources: self.resources.iter().map(Pattern::checked).collect(),
            expires_ms: self.expires_ms,
            hops: self.hops,
            rate: self.rate,
            budget: self.budget,
            approvers: std::iter::from_fn(|| Did::decode_from(&mut approvers).ok()).collect(),
            factor_ppm: self.factor_ppm,
        }
    }
}

impl<'a> Patterns<'a> {
    fn read(input: &mut Reader<'a>, what: &'static str) -> Decoded<Self> {
        let count = input.u8()?;
        within(what, u64::from(count), 1, PATTERNS_MAX as u64)?;
        let all = input.rest();
        for _ in 0..count {
            pattern::check(input.text("pattern", PATTERN_BYTES_MAX)?)?;
        }
        let length = all.len() - input.rest().len();
        Ok(Self { count, bytes: all.get(..length).unwrap_or_default() })
    }

    fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut input = Reader::new(self.bytes);
        (0..self.count).map_while(move |_| input.bytes("pattern", PATTERN_BYTES_MAX).ok())
    }
}

fn approvers<'a>(input: &mut Reader<'a>) -> Decoded<&'a [u8]> {
    let count = usize::from(input.u8()?);
    if count > APPROVERS_MAX {
        let max = APPROVERS_MAX;
        return Err(CodecError::TooLarge { what: "approvers", found: count, max });
    }
    let all = input.rest();
    let mut last = None;
    for _ in 0..count {
        let approver = Some(Did::decode_from(input)?);
        if last >= approver {
            return Err(CodecError::NotCanonical("approvers"));
        }
        last = approver;
    }
    Ok(all.get(..count * DID_BYTES).unwrap_or_default())
}

fn within(what: &'static str, found: u64, min: u64, max: u64) -> Decoded<()> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(CodecError::BadValue { what, found }) }
}

fn put_patterns(out: &mut Vec<u8>, patterns: &[Pattern]) {
    out.push(u8::try_from(patterns.len()).unwrap_or(u8::MAX));
    patterns.iter().for_each(|pattern| put_bytes(out, pattern.as_str().as_bytes()));
}

impl Canonical for Grant {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.nonce);
        out.push(u8::from(self.parent.is_some()));
        if let Some(parent) = &self.parent {
            parent.encode_into(out);
        }
        self.delegate.encode_into(out);
        put_patterns(out, &self.actions);
        put_patterns(out, &self.resources);
        out.extend_from_slice(&self.expires_ms.to_be_bytes());
        out.push(self.hops);
        out.push(u8::from(self.rate.is_some()));
        if let Some(rate) = &self.rate {
            rate.encode_into(out);
        }
        out.push(u8::from(self.budget.is_some()));
        if let Some(budget) = &self.budget {
            out.extend_from_slice(&budget.to_be_bytes());
        }
        out.push(u8::try_from(self.approvers.len()).unwrap_or(u8::MAX));
        self.approvers.iter().for_each(|approver| approver.encode_into(out));
        out.extend_from_slice(&self.factor_ppm.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        GrantRef::read(input).map(|grant| grant.to_grant())
    }
}

impl Canonical for Rate {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.window_ms.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let rate = Self { count: input.u32()?, window_ms: input.u64()? };
        within("rate", u64::from(rate.count), 1, u64::MAX)?;
        within("rate window", rate.window_ms, 1, u64::MAX)?;
        Ok(rate)
    }
}

/// The payload of `DelegationRevoked`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantRevoked {
    /// The grant that ends, with everything below it.
    pub grant: GrantId,
}

impl Canonical for GrantRevoked {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.grant.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { grant: GrantId::decode_from(input)? })
    }
}

/// An optional event id: flag, then the id.
pub(super) fn put_event(out: &mut Vec<u8>, event: Option<EventId>) {
    out.push(u8::from(event.is_some()));
    if let Some(event) = event {
        out.extend_from_slice(&event.0);
    }
}

#[cfg(test)]
pub(super) mod tests;
