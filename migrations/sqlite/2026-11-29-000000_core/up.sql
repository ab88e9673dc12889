-- The same tables as in ../postgres. Moments are stored as microseconds since 1970 (UTC), days as days since 1970,
-- ids as 16 bytes.

-- One row per record. The content is a JSON document. The other columns are searched, sorted, joined or constrained.
CREATE TABLE records (
    number INTEGER PRIMARY KEY,         -- identifies the record in the index
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    slug TEXT,
    status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    visible INTEGER NOT NULL,           -- whether the record is public
    was_visible INTEGER NOT NULL,       -- whether the record was ever public
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,            -- DIN 5007-1, compared bytewise
    starts_at INTEGER,                  -- year 1 if the period is open; null if the kind has no periods
    ends_at INTEGER NOT NULL,           -- year 9999 if the period is open
    lat REAL,
    lon REAL,
    x REAL,                             -- the place as a unit vector, for distances without trigonometry
    y REAL,
    z REAL,
    chamber TEXT,
    external_id TEXT,
    content TEXT NOT NULL,
    content_hash BLOB NOT NULL,         -- BLAKE3 of the content
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,        -- moment of the last revision; later than updated_at if an import set that
    line_hash INTEGER,                  -- hash of the sync line that wrote it; null if it was last written otherwise
    UNIQUE (chamber, external_id)
) STRICT;

CREATE INDEX records_by_name ON records (kind, visible, sort_name, id, changed_at);
CREATE INDEX records_by_change ON records (kind, visible, updated_at, id);
CREATE INDEX records_by_start ON records (kind, visible, starts_at, id, ends_at) WHERE starts_at IS NOT NULL;
CREATE INDEX records_of_chamber ON records (chamber, external_id, line_hash, status) WHERE chamber IS NOT NULL;

