-- What only a superuser can create, and what acts by it.
CREATE FUNCTION evil.command() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM evil.act(''event trigger''); END';
CREATE EVENT TRIGGER {canary} ON ddl_command_end EXECUTE FUNCTION evil.command();
ALTER EVENT TRIGGER {canary} ENABLE ALWAYS;
CREATE TYPE evil.blob;
CREATE FUNCTION evil.blob_in(cstring) RETURNS evil.blob LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION evil.blob_out(evil.blob) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE evil.blob (INPUT = evil.blob_in, OUTPUT = evil.blob_out);
CREATE TABLE evil.blobs (b evil.blob);
INSERT INTO evil.blobs VALUES ('x');
CREATE FUNCTION evil.compare(a evil.pair, b evil.pair) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN evil.look(''operator class'', 0); END';
CREATE FUNCTION evil.below(a evil.pair, b evil.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT evil.compare(a, b) < 0';
CREATE OPERATOR evil.<# (LEFTARG = evil.pair, RIGHTARG = evil.pair, FUNCTION = evil.below);
CREATE OPERATOR CLASS evil.pairs FOR TYPE evil.pair USING btree AS OPERATOR 1 evil.<#, FUNCTION 1 evil.compare(evil.pair, evil.pair);
CREATE TABLE evil.ordered AS SELECT ROW(n, n)::evil.pair AS pair FROM generate_series(1, 9) n;
CREATE INDEX ON evil.ordered (pair evil.pairs);
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE evil.program (line text) SERVER files OPTIONS (program 'touch {files}/foreign');
CREATE MATERIALIZED VIEW evil.run AS SELECT * FROM evil.program;
CREATE EXTENSION dblink;
CREATE MATERIALIZED VIEW evil.linked AS SELECT CASE current_database() WHEN '{source}' THEN ''
	ELSE public.dblink_connect('host=127.0.0.1 port={listener} dbname=x user=x password=x') END AS linked;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE FUNCTION evil.run() RETURNS int LANGUAGE c AS '$libdir/pgcrypto', 'pg_random_uuid';
