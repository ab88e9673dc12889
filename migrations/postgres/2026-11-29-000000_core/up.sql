-- The same tables stand in ../sqlite. Text that is compared for order has the collation "C", as there.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What is. The content is one JSON document; the columns are what is searched, sorted, joined or constrained.
CREATE TABLE records (
    id uuid NOT NULL PRIMARY KEY,
    number integer NOT NULL UNIQUE,     -- stands for the record in the index
    kind text COLLATE "C" NOT NULL,
    slug text COLLATE "C",
    status text NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    visible boolean NOT NULL,           -- the public sees it
    was_visible boolean NOT NULL,       -- the public saw it at some time
    version bigint NOT NULL,
    name text NOT NULL,
    sort_name text COLLATE "C" NOT NULL,            -- DIN 5007-1, compared bytewise
    starts_at timestamptz,                  -- the year 1 where the period is open; null where the kind has no periods
    ends_at timestamptz NOT NULL,           -- the year 9999 where the period is open
    lat double precision,
    lon double precision,
    x double precision,                             -- the place as a unit vector: distances without trigonometry
    y double precision,
    z double precision,
    chamber text COLLATE "C",
    external_id text COLLATE "C",
    content text NOT NULL,
    content_hash bytea NOT NULL,         -- BLAKE3 of the content
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,    -- the moment of its last revision; later than "updated_at" where a file said so
    line_hash bigint                    -- by which line a chamber's sync last wrote it; null: something else did since
);

CREATE SEQUENCE record_numbers AS integer OWNED BY records.number;

-- Statistics quote values, and outlive them: of what may name people none are kept.
ALTER TABLE records ALTER name SET STATISTICS 0, ALTER sort_name SET STATISTICS 0, ALTER external_id SET STATISTICS 0,
    ALTER content SET STATISTICS 0;

CREATE INDEX records_by_name ON records (kind, visible, sort_name, id, changed_at) INCLUDE (number);
CREATE INDEX records_by_change ON records (kind, visible, updated_at, id) INCLUDE (number);
CREATE INDEX records_by_start ON records (kind, visible, starts_at, id) INCLUDE (number, ends_at) WHERE starts_at IS NOT NULL;
-- One index for both; SQLite has no columns beside the key.
CREATE UNIQUE INDEX records_chamber_key ON records (chamber, external_id) INCLUDE (line_hash, status);

-- Which record refers to which.
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
    known boolean NOT NULL,             -- it has led the public to the record
    PRIMARY KEY (space, slug)
);

CREATE INDEX slugs_of_record ON slugs (record);

-- What happened, in the order in which it was committed. Everything that looks back reads this.
CREATE TABLE revisions (
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,            -- never before that of the revision before
    action text NOT NULL,
    actor text NOT NULL,
    role text COLLATE "C" NOT NULL,
    token uuid,
    slug text COLLATE "C",
    status text NOT NULL,
    visible boolean NOT NULL,
    effect text COLLATE "C" CHECK (effect IN ('upserted', 'removed')), -- what it meant to the public; null: nothing
    public_slug text COLLATE "C",       -- under which slug the public knew the record
    updated_at timestamptz NOT NULL,    -- of the record; earlier than "at" where a file said so
    UNIQUE (record, version)
);

CREATE INDEX revisions_by_moment ON revisions (at, seq);
CREATE INDEX revisions_public ON revisions (seq) WHERE effect IS NOT NULL;
CREATE INDEX revisions_public_by_kind ON revisions (kind, seq) WHERE effect IS NOT NULL;

-- The contents that revisions made and others replaced; the present one stands in the record.
CREATE TABLE past_contents (
    seq bigint NOT NULL PRIMARY KEY,
    content text NOT NULL
);

ALTER TABLE past_contents ALTER content SET STATISTICS 0;

