-- The same steps stand in ../sqlite.

-- By which line a chamber's sync last wrote the record: the same line again changes nothing. Null when it was written
-- in any other way since.
ALTER TABLE records ADD COLUMN line_hash bigint;

CREATE INDEX records_of_chamber ON records (chamber, external_id, line_hash, status) WHERE chamber IS NOT NULL;

-- The runs of the chambers' sync.
CREATE TABLE sync_runs (
    id uuid NOT NULL PRIMARY KEY,
    chamber text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('running', 'completed', 'stopped', 'failed', 'interrupted')),
    mode text COLLATE "C" NOT NULL CHECK (mode IN ('delta', 'full')),
    dry_run boolean NOT NULL,
    max_deletion_percent smallint NOT NULL,
    received bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    unchanged bigint NOT NULL,
    deleted bigint NOT NULL,
    rejected bigint NOT NULL,
    sweep text COLLATE "C" NOT NULL CHECK (sweep IN ('pending', 'none', 'done', 'stopped', 'skipped')),
    sweep_reason text,
    started_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,    -- when the counts were last true
    finished_at timestamptz
);

CREATE INDEX sync_runs_of_chamber ON sync_runs (chamber, id);
CREATE UNIQUE INDEX sync_runs_under_way ON sync_runs (chamber) WHERE state = 'running';

-- The lines that were not taken, as far as they are kept.
CREATE TABLE sync_rejections (
    run uuid NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    external_id text COLLATE "C",
    pointer text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (run, line)
);
