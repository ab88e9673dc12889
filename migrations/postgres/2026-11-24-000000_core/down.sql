DROP TABLE signing_keys;
DROP TABLE tokens;
DROP TABLE idempotency_keys;
DROP TABLE revisions;
DROP TABLE slugs;
DROP TABLE links;
DROP TABLE terms;
DROP TABLE records;