-- Writes that may be sent again (Idempotency-Key), and which version of which record each of them made: from that a
-- repeated one is answered. `digest` is BLAKE3 of token, path and key.
CREATE TABLE idempotency_keys (
    digest bytea NOT NULL PRIMARY KEY,
    body_hash bytea NOT NULL,
    record uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_of_record ON idempotency_keys (record);

-- The tokens that were issued.
CREATE TABLE tokens (
    id uuid NOT NULL PRIMARY KEY,
    subject text NOT NULL,
    role text COLLATE "C" NOT NULL CHECK (role IN ('admin', 'editor', 'auditor', 'chamber', 'manager')),
    chamber text COLLATE "C",
    organisation uuid,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- The public keys by which tokens are verified; the private ones never enter the database.
CREATE TABLE signing_keys (
    kid text COLLATE "C" NOT NULL PRIMARY KEY,
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);

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

-- Members that were written singly during a run, and were in that state already: it deletes none of them.
CREATE TABLE sync_confirmed (
    run uuid NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    record uuid NOT NULL,
    PRIMARY KEY (run, record)
);

-- The lines that were not taken, as far as they are kept.
CREATE TABLE sync_rejections (
    run uuid NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    external_id text COLLATE "C",
    pointer text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (run, line)
);

ALTER TABLE sync_rejections ALTER external_id SET STATISTICS 0, ALTER pointer SET STATISTICS 0, ALTER reason SET STATISTICS 0;

-- Facts about this database: its identity, and the state of its derived tables (see `index_state.rs`).
CREATE TABLE facts (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value text NOT NULL
);

INSERT INTO facts VALUES ('identity', left(replace(gen_random_uuid()::text, '-', ''), 16)), ('index_version', '0');

-- What follows is derived from the records, and filled by the program: see `write/derived.rs`.

-- The values that records have. Their numbers stand for them in what there is much of.
CREATE TABLE terms (
    number integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    UNIQUE (kind, facet, value)
);

-- Which records have a term, with those below it: a chunk for each 262,144 of their numbers,
-- as Roaring bitmaps in their portable format. A term that has days is here where `dated_terms` says so.
CREATE TABLE term_sets (
    term integer NOT NULL,
    visible boolean NOT NULL,           -- the public sees the records
    chunk integer NOT NULL,
    records bytea NOT NULL,
    PRIMARY KEY (term, visible, chunk)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);

-- They are compressed as they are.
ALTER TABLE term_sets ALTER COLUMN records SET STORAGE EXTERNAL;

-- From when to when a record has a term that has days.
CREATE TABLE dated_terms (
    term integer NOT NULL,
    visible boolean NOT NULL,
    in_set boolean NOT NULL,            -- it had begun when it was written, and has no end: the set holds it, too
    last_day date NOT NULL,             -- the year 9999 where it is open
    first_day date NOT NULL,            -- the year 1 where it is open
    record integer NOT NULL,            -- its number
    PRIMARY KEY (term, visible, in_set, last_day, first_day, record)
);

-- Public states of records that others replaced since, as far as lists of the past need them; the content is in the
-- revision. See `past/`.
CREATE TABLE past_states (
    seq bigint NOT NULL PRIMARY KEY,    -- of its revision
    record uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    shown boolean NOT NULL,             -- the public sees the record today
    sort_name text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,         -- the moment of its revision
    until timestamptz NOT NULL,         -- that of the next
    updated_at timestamptz NOT NULL,
    starts_at timestamptz,              -- null where the kind has no periods
    ends_at timestamptz NOT NULL,
    lat double precision,
    lon double precision,
    signature bigint NOT NULL,          -- which terms it may have; see `past/signature.rs`
    terms bytea NOT NULL                -- packed; see `past/packing.rs`
);

ALTER TABLE past_states ALTER sort_name SET STATISTICS 0;

CREATE INDEX past_states_by_name ON past_states (kind, shown, sort_name, record, until, since, signature);
CREATE INDEX past_states_by_change ON past_states (kind, shown, updated_at, record, until, since, signature);
CREATE INDEX past_states_by_start ON past_states (kind, shown, starts_at, record, until, since, signature)
    WHERE starts_at IS NOT NULL;

-- Which public record referred to which others, from when to when: for what is derived from references. See `past/`.
CREATE TABLE reference_spans (
    term integer NOT NULL,              -- what it referred to
    record uuid NOT NULL,
    first_day date NOT NULL,            -- on which days
    last_day date NOT NULL,
    since timestamptz NOT NULL,         -- the public saw it from this moment on,
    until timestamptz,                  -- up to this one; null: it still does
    shown boolean NOT NULL,             -- the public sees the record today
    PRIMARY KEY (term, record, first_day, since) INCLUDE (last_day, until, shown)
);

CREATE INDEX reference_spans_ended ON reference_spans (record) WHERE until IS NOT NULL;

-- The text of each record. Tokens are folded words and stems. In front of each are the partition of the record (a letter
-- of its kind; v where the public sees it, h where it is hidden) and the place: n for names, d for German prose, e for
-- English prose, c for codes (postal codes, hosts), t for what searches are narrowed by (region, field, chamber).
CREATE TABLE search_documents (
    number integer NOT NULL PRIMARY KEY, -- that of the record
    record uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    names text NOT NULL,                -- folded, one a line, behind the letter of its language
    tokens tsvector NOT NULL,
    hash bigint NOT NULL                -- stands for the whole document: one that is as it was is not written
);

ALTER TABLE search_documents ALTER sort_name SET STATISTICS 0, ALTER names SET STATISTICS 0;

-- A search reads all that an index has not sorted in yet, one entry after the other: 4 MiB of that, which is the
-- default, take longer than everything else of a search. In KiB.
CREATE INDEX search_documents_tokens ON search_documents USING gin (tokens) WITH (gin_pending_list_limit = 256);

-- The dictionary: every folded word and stem, for parts of words and for typos. Each partition of the search has its own,
-- and so have the hidden members of each chamber: what one holds does not depend on what others hold.
CREATE TABLE words (
    dictionary text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    reversed text COLLATE "C" NOT NULL,
    visible boolean NOT NULL,           -- whether they are words of visible records
    records integer NOT NULL,           -- how many have it; a word that none has is deleted
    PRIMARY KEY (dictionary, word)
) WITH (fillfactor = 80);               -- counting changes no index

ALTER TABLE words ALTER word SET STATISTICS 0, ALTER reversed SET STATISTICS 0;

CREATE INDEX words_reversed ON words (dictionary, reversed);
CREATE INDEX words_parts ON words USING gin (word gin_trgm_ops) WITH (gin_pending_list_limit = 256) WHERE visible;
CREATE INDEX words_hidden_parts ON words USING gin (word gin_trgm_ops) WITH (gin_pending_list_limit = 256)
    WHERE NOT visible;

-- The first search documents that an expression means. The index gives them: a limit leads the planner to read the whole
-- table otherwise, where it takes words for more frequent than they are. PL/pgSQL, since it keeps the plan.
CREATE FUNCTION search_candidates(expression tsquery, most bigint)
RETURNS TABLE (record uuid, kind text, sort_name text, names text)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT record, kind, sort_name, names FROM search_documents WHERE tokens @@ expression LIMIT most;
END
$$;
