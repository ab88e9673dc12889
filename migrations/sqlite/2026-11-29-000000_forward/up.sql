-- The same steps stand in ../postgres. The program fills these tables: see `deriving.rs`.

DROP TABLE record_terms;

-- Which terms each record has, in blocks of up to 64 records of one kind: counting reads hundreds of them instead of
-- hundreds of thousands of rows. What an entry is, `forward/block.rs` says.
CREATE TABLE forward_blocks (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    entries BLOB NOT NULL
) STRICT;

CREATE INDEX forward_blocks_by_kind ON forward_blocks (kind, number);

-- Where in them a record stands.
CREATE TABLE forward_places (
    record BLOB NOT NULL PRIMARY KEY,
    block INTEGER NOT NULL,
    slot INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
