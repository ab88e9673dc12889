-- There is no way back: an older program leaves the derived rows of a member that it erases, and starts from a backup.
SELECT 1;
