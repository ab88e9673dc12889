-- The same tables as in ../sqlite. Text that is sorted has the collation "C", so that both databases sort alike.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One row per record. The content is a JSON document. The other columns are searched, sorted, joined or constrained.
CREATE TABLE records (
    id uuid NOT NULL PRIMARY KEY,
    number integer NOT NULL UNIQUE,     -- identifies the record in the index
    kind text COLLATE "C" NOT NULL,
    slug text COLLATE "C",
    status text NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    visible boolean NOT NULL,           -- whether the record is public
    was_visible boolean NOT NULL,       -- whether the record was ever public
    version bigint NOT NULL,
    name text NOT NULL,
    sort_name text COLLATE "C" NOT NULL,            -- DIN 5007-1, compared bytewise
    starts_at timestamptz,                  -- year 1 if the period is open; null if the kind has no periods
    ends_at timestamptz NOT NULL,           -- year 9999 if the period is open
    lat double precision,
    lon double precision,
    x double precision,                             -- the place as a unit vector, for distances without trigonometry
    y double precision,
    z double precision,
    chamber text COLLATE "C",
    external_id text COLLATE "C",
    content text NOT NULL,
    content_hash bytea NOT NULL,         -- BLAKE3 of the content
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,    -- moment of the last revision; later than updated_at if an import set that
    line_hash bigint                    -- hash of the sync line that wrote it; null if it was last written otherwise
);

CREATE SEQUENCE record_numbers AS integer OWNED BY records.number;

-- Statistics quote values and outlive them, so none are collected for columns that may contain names.
ALTER TABLE records ALTER name SET STATISTICS 0, ALTER sort_name SET STATISTICS 0, ALTER external_id SET STATISTICS 0,
    ALTER content SET STATISTICS 0;

CREATE INDEX records_by_name ON records (kind, visible, sort_name, id, changed_at) INCLUDE (number);
CREATE INDEX records_by_change ON records (kind, visible, updated_at, id) INCLUDE (number);
CREATE INDEX records_by_start ON records (kind, visible, starts_at, id) INCLUDE (number, ends_at) WHERE starts_at IS NOT NULL;
-- One index for both purposes. SQLite needs two, because it has no INCLUDE.
CREATE UNIQUE INDEX records_chamber_key ON records (chamber, external_id) INCLUDE (line_hash, status);

