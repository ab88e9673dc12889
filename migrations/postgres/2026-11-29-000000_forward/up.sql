-- The same steps stand in ../sqlite. The program fills these tables: see `deriving.rs`.

DROP TABLE record_terms;

-- Which terms each record has, in blocks of up to 64 records of one kind: counting reads hundreds of them instead of
-- hundreds of thousands of rows. What an entry is, `forward/block.rs` says.
CREATE TABLE forward_blocks (
    number integer NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    entries bytea NOT NULL
);

-- Blocks that are too large for their row are few, and soon read again: compressing them costs more than it saves.
ALTER TABLE forward_blocks ALTER COLUMN entries SET STORAGE EXTERNAL;

CREATE INDEX forward_blocks_by_kind ON forward_blocks (kind, number);

-- Where in them a record stands.
CREATE TABLE forward_places (
    record uuid NOT NULL PRIMARY KEY,
    block integer NOT NULL,
    slot smallint NOT NULL
);
