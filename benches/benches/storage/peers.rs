//! The same work in other stores: each event under its id, durable when `append` returns.

use std::path::Path;

use pluto_core::traits::LogRecord;

/// A store that keeps events under their ids.
pub(crate) trait Peer {
    /// Stores one batch, with the strongest promise per batch that the store has.
    fn append(&mut self, batch: &[LogRecord]);
}

/// fjall, `PersistMode::SyncData`.
pub(crate) struct Fjall {
    db: fjall::Database,
    events: fjall::Keyspace,
}

impl Fjall {
    pub(crate) fn open(dir: &Path) -> Self {
        let db = fjall::Database::builder(dir).open().unwrap();
        let events = db.keyspace("events", fjall::KeyspaceCreateOptions::default).unwrap();
        Self { db, events }
    }
}

impl Peer for Fjall {
    fn append(&mut self, batch: &[LogRecord]) {
        let mut changes = self.db.batch();
        for record in batch {
            changes.insert(&self.events, record.ids[0].as_bytes(), &*record.bytes);
        }
        changes.commit().unwrap();
        self.db.persist(fjall::PersistMode::SyncData).unwrap();
    }
}

/// sled 0.34, batch and `flush`.
pub(crate) struct Sled(sled::Db);

impl Sled {
    pub(crate) fn open(dir: &Path) -> Self {
        Self(sled::Config::new().path(dir).flush_every_ms(None).open().unwrap())
    }
}

impl Peer for Sled {
    fn append(&mut self, batch: &[LogRecord]) {
        let mut changes = sled::Batch::default();
        for record in batch {
            changes.insert(record.ids[0].as_bytes(), &*record.bytes);
        }
        self.0.apply_batch(changes).unwrap();
        self.0.flush().unwrap();
    }
}

/// redb, `Durability::Immediate`.
pub(crate) struct Redb(redb::Database);

const EVENTS: redb::TableDefinition<'_, &[u8; 32], &[u8]> = redb::TableDefinition::new("events");

impl Redb {
    pub(crate) fn open(file: &Path) -> Self {
        Self(redb::Database::create(file).unwrap())
    }
}

impl Peer for Redb {
    fn append(&mut self, batch: &[LogRecord]) {
        let write = self.0.begin_write().unwrap();
        let mut events = write.open_table(EVENTS).unwrap();
        for record in batch {
            events.insert(record.ids[0].as_bytes(), &*record.bytes).unwrap();
        }
        drop(events);
        write.commit().unwrap();
    }
}
