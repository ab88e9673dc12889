-- The same steps stand in ../sqlite. Text that is compared for order has the collation "C", as there.

-- What is. The content is one JSON document; the columns are what is searched, sorted, joined or constrained.
CREATE TABLE records (
    id uuid NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    slug text COLLATE "C",
    status text NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    visible boolean NOT NULL,           -- the public sees it
    was_visible boolean NOT NULL,       -- the public saw it at some time
    version bigint NOT NULL,
    name text NOT NULL,
    sort_name text COLLATE "C" NOT NULL,            -- DIN 5007-1, compared bytewise
    starts_at timestamptz NOT NULL,         -- the year 1 where the period is open
    ends_at timestamptz NOT NULL,           -- the year 9999 where the period is open
    lat double precision,
    lon double precision,
    x double precision,                             -- the place as a unit vector: distances without trigonometry
    y double precision,
    z double precision,
    chamber text COLLATE "C",
    external_id text COLLATE "C",
    folded text NOT NULL,               -- all its text, folded for comparison
    content text NOT NULL,
    content_hash bytea NOT NULL,         -- BLAKE3 of the content
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (chamber, external_id)
);

CREATE INDEX records_by_name ON records (kind, visible, sort_name, id);
CREATE INDEX records_by_change ON records (kind, visible, updated_at, id);
CREATE INDEX records_by_start ON records (kind, visible, starts_at, id);

-- By which values a record is found and counted, with those above them.
CREATE TABLE terms (
    kind text COLLATE "C" NOT NULL,
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    visible boolean NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    record uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    since date NOT NULL,                -- 0001-01-01 where it is open
    until date NOT NULL,                -- 9999-12-31 where it is open
    PRIMARY KEY (kind, facet, value, visible, sort_name, record, since)
);

CREATE INDEX terms_of_record ON terms (record);

-- Which record refers to which.
CREATE TABLE links (
    from_record uuid NOT NULL REFERENCES records (id) ON DELETE CASCADE,
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
    PRIMARY KEY (space, slug)
);

CREATE INDEX slugs_of_record ON slugs (record);

-- What happened, in the order in which it was committed. Everything that looks back reads this.
CREATE TABLE revisions (
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    action text NOT NULL CHECK (action IN ('create', 'update', 'archive', 'restore', 'import')),
    actor text NOT NULL,
    role text COLLATE "C" NOT NULL,
    token uuid,
    slug text COLLATE "C",
    status text NOT NULL,
    visible boolean NOT NULL,
    content text NOT NULL,
    UNIQUE (record, version)
);

-- Answers to writes that may be sent again.
CREATE TABLE idempotency_keys (
    token uuid NOT NULL,
    path text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    body_hash bytea NOT NULL,
    location text NOT NULL,
    etag text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (token, path, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

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
