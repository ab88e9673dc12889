ALTER INDEX words_parts RESET (gin_pending_list_limit);
ALTER INDEX search_documents_tokens RESET (gin_pending_list_limit);
