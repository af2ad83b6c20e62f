-- Who runs a job: the machine's name and the process there, so that one that was killed need not hold it to the end of
-- its lease.
ALTER TABLE job ADD COLUMN process TEXT;