-- References between records.
CREATE TABLE links (
    from_record uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    role text COLLATE "C" NOT NULL,
    ordinal integer NOT NULL,
    to_record uuid NOT NULL REFERENCES records (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (from_record, role, ordinal)
);

CREATE INDEX links_to_record ON links (to_record, role, from_record);

-- Every slug that a record ever had.
CREATE TABLE slugs (
    space text COLLATE "C" NOT NULL,
    slug text COLLATE "C" NOT NULL,
    record uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    known boolean NOT NULL,             -- whether it has ever led the public to the record
    PRIMARY KEY (space, slug)
);

CREATE INDEX slugs_of_record ON slugs (record);

-- Every write of a record, in commit order. Feed, history, audit and as_of are views of this table.
CREATE TABLE revisions (
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,            -- never decreases
    action text NOT NULL,
    actor text NOT NULL,
    role text COLLATE "C" NOT NULL,
    token uuid,
    slug text COLLATE "C",
    status text NOT NULL,
    visible boolean NOT NULL,
    effect text COLLATE "C" CHECK (effect IN ('upserted', 'removed')), -- for the public; null if none
    public_slug text COLLATE "C",       -- slug by which the public knew the record
    updated_at timestamptz NOT NULL,    -- of the record; earlier than "at" if an import set it
    UNIQUE (record, version)
);

CREATE INDEX revisions_by_moment ON revisions (at, seq);
CREATE INDEX revisions_public ON revisions (seq) WHERE effect IS NOT NULL;
CREATE INDEX revisions_public_by_kind ON revisions (kind, seq) WHERE effect IS NOT NULL;

-- Replaced content, by the revision that wrote it. Current content is in records.
CREATE TABLE past_contents (
    seq bigint NOT NULL PRIMARY KEY,
    content text NOT NULL
);

ALTER TABLE past_contents ALTER content SET STATISTICS 0;

-- Idempotency-Key: the record version that each write produced, from which a repeated write is answered.
-- `digest` is BLAKE3 of token, path and key.
CREATE TABLE idempotency_keys (
    digest bytea NOT NULL PRIMARY KEY,
    body_hash bytea NOT NULL,
    record uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_of_record ON idempotency_keys (record);

-- Public keys that verify tokens. Private keys never enter the database.
CREATE TABLE signing_keys (
    id uuid NOT NULL PRIMARY KEY,       -- the `kid` of tokens
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz              -- from when the key verifies nothing; after a rotation, the last expiry
);

-- Issued tokens. The tokens themselves are not stored.
CREATE TABLE tokens (
    id uuid NOT NULL PRIMARY KEY,
    signing_key uuid NOT NULL REFERENCES signing_keys (id),
    subject text NOT NULL,
    role text COLLATE "C" NOT NULL CHECK (role IN ('admin', 'editor', 'auditor', 'chamber', 'manager')),
    chamber text COLLATE "C",
    organisation uuid,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz            -- at most a minute behind
);

CREATE INDEX tokens_of_key ON tokens (signing_key, expires_at);
CREATE INDEX tokens_revoked ON tokens (expires_at) WHERE revoked_at IS NOT NULL;

-- What was done with tokens and keys, for the audit. Numbers come from the sequence of revisions, so that the audit has
-- one order; feed, history and as_of do not read this table.
CREATE TABLE credential_events (
    seq bigint NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    action text NOT NULL,
    actor text NOT NULL,
    role text COLLATE "C" NOT NULL,
    token uuid,                         -- of the author
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('token', 'key')),
    subject uuid NOT NULL               -- id of the token or key
);

CREATE VIEW audit AS
    SELECT seq, at, action, actor, role, token, kind, record AS subject, slug, status, version FROM revisions
    UNION ALL
    SELECT seq, at, action, actor, role, token, kind, subject, NULL::text COLLATE "C", NULL::text, NULL::bigint
    FROM credential_events;

-- Runs of the chambers' sync.
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
    changed_at timestamptz NOT NULL,    -- when the counts were last updated
    finished_at timestamptz
);

CREATE INDEX sync_runs_of_chamber ON sync_runs (chamber, id);
CREATE UNIQUE INDEX sync_runs_under_way ON sync_runs (chamber) WHERE state = 'running';

-- Members that were written singly and unchanged during a run. Its sweep does not delete them.
CREATE TABLE sync_confirmed (
    run uuid NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    record uuid NOT NULL,
    PRIMARY KEY (run, record)
);

-- Rejected lines, up to a limit per run.
CREATE TABLE sync_rejections (
    run uuid NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    external_id text COLLATE "C",
    pointer text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (run, line)
);

ALTER TABLE sync_rejections ALTER external_id SET STATISTICS 0, ALTER pointer SET STATISTICS 0, ALTER reason SET STATISTICS 0;

-- Facts about this database: its identity, the secret that seals cursors, and the state of its derived tables (see `index_state.rs`).
CREATE TABLE facts (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value text NOT NULL
);

