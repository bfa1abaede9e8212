//! What a saga wants, and the steps that get there.
//!
//! Intents are structured: no words are interpreted. An intent plans itself into steps, the same on
//! every machine; each step is an action as the judge of actions knows it, and an action that takes it
//! back. Only the last step may have none: behind it nothing can fail any more.

use pluto_core::Did;
use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;

/// Most steps of a saga.
pub const STEPS_MAX: usize = 20;
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
}

/// Longest asset of a transfer in bytes.
const ASSET_BYTES_MAX: usize = 256;

impl Intent {
    /// The steps that get there.
    #[must_use]
    pub fn plan(&self) -> Vec<Step> {
        match self {
            Self::Transfer { asset, amount, to } => {
                let step = |action: &str, resource, compensation: Option<&str>| Step {
                    action: action.to_owned(),
                    resource,
                    amount: *amount,
                    compensation: compensation.map(str::to_owned),
                };
                vec![
                    step("asset:lock", asset.clone(), Some("asset:unlock")),
                    step("asset:transfer", format!("{asset}/{to}"), None),
                ]
            }
            Self::Steps(steps) => steps.clone(),
        }
    }
}

impl Canonical for Step {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.action.as_bytes());
        put_bytes(out, self.resource.as_bytes());
        out.extend_from_slice(&self.amount.to_be_bytes());
        out.push(u8::from(self.compensation.is_some()));
        self.compensation.iter().for_each(|action| put_bytes(out, action.as_bytes()));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let action = some_text(input, "action", NAME_BYTES_MAX)?;
        let resource = some_text(input, "resource", RESOURCE_BYTES_MAX)?;
        let amount = input.u64()?;
        let compensated = input.flag("compensation")?;
        let compensation = if compensated {
            Some(some_text(input, "compensation", NAME_BYTES_MAX)?)
        } else {
            None
        };
        Ok(Self { action, resource, amount, compensation })
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
                out.push(1);
                out.push(u8::try_from(steps.len()).unwrap_or(u8::MAX));
                steps.iter().for_each(|step| step.encode_into(out));
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
            1 => {
                let count = usize::from(input.u8()?);
                if count == 0 || count > STEPS_MAX {
                    return Err(CodecError::BadValue { what: "steps", found: count as u64 });
                }
                let steps = (0..count).map(|_| Step::decode_from(input));
                let steps = steps.collect::<Decoded<Vec<_>>>()?;
                let (_, before_last) = steps.split_last().unzip();
                let before_last: &[Step] = before_last.unwrap_or_default();
                if before_last.iter().any(|step| step.compensation.is_none()) {
                    return Err(CodecError::NotCanonical("step without compensation"));
                }
                Ok(Self::Steps(steps))
            }
            other => Err(CodecError::BadValue { what: "intent", found: other.into() }),
        }
    }
}

fn some_text(input: &mut Reader<'_>, what: &'static str, max: usize) -> Decoded<String> {
    match input.text(what, max)? {
        "" => Err(CodecError::BadValue { what, found: 0 }),
        text => Ok(text.to_owned()),
    }
}
