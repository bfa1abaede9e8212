//! `pluto room`.

use clap::Subcommand;
use pluto_realm::room::Place;

use super::{Acting, Reading};

/// `pluto room`.
#[derive(Debug, Subcommand)]
pub enum RoomCommand {
    /// Open a room, or `room/partition`, under rules no weaker than those above it; an open one gets
    /// these rules in place of its own. Its records stand in collections `room:<place>:…`.
    Open {
        /// Its name: `a-z`, `0-9` and `-`, with one `/` for a partition.
        place: Place,
        /// Its rules, as `realm rules show` names them.
        #[arg(value_name = "RULE=VALUE")]
        rules: Vec<String>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Close a place: its collections are like any other then.
    Close {
        /// Its name.
        place: Place,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Let a party write in an isolated place.
    Admit {
        /// Its name.
        place: Place,
        /// A DID, a label, or a name in the keystore.
        who: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Take that back.
    Expel {
        /// Its name.
        place: Place,
        /// A DID, a label, or a name in the keystore.
        who: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Show a place, the rules that hold there, and whom it admits.
    Show {
        /// Its name.
        place: Place,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// List the places of a realm.
    List(Reading),
}
