-- The same steps stand in ../postgres. Moments are microseconds since 1970 in UTC, days ISO 8601, ids 16 bytes.

-- What is. The content is one JSON document; the columns are what is searched, sorted, joined or constrained.
CREATE TABLE records (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    slug TEXT,
    status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    visible INTEGER NOT NULL,           -- the public sees it
    was_visible INTEGER NOT NULL,       -- the public saw it at some time
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,            -- DIN 5007-1, compared bytewise
    starts_at INTEGER NOT NULL,         -- the year 1 where the period is open
    ends_at INTEGER NOT NULL,           -- the year 9999 where the period is open
    lat REAL,
    lon REAL,
    x REAL,                             -- the place as a unit vector: distances without trigonometry
    y REAL,
    z REAL,
    chamber TEXT,
    external_id TEXT,
    folded TEXT NOT NULL,               -- all its text, folded for comparison
    content TEXT NOT NULL,
    content_hash BLOB NOT NULL,         -- BLAKE3 of the content
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (chamber, external_id)
) STRICT;                               -- with row ids: the documents are too large to live in an index

CREATE INDEX records_by_name ON records (kind, visible, sort_name, id);
CREATE INDEX records_by_change ON records (kind, visible, updated_at, id);
CREATE INDEX records_by_start ON records (kind, visible, starts_at, id);

-- By which values a record is found and counted, with those above them.
CREATE TABLE terms (
    kind TEXT NOT NULL,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    visible INTEGER NOT NULL,
    sort_name TEXT NOT NULL,
    record BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    since TEXT NOT NULL,                -- 0001-01-01 where it is open
    until TEXT NOT NULL,                -- 9999-12-31 where it is open
    PRIMARY KEY (kind, facet, value, visible, sort_name, record, since)
) STRICT, WITHOUT ROWID;

CREATE INDEX terms_of_record ON terms (record);

-- Which record refers to which.
CREATE TABLE links (
    from_record BLOB NOT NULL REFERENCES records (id) ON DELETE CASCADE,
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
    PRIMARY KEY (space, slug)
) STRICT, WITHOUT ROWID;

CREATE INDEX slugs_of_record ON slugs (record);

-- What happened, in the order in which it was committed. Everything that looks back reads this.
CREATE TABLE revisions (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    record BLOB NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('create', 'update', 'archive', 'restore', 'import')),
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    token BLOB,
    slug TEXT,
    status TEXT NOT NULL,
    visible INTEGER NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (record, version)
) STRICT;

-- Answers to writes that may be sent again.
CREATE TABLE idempotency_keys (
    token BLOB NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    location TEXT NOT NULL,
    etag TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (token, path, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

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
