CREATE TABLE t (id int);
INSERT INTO t VALUES (1);
CREATE SUBSCRIPTION away CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION p WITH (connect = false);
-- No restore can refresh it: its function needs a search_path.
CREATE FUNCTION unqualified() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM t); END $$;
CREATE MATERIALIZED VIEW fails AS SELECT unqualified() AS n;
