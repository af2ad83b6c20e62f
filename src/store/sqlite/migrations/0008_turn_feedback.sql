-- Which turn of its session an assessment is about, as the session numbers them; null: the session as a whole.
ALTER TABLE assessment ADD COLUMN turn INTEGER;
