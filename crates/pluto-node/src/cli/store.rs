//! `pluto store`: what can be asked about the stores of a realm's policies.

use clap::Subcommand;

use super::{Acting, Reading};

/// `pluto store`.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Write a record; its fields are checked against the schema first.
    Put {
        /// The store, as its policies call it.
        store: String,
        /// The key.
        key: String,
        /// The fields as a JSON object; `-` reads standard input.
        record: String,
        /// The slot whose bundle declares the store.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Remove a record.
    Delete {
        /// The store.
        store: String,
        /// The key.
        key: String,
        /// The slot whose bundle declares the store.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Show a record as the present schema has it.
    Get {
        /// The store.
        store: String,
        /// The key.
        key: String,
        /// The slot whose bundle declares the store.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// List the records of a store.
    List {
        /// The store.
        store: String,
        /// The slot whose bundle declares the store.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Find the records whose indexed field has a value.
    Find {
        /// The store.
        store: String,
        /// The field; it must be indexed.
        field: String,
        /// The value: text as it is, anything else as JSON.
        value: String,
        /// The slot whose bundle declares the store.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
}
