//! `pluto realm quota`.

use clap::Subcommand;
use pluto_realm::quota::Resource;

use super::when::future;
use super::{Acting, Reading};

/// `pluto realm quota`.
#[derive(Debug, Subcommand)]
pub enum QuotaCommand {
    /// Show the limits of a realm and every account; of one party with a name.
    Show {
        /// A DID, a label, or a name in the keystore.
        who: Option<String>,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Limit what one party may use: `set events 100+10/day` is a hundred at a time and ten back in a day.
    Set {
        /// gas, mana, events, storage (bytes of payloads) or crossings.
        #[arg(value_parser = resource)]
        resource: Resource,
        /// The limit, or `none`.
        limit: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Shut a party out for a time, as an administrator.
    Quarantine {
        /// A DID, a label, or a name in the keystore.
        who: String,
        /// Until when in realm time: a span from now (`24h`), or a date (`2027-01-31`).
        #[arg(long = "until", value_parser = future)]
        until_ms: u64,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// End a quarantine, with a clean record, as an administrator.
    Lift {
        /// A DID, a label, or a name in the keystore.
        who: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Give a party spent tokens back, as an administrator.
    Refund {
        /// A DID, a label, or a name in the keystore.
        who: String,
        /// gas, mana, events, storage or crossings.
        #[arg(value_parser = resource)]
        resource: Resource,
        /// How many.
        tokens: u64,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
}

pub(super) fn resource(text: &str) -> Result<Resource, &'static str> {
    let named = Resource::ALL.into_iter().find(|resource| resource.as_str() == text);
    named.ok_or("expected gas, mana, events, storage or crossings")
}
