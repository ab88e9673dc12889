-- The same tables stand in ../postgres. Moments are microseconds since 1970 in UTC, days ISO 8601, ids 16 bytes.

-- What is. The content is one JSON document; the columns are what is searched, sorted, joined or constrained.
CREATE TABLE records (
    number INTEGER PRIMARY KEY,         -- stands for the record in the index
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    slug TEXT,
    status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    visible INTEGER NOT NULL,           -- the public sees it
    was_visible INTEGER NOT NULL,       -- the public saw it at some time
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,            -- DIN 5007-1, compared bytewise
    starts_at INTEGER,                  -- the year 1 where the period is open; null where the kind has no periods
    ends_at INTEGER NOT NULL,           -- the year 9999 where the period is open
    lat REAL,
    lon REAL,
    x REAL,                             -- the place as a unit vector: distances without trigonometry
    y REAL,
    z REAL,
    chamber TEXT,
    external_id TEXT,
    content TEXT NOT NULL,
    content_hash BLOB NOT NULL,         -- BLAKE3 of the content
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,        -- the moment of its last revision; later than "updated_at" where a file said so
    line_hash INTEGER,                  -- by which line a chamber's sync last wrote it; null: something else did since
    UNIQUE (chamber, external_id)
) STRICT;

CREATE INDEX records_by_name ON records (kind, visible, sort_name, id, changed_at);
CREATE INDEX records_by_change ON records (kind, visible, updated_at, id);
CREATE INDEX records_by_start ON records (kind, visible, starts_at, id, ends_at) WHERE starts_at IS NOT NULL;
CREATE INDEX records_of_chamber ON records (chamber, external_id, line_hash, status) WHERE chamber IS NOT NULL;

-- Which record refers to which.
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
    known INTEGER NOT NULL,             -- it has led the public to the record
    PRIMARY KEY (space, slug)
) STRICT, WITHOUT ROWID;

CREATE INDEX slugs_of_record ON slugs (record);

-- What happened, in the order in which it was committed. Everything that looks back reads this.
CREATE TABLE revisions (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    record BLOB NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,                -- never before that of the revision before
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    token BLOB,
    slug TEXT,
    status TEXT NOT NULL,
    visible INTEGER NOT NULL,
    effect TEXT CHECK (effect IN ('upserted', 'removed')),  -- what it meant to the public; null: nothing
    public_slug TEXT,                   -- under which slug the public knew the record
    updated_at INTEGER NOT NULL,        -- of the record; earlier than "at" where a file said so
    UNIQUE (record, version)
) STRICT;

CREATE INDEX revisions_by_moment ON revisions (at, seq);
CREATE INDEX revisions_public ON revisions (seq) WHERE effect IS NOT NULL;
CREATE INDEX revisions_public_by_kind ON revisions (kind, seq) WHERE effect IS NOT NULL;

-- The contents that revisions made and others replaced; the present one stands in the record.
CREATE TABLE past_contents (
    seq INTEGER NOT NULL PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;

-- Writes that may be sent again (Idempotency-Key), and which version of which record each of them made: from that a
-- repeated one is answered. `digest` is BLAKE3 of token, path and key.
CREATE TABLE idempotency_keys (
    digest BLOB NOT NULL PRIMARY KEY,
    body_hash BLOB NOT NULL,
    record BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_of_record ON idempotency_keys (record);

-- The tokens that were issued.
CREATE TABLE tokens (
    id BLOB NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'auditor', 'chamber', 'manager')),
    chamber TEXT,
    organisation BLOB,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- The public keys by which tokens are verified; the private ones never enter the database.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    public_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT, WITHOUT ROWID;

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

-- Members that were written singly during a run, and were in that state already: it deletes none of them.
CREATE TABLE sync_confirmed (
    run BLOB NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    record BLOB NOT NULL,
    PRIMARY KEY (run, record)
) STRICT, WITHOUT ROWID;

-- The lines that were not taken, as far as they are kept.
CREATE TABLE sync_rejections (
    run BLOB NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    external_id TEXT,
    pointer TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, line)
) STRICT, WITHOUT ROWID;

-- Facts about this database: its identity, and the state of its derived tables (see `index_state.rs`).
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO facts VALUES ('identity', lower(hex(randomblob(8)))), ('index_version', '0');

-- What follows is derived from the records, and filled by the program: see `write/derived.rs`.

-- The values that records have. Their numbers stand for them in what there is much of.
CREATE TABLE terms (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, facet, value)
) STRICT;

