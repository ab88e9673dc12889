-- The same steps stand in ../postgres. What is derived from the content (terms, counts, words, search documents) is
-- filled by the program, which knows how: see `deriving.rs`.

-- Facts about this database: its identity, and by which recipe its derived tables were filled.
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO facts VALUES ('identity', lower(hex(randomblob(8)))), ('recipe', '0');

-- The search documents take its place.
ALTER TABLE records DROP COLUMN folded;

-- What a revision meant to the public, and under which slug the public knew the record.
CREATE TABLE revisions_with_effect (
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
    effect TEXT CHECK (effect IN ('upserted', 'removed')),  -- null: the public saw nothing of it
    public_slug TEXT,
    updated_at INTEGER NOT NULL,        -- of the record; earlier than "at" where a file said so
    content TEXT NOT NULL,
    UNIQUE (record, version)
) STRICT;

INSERT INTO revisions_with_effect
SELECT seq, record, kind, version, latest, action, actor, role, token, slug, status, visible,
    CASE WHEN visible THEN 'upserted' WHEN before THEN 'removed' END,
    CASE WHEN visible THEN slug WHEN before THEN slug_before END,
    coalesce((SELECT updated_at FROM records WHERE id = record AND records.version = history.version), at),
    content
FROM (
    SELECT *, lag(visible) OVER history AS before, lag(slug) OVER history AS slug_before,
        max(at) OVER (ORDER BY seq) AS latest
    FROM revisions
    WINDOW history AS (PARTITION BY record ORDER BY seq)
) AS history
ORDER BY seq;

DROP TABLE revisions;
ALTER TABLE revisions_with_effect RENAME TO revisions;

CREATE INDEX revisions_of_record ON revisions (record, seq);
CREATE INDEX revisions_by_moment ON revisions (at, seq);
CREATE INDEX revisions_public ON revisions (seq) WHERE effect IS NOT NULL;
CREATE INDEX revisions_public_by_kind ON revisions (kind, seq) WHERE effect IS NOT NULL;

-- With the end of the term, so that counting reads the index alone.
DROP INDEX terms_of_record;
CREATE INDEX terms_of_record ON terms (record, until);

-- How many records have a term. A term counts from `day` on, and its end counts against it from the day after: the
-- number for a day is the sum of all rows up to that day. Members are counted by their region too.
CREATE TABLE term_counts (
    kind TEXT NOT NULL,
    visible INTEGER NOT NULL,
    region TEXT NOT NULL,               -- empty: in any
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    day TEXT NOT NULL,                  -- 0001-01-01 for all that has begun
    number INTEGER NOT NULL,
    PRIMARY KEY (kind, visible, facet, region, value, day)
) STRICT, WITHOUT ROWID;

-- The text of each record. Tokens are folded words and stems behind a letter that says where they stand: n for names,
-- d for German prose, e for English prose, t for what searches are narrowed by (visible, kind, region, field). Nothing
-- but blanks parts them.
CREATE TABLE search_documents (
    number INTEGER PRIMARY KEY,
    record BLOB NOT NULL UNIQUE REFERENCES records (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    names TEXT NOT NULL                 -- folded, one a line, behind the letter of its language
) STRICT;

CREATE VIRTUAL TABLE search_tokens USING fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, prefix = '2 3 4',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
);

-- Every folded word and stem that any record has: for parts of words, and for words that are spelled wrong.
CREATE TABLE words (
    number INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE,
    reversed TEXT NOT NULL
) STRICT;

CREATE INDEX words_reversed ON words (reversed);

CREATE VIRTUAL TABLE word_parts USING fts5 (
    word, content = 'words', content_rowid = 'number', detail = none, columnsize = 0, tokenize = 'trigram'
);

CREATE TRIGGER words_inserted AFTER INSERT ON words BEGIN
    INSERT INTO word_parts (rowid, word) VALUES (new.number, new.word);
END;
