-- The same steps stand in ../postgres. What is derived from records is written with them, by the program alone; that the
-- database looks for the record of each row again is not needed.

CREATE TABLE record_terms_alone (
    record BLOB NOT NULL PRIMARY KEY,
    terms BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO record_terms_alone SELECT record, terms FROM record_terms;
DROP TABLE record_terms;
ALTER TABLE record_terms_alone RENAME TO record_terms;

CREATE TABLE search_documents_alone (
    number INTEGER PRIMARY KEY,
    record BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    names TEXT NOT NULL,
    hash INTEGER NOT NULL DEFAULT 0     -- stands for the whole document: one that is as it was is not written
) STRICT;

INSERT INTO search_documents_alone (number, record, kind, sort_name, names)
SELECT number, record, kind, sort_name, names FROM search_documents;
DROP TABLE search_documents;
ALTER TABLE search_documents_alone RENAME TO search_documents;
