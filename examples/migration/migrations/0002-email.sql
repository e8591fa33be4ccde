ALTER TABLE people ADD COLUMN email TEXT;
UPDATE people SET email = lower(name) || '@example.org';
