-- There is no way back: runs and rejections would be lost.
SELECT 1;
