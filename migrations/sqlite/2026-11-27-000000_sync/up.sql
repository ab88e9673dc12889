-- The same steps stand in ../postgres.

-- By which line a chamber's sync last wrote the record: the same line again changes nothing. Null when it was written
-- in any other way since.
ALTER TABLE records ADD COLUMN line_hash INTEGER;

CREATE INDEX records_of_chamber ON records (chamber, external_id, line_hash, status) WHERE chamber IS NOT NULL;

-- The runs of the chambers' sync.
CREATE TABLE sync_runs (
    id BLOB NOT NULL PRIMARY KEY,
    chamber TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'completed', 'stopped', 'failed', 'interrupted')),
    mode TEXT NOT NULL CHECK (mode IN ('delta', 'full')),
    dry_run INTEGER NOT NULL,
    max_deletion_percent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    sweep TEXT NOT NULL CHECK (sweep IN ('pending', 'none', 'done', 'stopped', 'skipped')),
    sweep_reason TEXT,
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,        -- when the counts were last true
    finished_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_runs_of_chamber ON sync_runs (chamber, id);
CREATE UNIQUE INDEX sync_runs_under_way ON sync_runs (chamber) WHERE state = 'running';

-- The lines that were not taken, as far as they are kept.
CREATE TABLE sync_rejections (
    run BLOB NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    external_id TEXT,
    pointer TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, line)
) STRICT, WITHOUT ROWID;
