-- The text indexes of SQLite sort in everything at once.
SELECT 1;
