-- What was erased, without personal data. Each instance copies the list to a file, by which erasures are replayed in a
-- restored backup (`write/erasures.rs`).
CREATE TABLE erasures (
    id BLOB NOT NULL PRIMARY KEY,       -- of the record, or a new one if there was none
    chamber TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
