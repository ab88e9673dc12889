-- The same steps stand in ../sqlite. What is derived from records is written with them, by the program alone; that the
-- database looks for the record of each row again took a tenth of the time of a chamber's first load.

ALTER TABLE record_terms DROP CONSTRAINT record_terms_record_fkey;
ALTER TABLE search_documents DROP CONSTRAINT search_documents_record_fkey;

-- Stands for the whole document: one that is as it was is not written.
ALTER TABLE search_documents ADD COLUMN hash bigint NOT NULL DEFAULT 0;

-- One index in place of two. SQLite has no columns beside the key, and keeps both.
CREATE UNIQUE INDEX records_chamber_key ON records (chamber, external_id) INCLUDE (line_hash, status);
ALTER TABLE records DROP CONSTRAINT records_chamber_external_id_key;
DROP INDEX records_of_chamber;
