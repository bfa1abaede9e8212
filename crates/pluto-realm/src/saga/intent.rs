//! What a saga wants, and the steps that get there.
//!
//! Intents are structured: no words are interpreted. An intent plans itself into steps, the same on
//! every machine; each step is an action as the judge of actions knows it, and an action that takes it
//! back. Only the last step may have none: behind it nothing can fail any more.
//!
//! An open saga has no plan: what happens to a case is not known when it begins. Its steps are named as
//! they come, and the owner closes it.

use pluto_core::Did;
use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;

use super::reporter::Reporter;

/// Most steps of a plan.
pub const STEPS_MAX: usize = 20;
/// Most steps of an open saga: each rewrites its record, which stays below 43 KiB.
pub const OPEN_STEPS_MAX: usize = 128;
/// Longest resource of a step in bytes.
pub const RESOURCE_BYTES_MAX: usize = 512;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done, as in an action request; 1 to 128 bytes.
    pub action: String,
    /// On what; 1 to 512 bytes.
    pub resource: String,
    /// How much.
    pub amount: u64,
    /// What takes it back, on the same resource and amount; only the last step may do without.
    pub compensation: Option<String>,
    /// Who says what became of it.
    pub reporter: Reporter,
}

/// What a saga wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// An amount of something goes from whoever wants it to somebody else: lock, hand over.
    Transfer {
        /// What; 1 to 256 bytes.
        asset: String,
        /// How much, at least 1.
        amount: u64,
        /// To whom.
        to: Did,
    },
    /// These steps, 1 to 20.
    Steps(Vec<Step>),
    /// Steps that are named as they come, up to 128, until the owner closes it.
    Open {
        /// What they are about; 1 to 512 bytes.
        about: String,
        /// Who names them, and says what became of them.
        reporter: Reporter,
    },
}

/// Longest asset of a transfer in bytes.
const ASSET_BYTES_MAX: usize = 256;

impl Intent {
    /// The steps that get there, as far as they are known when it begins.
    #[must_use]
    pub fn plan(&self) -> Vec<Step> {
        match self {
            Self::Transfer { asset, amount, to } => {
                let step = |action: &str, resource, compensation: Option<&str>| Step {
                    action: action.to_owned(),
                    resource,
                    amount: *amount,
                    compensation: compensation.map(str::to_owned),
                    reporter: Reporter::Owner,
                };
                vec![
                    step("asset:lock", asset.clone(), Some("asset:unlock")),
                    step("asset:transfer", format!("{asset}/{to}"), None),
                ]
            }
            Self::Steps(steps) => steps.clone(),
            Self::Open { .. } => Vec::new(),
        }
    }

    /// Whether only version 2 of the payload can say it.
    pub(super) fn is_late(&self) -> bool {
        match self {
            Self::Transfer { .. } => false,
            Self::Steps(steps) => steps.iter().any(|step| step.reporter != Reporter::Owner),
            Self::Open { .. } => true,
        }
    }
}

impl Step {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.action.as_bytes());
        put_bytes(out, self.resource.as_bytes());
        out.extend_from_slice(&self.amount.to_be_bytes());
        put_compensation(out, self.compensation.as_deref());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let action = some_text(input, "action", NAME_BYTES_MAX)?;
        let resource = some_text(input, "resource", RESOURCE_BYTES_MAX)?;
        let amount = input.u64()?;
        let compensation = compensation(input)?;
        Ok(Self { action, resource, amount, compensation, reporter: Reporter::Owner })
    }
}

impl Canonical for Intent {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Transfer { asset, amount, to } => {
                out.push(0);
                put_bytes(out, asset.as_bytes());
                out.extend_from_slice(&amount.to_be_bytes());
                to.encode_into(out);
            }
            Self::Steps(steps) => {
                let late = self.is_late();
                out.push(if late { 2 } else { 1 });
                out.push(u8::try_from(steps.len()).unwrap_or(u8::MAX));
                for step in steps {
                    step.encode_into(out);
                    if late {
                        step.reporter.encode_into(out);
                    }
                }
            }
            Self::Open { about, reporter } => {
                out.push(3);
                put_bytes(out, about.as_bytes());
                reporter.encode_into(out);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => {
                let asset = some_text(input, "asset", ASSET_BYTES_MAX)?;
                let amount = input.u64()?;
                if amount == 0 {
                    return Err(CodecError::BadValue { what: "amount", found: 0 });
                }
                Ok(Self::Transfer { asset, amount, to: Did::decode_from(input)? })
            }
            1 => Ok(Self::Steps(steps(input, false)?)),
            2 => {
                let intent = Self::Steps(steps(input, true)?);
                let plain = CodecError::NotCanonical("steps that only the owner reports");
                if intent.is_late() { Ok(intent) } else { Err(plain) }
            }
            3 => Ok(Self::Open {
                about: some_text(input, "about", RESOURCE_BYTES_MAX)?,
                reporter: Reporter::decode_from(input)?,
            }),
            other => Err(CodecError::BadValue { what: "intent", found: other.into() }),
        }
    }
}

fn steps(input: &mut Reader<'_>, late: bool) -> Decoded<Vec<Step>> {
    let count = usize::from(input.u8()?);
    if count == 0 || count > STEPS_MAX {
        return Err(CodecError::BadValue { what: "steps", found: count as u64 });
    }
    let step = |_| {
        let mut step = Step::decode_from(input)?;
        if late {
            step.reporter = Reporter::decode_from(input)?;
        }
        Ok(step)
    };
    let steps = (0..count).map(step).collect::<Decoded<Vec<_>>>()?;
    let (_, before_last) = steps.split_last().unzip();
    let before_last: &[Step] = before_last.unwrap_or_default();
    if before_last.iter().any(|step| step.compensation.is_none()) {
        return Err(CodecError::NotCanonical("step without compensation"));
    }
    Ok(steps)
}

pub(super) fn put_compensation(out: &mut Vec<u8>, compensation: Option<&str>) {
    out.push(u8::from(compensation.is_some()));
    compensation.iter().for_each(|action| put_bytes(out, action.as_bytes()));
}

pub(super) fn compensation(input: &mut Reader<'_>) -> Decoded<Option<String>> {
    let compensated = input.flag("compensation")?;
    compensated.then(|| some_text(input, "compensation", NAME_BYTES_MAX)).transpose()
}

pub(super) fn some_text(input: &mut Reader<'_>, what: &'static str, max: usize) -> Decoded<String> {
    match input.text(what, max)? {
        "" => Err(CodecError::BadValue { what, found: 0 }),
        text => Ok(text.to_owned()),
    }
}
