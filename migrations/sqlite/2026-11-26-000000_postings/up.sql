-- The same steps stand in ../postgres. The program fills these tables: see `deriving.rs`.

DROP TABLE terms;

-- The values that records have. Their numbers stand for them in what there is much of.
CREATE TABLE terms (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, facet, value)
) STRICT;

-- Which records have a term, with those below it, on which days (since 1970).
CREATE TABLE postings (
    term INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    sort_name TEXT NOT NULL,
    record BLOB NOT NULL,
    since INTEGER NOT NULL,             -- the year 1 where it is open
    until INTEGER NOT NULL,             -- the year 9999 where it is open
    signature INTEGER NOT NULL,         -- bits that tell which other terms the record may have
    PRIMARY KEY (term, visible, sort_name, record, since)
) STRICT, WITHOUT ROWID;

-- Which terms a record has: of each its number, first and last day (since 1970), 4 bytes each, the lowest first.
CREATE TABLE record_terms (
    record BLOB NOT NULL PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    terms BLOB NOT NULL
) STRICT, WITHOUT ROWID;
