-- A search reads all that an index has not sorted in yet, one entry after the other: 4 MiB of that, which is the
-- default, take longer than everything else of a search. In KiB.
ALTER INDEX search_documents_tokens SET (gin_pending_list_limit = 256);
ALTER INDEX words_parts SET (gin_pending_list_limit = 256);
SELECT gin_clean_pending_list('search_documents_tokens'), gin_clean_pending_list('words_parts');