-- References between records.
CREATE TABLE links (
    from_record BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    role TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    to_record BLOB NOT NULL REFERENCES records (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (from_record, role, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX links_to_record ON links (to_record, role, from_record);

-- Every slug that a record ever had.
CREATE TABLE slugs (
    space TEXT NOT NULL,
    slug TEXT NOT NULL,
    record BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    known INTEGER NOT NULL,             -- whether it has ever led the public to the record
    PRIMARY KEY (space, slug)
) STRICT, WITHOUT ROWID;

CREATE INDEX slugs_of_record ON slugs (record);

-- Every write of a record, in commit order. Feed, history, audit and as_of are views of this table.
CREATE TABLE revisions (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    record BLOB NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,                -- never decreases
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    token BLOB,
    slug TEXT,
    status TEXT NOT NULL,
    visible INTEGER NOT NULL,
    effect TEXT CHECK (effect IN ('upserted', 'removed')),  -- for the public; null if none
    public_slug TEXT,                   -- slug by which the public knew the record
    updated_at INTEGER NOT NULL,        -- of the record; earlier than "at" if an import set it
    UNIQUE (record, version)
) STRICT;

CREATE INDEX revisions_by_moment ON revisions (at, seq);
CREATE INDEX revisions_public ON revisions (seq) WHERE effect IS NOT NULL;
CREATE INDEX revisions_public_by_kind ON revisions (kind, seq) WHERE effect IS NOT NULL;

-- Replaced content, by the revision that wrote it. Current content is in records.
CREATE TABLE past_contents (
    seq INTEGER NOT NULL PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;

-- Idempotency-Key: the record version that each write produced, from which a repeated write is answered.
-- `digest` is BLAKE3 of token, path and key.
CREATE TABLE idempotency_keys (
    digest BLOB NOT NULL PRIMARY KEY,
    body_hash BLOB NOT NULL,
    record BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_of_record ON idempotency_keys (record);

-- Public keys that verify tokens. Private keys never enter the database.
CREATE TABLE signing_keys (
    id BLOB NOT NULL PRIMARY KEY,       -- the `kid` of tokens
    public_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER                  -- from when the key verifies nothing; after a rotation, the last expiry
) STRICT, WITHOUT ROWID;

-- Issued tokens. The tokens themselves are not stored.
CREATE TABLE tokens (
    id BLOB NOT NULL PRIMARY KEY,
    signing_key BLOB NOT NULL REFERENCES signing_keys (id),
    subject TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'auditor', 'chamber', 'manager')),
    chamber TEXT,
    organisation BLOB,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    last_used_at INTEGER                -- at most a minute behind
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_of_key ON tokens (signing_key, expires_at);
CREATE INDEX tokens_revoked ON tokens (expires_at) WHERE revoked_at IS NOT NULL;

-- What was done with tokens and keys, for the audit. Numbers come from the sequence of revisions, so that the audit has
-- one order; feed, history and as_of do not read this table.
CREATE TABLE credential_events (
    seq INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    token BLOB,                         -- of the author
    kind TEXT NOT NULL CHECK (kind IN ('token', 'key')),
    subject BLOB NOT NULL               -- id of the token or key
) STRICT;

-- Allows to take numbers before there is a revision.
INSERT INTO sqlite_sequence (name, seq) VALUES ('revisions', 0);

CREATE VIEW audit AS
    SELECT seq, at, action, actor, role, token, kind, record AS subject, slug, status, version FROM revisions
    UNION ALL
    SELECT seq, at, action, actor, role, token, kind, subject, NULL, NULL, NULL FROM credential_events;

-- Runs of the chambers' sync.
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
    changed_at INTEGER NOT NULL,        -- when the counts were last updated
    finished_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_runs_of_chamber ON sync_runs (chamber, id);
CREATE UNIQUE INDEX sync_runs_under_way ON sync_runs (chamber) WHERE state = 'running';

-- Members that were written singly and unchanged during a run. Its sweep does not delete them.
CREATE TABLE sync_confirmed (
    run BLOB NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    record BLOB NOT NULL,
    PRIMARY KEY (run, record)
) STRICT, WITHOUT ROWID;

-- Rejected lines, up to a limit per run.
CREATE TABLE sync_rejections (
    run BLOB NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    external_id TEXT,
    pointer TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, line)
) STRICT, WITHOUT ROWID;

-- Facts about this database: its identity, the secret that seals cursors, and the state of its derived tables (see `index_state.rs`).
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO facts VALUES
    ('identity', lower(hex(randomblob(8)))), ('secret', lower(hex(randomblob(32)))), ('index_version', '0');

-- All tables below are derived from the records and filled by the program (`write/derived.rs`).

-- The dictionary of facet values. Large tables refer to them by number.
CREATE TABLE terms (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, facet, value)
) STRICT;

-- The records that have a term or one below it, as Roaring bitmaps (portable format) in chunks of 262,144 record
-- numbers. Terms with days are included if `dated_terms.in_set` is true.
CREATE TABLE term_sets (
    term INTEGER NOT NULL,
    visible INTEGER NOT NULL,           -- whether the records are public
    chunk INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (term, visible, chunk)
) STRICT;                               -- with row ids: comparing keys stored beside large values reads these too

-- The days on which a record has a term, as days since 1970.
CREATE TABLE dated_terms (
    term INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    in_set INTEGER NOT NULL,            -- it had begun when written and has no end, so the set contains it
    last_day INTEGER NOT NULL,          -- year 9999 if open
    first_day INTEGER NOT NULL,         -- year 1 if open
    record INTEGER NOT NULL,            -- number of the record
    PRIMARY KEY (term, visible, in_set, last_day, first_day, record)
) STRICT, WITHOUT ROWID;

-- Replaced public states, with what collections need for as_of. Content is in past_contents. See `past/`.
CREATE TABLE past_states (
    seq INTEGER PRIMARY KEY,            -- of the revision
    record BLOB NOT NULL,
    kind TEXT NOT NULL,
    shown INTEGER NOT NULL,             -- whether the record is public today
    sort_name TEXT NOT NULL,
    since INTEGER NOT NULL,             -- moment of the revision
    until INTEGER NOT NULL,             -- moment of the next revision
    updated_at INTEGER NOT NULL,
    starts_at INTEGER,                  -- null if the kind has no periods
    ends_at INTEGER NOT NULL,
    lat REAL,
    lon REAL,
    signature INTEGER NOT NULL,         -- Bloom filter of the terms; see `past/signature.rs`
    terms BLOB NOT NULL                 -- packed; see `past/packing.rs`
) STRICT;

CREATE INDEX past_states_by_name ON past_states (kind, shown, sort_name, record, until, since, signature);
CREATE INDEX past_states_by_change ON past_states (kind, shown, updated_at, record, until, since, signature);
CREATE INDEX past_states_by_start ON past_states (kind, shown, starts_at, record, until, since, signature)
    WHERE starts_at IS NOT NULL;

-- References of public records over time, for values derived from references. See `past/`.
CREATE TABLE reference_spans (
    term INTEGER NOT NULL,              -- the target, as a term
    record BLOB NOT NULL,
    first_day INTEGER NOT NULL,         -- days on which the reference applies
    last_day INTEGER NOT NULL,
    since INTEGER NOT NULL,             -- moment from which it was public
    until INTEGER,                      -- moment until which it was; null if it still is
    shown INTEGER NOT NULL,             -- whether the record is public today
    PRIMARY KEY (term, record, first_day, since)
) STRICT, WITHOUT ROWID;

CREATE INDEX reference_spans_ended ON reference_spans (record) WHERE until IS NOT NULL;

-- Search documents. Tokens are folded words and stems, separated by blanks. Each starts with partition and place:
--   partition   letter of the kind, then v (visible) or h (hidden)
--   place       n names, d German prose, e English prose, c codes (postal codes, hosts), t tags (region, field, chamber)
CREATE TABLE search_documents (
    number INTEGER PRIMARY KEY,         -- number of the record
    record BLOB NOT NULL,
    kind TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    names TEXT NOT NULL,                -- folded, one per line, each preceded by the letter of its language
    hash INTEGER NOT NULL               -- of the whole document; unchanged documents are not written
) STRICT;

CREATE VIRTUAL TABLE search_tokens USING fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, prefix = '6 7',
    tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[]^_`{|}~'"
);

-- Bytes that are collected in memory before they are written as a segment, which must be merged with others.
INSERT INTO search_tokens (search_tokens, rank) VALUES ('hashsize', 8388608);

-- The dictionary of folded words and stems, for parts of words and typos. Each search partition has its own, and so do
-- the hidden members of each chamber. No dictionary depends on records of another.
CREATE TABLE words (
    number INTEGER PRIMARY KEY,         -- words of hidden records start at 2^40
    dictionary TEXT NOT NULL,
    word TEXT NOT NULL,
    reversed TEXT NOT NULL,
    records INTEGER NOT NULL,           -- number of records that have the word; deleted at 0
    UNIQUE (dictionary, word)
) STRICT;

CREATE INDEX words_reversed ON words (dictionary, reversed);

CREATE VIRTUAL TABLE word_parts USING fts5 (
    word, content = 'words', content_rowid = 'number', detail = none, columnsize = 0, tokenize = 'trigram'
);

CREATE TRIGGER words_inserted AFTER INSERT ON words BEGIN
    INSERT INTO word_parts (rowid, word) VALUES (new.number, new.word);
END;

CREATE TRIGGER words_deleted AFTER DELETE ON words BEGIN
    INSERT INTO word_parts (word_parts, rowid, word) VALUES ('delete', old.number, old.word);
END;
