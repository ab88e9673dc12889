-- The same steps stand in ../sqlite. What is derived from the content (terms, counts, words, search documents) is
-- filled by the program, which knows how: see `deriving.rs`.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Facts about this database: its identity, and by which recipe its derived tables were filled.
CREATE TABLE facts (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value text NOT NULL
);

INSERT INTO facts VALUES ('identity', left(replace(gen_random_uuid()::text, '-', ''), 16)), ('recipe', '0');

-- The search documents take its place.
ALTER TABLE records DROP COLUMN folded;

-- What a revision meant to the public, and under which slug the public knew the record.
ALTER TABLE revisions
    DROP CONSTRAINT revisions_action_check,
    ADD COLUMN effect text COLLATE "C" CHECK (effect IN ('upserted', 'removed')), -- null: the public saw nothing of it
    ADD COLUMN public_slug text COLLATE "C",
    ADD COLUMN updated_at timestamptz;  -- of the record; earlier than "at" where a file said so

UPDATE revisions SET
    effect = CASE WHEN visible THEN 'upserted' WHEN before THEN 'removed' END,
    public_slug = CASE WHEN visible THEN slug WHEN before THEN slug_before END,
    at = latest, -- never before that of the revision before
    updated_at = coalesce(
        (SELECT updated_at FROM records WHERE id = revisions.record AND records.version = revisions.version), at)
FROM (
    SELECT seq AS number, lag(visible) OVER history AS before, lag(slug) OVER history AS slug_before,
        max(at) OVER (ORDER BY seq) AS latest
    FROM revisions
    WINDOW history AS (PARTITION BY record ORDER BY seq)
) AS history
WHERE seq = number;

ALTER TABLE revisions ALTER COLUMN updated_at SET NOT NULL;

CREATE INDEX revisions_of_record ON revisions (record, seq);
CREATE INDEX revisions_by_moment ON revisions (at, seq);
CREATE INDEX revisions_public ON revisions (seq) WHERE effect IS NOT NULL;
CREATE INDEX revisions_public_by_kind ON revisions (kind, seq) WHERE effect IS NOT NULL;

-- How many records have a term. A term counts from `day` on, and its end counts against it from the day after: the
-- number for a day is the sum of all rows up to that day. Members are counted by their region too.
CREATE TABLE term_counts (
    kind text COLLATE "C" NOT NULL,
    visible boolean NOT NULL,
    region text COLLATE "C" NOT NULL,   -- empty: in any
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    day date NOT NULL,                  -- 0001-01-01 for all that has begun
    number bigint NOT NULL,
    PRIMARY KEY (kind, visible, facet, region, value, day)
);

-- The text of each record. Tokens are folded words and stems behind a letter that says where they stand: n for names,
-- d for German prose, e for English prose, t for what searches are narrowed by (visible, kind, region, field).
CREATE TABLE search_documents (
    record uuid NOT NULL PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    kind text COLLATE "C" NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    names text NOT NULL,                -- folded, one a line, behind the letter of its language
    tokens tsvector NOT NULL
);

CREATE INDEX search_documents_tokens ON search_documents USING gin (tokens);

-- Every folded word and stem that any record has: for parts of words, and for words that are spelled wrong.
CREATE TABLE words (
    word text COLLATE "C" NOT NULL PRIMARY KEY,
    reversed text COLLATE "C" NOT NULL
);

CREATE INDEX words_reversed ON words (reversed);
CREATE INDEX words_parts ON words USING gin (word gin_trgm_ops);
