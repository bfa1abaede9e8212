//! `pluto archive`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use pluto_core::{BlobId, EventId};
use pluto_realm::archive::HoldScope;

use super::{Acting, Reading};

/// `pluto archive`.
#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Close an epoch: everything behind the last one, up to the newest signed checkpoint.
    Seal {
        /// A blob that belongs to it; can be given several times.
        #[arg(long = "blob")]
        blobs: Vec<BlobId>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// List the epochs, the legal holds on the realm, and how long things are kept.
    List(Reading),
    /// Show an epoch with its blobs.
    Show {
        /// Its number.
        number: u32,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Check manifests, signatures, the chain of epochs, the log and the blobs.
    Verify(Reading),
    /// Put a legal hold on something: it is not erased until an owner lifts the hold.
    Hold {
        /// On what.
        #[command(flatten)]
        scope: ScopeArgs,
        /// The name of the hold: a case, an order.
        #[arg(long)]
        name: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Lift a legal hold, as an owner.
    Lift {
        /// On what it is.
        #[command(flatten)]
        scope: ScopeArgs,
        /// Its name.
        #[arg(long)]
        name: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Erase a blob of an epoch, or the payload of an event in one, on every node, once the next checkpoint is
    /// final.
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Erase {
        /// The blob.
        #[arg(group = "what")]
        blob: Option<BlobId>,
        /// The event whose payload goes; its realm has declared witnesses.
        #[arg(long, group = "what")]
        event: Option<EventId>,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Rule how long what is archived from now on is kept at least, in days of realm time.
    Retain {
        /// How many.
        days: u32,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Hand the state at the end of an epoch to a node that joins after payloads of it were erased.
    #[command(subcommand)]
    Footing(FootingCommand),
}

/// `pluto archive footing`.
#[derive(Debug, Subcommand)]
pub enum FootingCommand {
    /// Write the footing of a realm to a file, with what shows who signed it.
    Export {
        /// The file.
        #[arg(long)]
        out: PathBuf,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Check a footing against signatures and the log of this node, and stand on it. The node must not be running.
    Import {
        /// The file.
        file: PathBuf,
    },
}

/// What a legal hold is on: the whole archive, unless something is named.
#[derive(Args, Clone, Copy, Debug)]
pub struct ScopeArgs {
    /// An epoch.
    #[arg(long, conflicts_with = "blob")]
    epoch: Option<u32>,
    /// A blob.
    #[arg(long)]
    blob: Option<BlobId>,
    /// The payload of an event.
    #[arg(long, conflicts_with_all = ["epoch", "blob"])]
    event: Option<EventId>,
}

impl ScopeArgs {
    /// What it is on.
    #[must_use]
    pub const fn scope(self) -> HoldScope {
        match (self.epoch, self.blob, self.event) {
            (Some(epoch), ..) => HoldScope::Epoch(epoch),
            (None, Some(blob), _) => HoldScope::Blob(blob),
            (None, None, Some(event)) => HoldScope::Payload(event),
            (None, None, None) => HoldScope::Realm,
        }
    }
}
