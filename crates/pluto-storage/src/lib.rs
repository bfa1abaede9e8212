//! Event log, key-value store and blobs on disk, in memory, and failing on purpose.
