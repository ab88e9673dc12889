-- There is no way back: the terms are filled by the program, and an older one starts from a backup.
SELECT 1;
