-- There is no way back: what the core dropped cannot be filled by SQL. Restore a backup.
SELECT 1;