-- Which records have a term, with those below it: a chunk for each 262,144 of their numbers,
-- as Roaring bitmaps in their portable format. A term that has days is here where `dated_terms` says so.
CREATE TABLE term_sets (
    term INTEGER NOT NULL,
    visible INTEGER NOT NULL,           -- the public sees the records
    chunk INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (term, visible, chunk)
) STRICT;                               -- with row ids: to compare keys that lie beside large values reads these, too

-- From when to when a record has a term that has days (since 1970).
CREATE TABLE dated_terms (
    term INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    in_set INTEGER NOT NULL,            -- it had begun when it was written, and has no end: the set holds it, too
    last_day INTEGER NOT NULL,          -- the year 9999 where it is open
    first_day INTEGER NOT NULL,         -- the year 1 where it is open
    record INTEGER NOT NULL,            -- its number
    PRIMARY KEY (term, visible, in_set, last_day, first_day, record)
) STRICT, WITHOUT ROWID;

-- Public states of records that others replaced since, as far as lists of the past need them; the content is in the
-- revision. See `past/`.
CREATE TABLE past_states (
    seq INTEGER PRIMARY KEY,            -- of its revision
    record BLOB NOT NULL,
    kind TEXT NOT NULL,
    shown INTEGER NOT NULL,             -- the public sees the record today
    sort_name TEXT NOT NULL,
    since INTEGER NOT NULL,             -- the moment of its revision
    until INTEGER NOT NULL,             -- that of the next
    updated_at INTEGER NOT NULL,
    starts_at INTEGER,                  -- null where the kind has no periods
    ends_at INTEGER NOT NULL,
    lat REAL,
    lon REAL,
    signature INTEGER NOT NULL,         -- which terms it may have; see `past/signature.rs`
    terms BLOB NOT NULL                 -- packed; see `past/packing.rs`
) STRICT;

CREATE INDEX past_states_by_name ON past_states (kind, shown, sort_name, record, until, since, signature);
CREATE INDEX past_states_by_change ON past_states (kind, shown, updated_at, record, until, since, signature);
CREATE INDEX past_states_by_start ON past_states (kind, shown, starts_at, record, until, since, signature)
    WHERE starts_at IS NOT NULL;

-- Which public record referred to which others, from when to when: for what is derived from references. See `past/`.
CREATE TABLE reference_spans (
    term INTEGER NOT NULL,              -- what it referred to
    record BLOB NOT NULL,
    first_day INTEGER NOT NULL,         -- on which days
    last_day INTEGER NOT NULL,
    since INTEGER NOT NULL,             -- the public saw it from this moment on,
    until INTEGER,                      -- up to this one; null: it still does
    shown INTEGER NOT NULL,             -- the public sees the record today
    PRIMARY KEY (term, record, first_day, since)
) STRICT, WITHOUT ROWID;

CREATE INDEX reference_spans_ended ON reference_spans (record) WHERE until IS NOT NULL;

-- The text of each record. Tokens are folded words and stems. In front of each are the partition of the record (a letter
-- of its kind; v where the public sees it, h where it is hidden) and the place: n for names, d for German prose, e for
-- English prose, c for codes (postal codes, hosts), t for what searches are narrowed by (region, field, chamber). Blanks separate them.
CREATE TABLE search_documents (
    number INTEGER PRIMARY KEY,         -- that of the record
    record BLOB NOT NULL,
    kind TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    names TEXT NOT NULL,                -- folded, one a line, behind the letter of its language
    hash INTEGER NOT NULL               -- stands for the whole document: one that is as it was is not written
) STRICT;

CREATE VIRTUAL TABLE search_tokens USING fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, prefix = '6 7',
    tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[]^_`{|}~'"
);

-- So much waits in memory before it is written as a segment, which others must be merged with.
INSERT INTO search_tokens (search_tokens, rank) VALUES ('hashsize', 8388608);

-- The dictionary: every folded word and stem, for parts of words and for typos. Each partition of the search has its own,
-- and so have the hidden members of each chamber: what one holds does not depend on what others hold.
CREATE TABLE words (
    number INTEGER PRIMARY KEY,         -- those of hidden records begin at 2^40
    dictionary TEXT NOT NULL,
    word TEXT NOT NULL,
    reversed TEXT NOT NULL,
    records INTEGER NOT NULL,           -- how many have it; a word that none has is deleted
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