INSERT INTO facts VALUES
    ('identity', left(replace(gen_random_uuid()::text, '-', ''), 16)),
    ('secret', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')),
    ('index_version', '0');

-- All tables below are derived from the records and filled by the program (`write/derived.rs`).

-- The dictionary of facet values. Large tables refer to them by number.
CREATE TABLE terms (
    number integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    UNIQUE (kind, facet, value)
);

-- The records that have a term or one below it, as Roaring bitmaps (portable format) in chunks of 262,144 record
-- numbers. Terms with days are included if `dated_terms.in_set` is true.
CREATE TABLE term_sets (
    term integer NOT NULL,
    visible boolean NOT NULL,           -- whether the records are public
    chunk integer NOT NULL,
    records bytea NOT NULL,
    PRIMARY KEY (term, visible, chunk)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);

-- Roaring bitmaps are compressed already.
ALTER TABLE term_sets ALTER COLUMN records SET STORAGE EXTERNAL;

-- The days on which a record has a term.
CREATE TABLE dated_terms (
    term integer NOT NULL,
    visible boolean NOT NULL,
    in_set boolean NOT NULL,            -- it had begun when written and has no end, so the set contains it
    last_day date NOT NULL,             -- year 9999 if open
    first_day date NOT NULL,            -- year 1 if open
    record integer NOT NULL,            -- number of the record
    PRIMARY KEY (term, visible, in_set, last_day, first_day, record)
);

-- Replaced public states, with what collections need for as_of. Content is in past_contents. See `past/`.
CREATE TABLE past_states (
    seq bigint NOT NULL PRIMARY KEY,    -- of the revision
    record uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    shown boolean NOT NULL,             -- whether the record is public today
    sort_name text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,         -- moment of the revision
    until timestamptz NOT NULL,         -- moment of the next revision
    updated_at timestamptz NOT NULL,
    starts_at timestamptz,              -- null if the kind has no periods
    ends_at timestamptz NOT NULL,
    lat double precision,
    lon double precision,
    signature bigint NOT NULL,          -- Bloom filter of the terms; see `past/signature.rs`
    terms bytea NOT NULL                -- packed; see `past/packing.rs`
);

ALTER TABLE past_states ALTER sort_name SET STATISTICS 0;

CREATE INDEX past_states_by_name ON past_states (kind, shown, sort_name, record, until, since, signature);
CREATE INDEX past_states_by_change ON past_states (kind, shown, updated_at, record, until, since, signature);
CREATE INDEX past_states_by_start ON past_states (kind, shown, starts_at, record, until, since, signature)
    WHERE starts_at IS NOT NULL;

-- References of public records over time, for values derived from references. See `past/`.
CREATE TABLE reference_spans (
    term integer NOT NULL,              -- the target, as a term
    record uuid NOT NULL,
    first_day date NOT NULL,            -- days on which the reference applies
    last_day date NOT NULL,
    since timestamptz NOT NULL,         -- moment from which it was public
    until timestamptz,                  -- moment until which it was; null if it still is
    shown boolean NOT NULL,             -- whether the record is public today
    PRIMARY KEY (term, record, first_day, since) INCLUDE (last_day, until, shown)
);

CREATE INDEX reference_spans_ended ON reference_spans (record) WHERE until IS NOT NULL;

-- Search documents. Tokens are folded words and stems. Each starts with partition and place:
--   partition   letter of the kind, then v (visible) or h (hidden)
--   place       n names, d German prose, e English prose, c codes (postal codes, hosts), t tags (region, field, chamber)
CREATE TABLE search_documents (
    number integer NOT NULL PRIMARY KEY, -- number of the record
    record uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    names text NOT NULL,                -- folded, one per line, each preceded by the letter of its language
    tokens tsvector NOT NULL,
    hash bigint NOT NULL                -- of the whole document; unchanged documents are not written
);

ALTER TABLE search_documents ALTER sort_name SET STATISTICS 0, ALTER names SET STATISTICS 0;

-- Every search scans the pending list of the index. With the default of 4 MiB, that would take longer than the rest of
-- the search. In KiB.
CREATE INDEX search_documents_tokens ON search_documents USING gin (tokens) WITH (gin_pending_list_limit = 256);

-- The dictionary of folded words and stems, for parts of words and typos. Each search partition has its own, and so do
-- the hidden members of each chamber. No dictionary depends on records of another.
CREATE TABLE words (
    dictionary text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    reversed text COLLATE "C" NOT NULL,
    visible boolean NOT NULL,           -- whether the dictionary is one of public records
    records integer NOT NULL,           -- number of records that have the word; deleted at 0
    PRIMARY KEY (dictionary, word)
) WITH (fillfactor = 80);               -- room for HOT updates: counts are in no index

ALTER TABLE words ALTER word SET STATISTICS 0, ALTER reversed SET STATISTICS 0;

CREATE INDEX words_reversed ON words (dictionary, reversed);
CREATE INDEX words_parts ON words USING gin (word gin_trgm_ops) WITH (gin_pending_list_limit = 256) WHERE visible;
CREATE INDEX words_hidden_parts ON words USING gin (word gin_trgm_ops) WITH (gin_pending_list_limit = 256)
    WHERE NOT visible;

-- Returns search documents that match an expression. Forces the index, because with a limit the planner scans the whole
-- table if it overestimates the frequency of words. PL/pgSQL, because it caches the plan.
CREATE FUNCTION search_candidates(expression tsquery, most bigint)
RETURNS TABLE (record uuid, kind text, sort_name text, names text)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT record, kind, sort_name, names FROM search_documents WHERE tokens @@ expression LIMIT most;
END
$$;
