-- A database whose functions act when it is restored, and not where it was
-- made. The words in braces are the test's. The role {owner} could create
-- everything in it.
SET ROLE {owner};
CREATE SCHEMA evil;
GRANT USAGE, CREATE ON SCHEMA evil TO PUBLIC;
CREATE TABLE evil.log (place text, as_role text, statement text, allowed bool, why text);
GRANT ALL ON evil.log TO PUBLIC;

-- Everything here changes or reaches something outside the database.
CREATE FUNCTION evil.attempts() RETURNS text[] LANGUAGE sql AS $attempts$ SELECT ARRAY[
	$$CREATE EXTENSION dblink SCHEMA evil$$,
	$$SELECT evil.dblink_exec('host=localhost port={server} dbname={canary} user={canary} password={password}', 'INSERT INTO t VALUES (666)')$$,
	$$DO 'BEGIN PERFORM evil.dblink_connect(''host=127.0.0.1 port={listener} dbname=x user=x password=x'');
		EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection THEN NULL; END'$$,
	$$DO 'BEGIN CREATE SUBSCRIPTION {canary} CONNECTION ''host=127.0.0.1 port={listener}'' PUBLICATION p WITH (create_slot = false);
		EXCEPTION WHEN connection_failure THEN NULL; END'$$,
	$$CREATE EXTENSION postgres_fdw SCHEMA evil$$,
	$$CREATE EXTENSION file_fdw SCHEMA evil$$,
	$$CREATE FUNCTION evil.in_c(text) RETURNS text LANGUAGE c AS '$libdir/dblink', 'dblink_connect'$$,
	$$COPY (SELECT 1) TO PROGRAM 'echo > /dev/tcp/127.0.0.1/{listener} || bash -c "echo > /dev/tcp/127.0.0.1/{listener}"'$$,
	$$COPY (SELECT 1) TO PROGRAM 'touch {files}/program'$$,
	$$COPY (SELECT 1) TO '{files}/copy'$$,
	$$DO 'DECLARE o oid := lo_from_bytea(0, ''x''); BEGIN PERFORM lo_export(o, ''{files}/export''); END'$$,
	$$SELECT lo_import('/etc/passwd')$$,
	$$SELECT pg_read_file('/etc/passwd')$$,
	$$SELECT pg_ls_dir('/')$$,
	$$COPY evil.log (why) FROM '/etc/hostname'$$,
	$$SELECT rolpassword FROM pg_authid$$,
	$$ALTER ROLE {canary} PASSWORD 'another'$$,
	$$ALTER ROLE {canary} SUPERUSER$$,
	$$ALTER ROLE {canary} CREATEDB$$,
	$$ALTER ROLE {canary} SET work_mem = '1MB'$$,
	$$COMMENT ON ROLE {canary} IS 'changed'$$,
	$$DO 'BEGIN GRANT CREATE ON DATABASE {canary} TO PUBLIC;
		IF NOT has_database_privilege(''{idle}'', ''{canary}'', ''CREATE'') THEN RAISE ''no privileges were granted''; END IF; END'$$,
	$$ALTER ROLE {idle} RENAME TO {idle}_renamed$$,
	$$CREATE ROLE {canary}_made$$,
	$$GRANT {canary} TO {user}$$,
	$$GRANT pg_execute_server_program TO {user}$$,
	$$ALTER ROLE {user} CREATEROLE$$,
	$$DO 'BEGIN PERFORM set_config(''role'', ''{canary}'', true); PERFORM set_config(''role'', ''none'', true); END'$$,
	$$ALTER DATABASE {canary} SET work_mem = '1MB'$$,
	$$ALTER DATABASE {canary} CONNECTION LIMIT 7$$,
	$$ALTER DATABASE {canary} OWNER TO {user}$$,
	$$COMMENT ON DATABASE {canary} IS 'changed'$$,
	$$REASSIGN OWNED BY {canary} TO {user}$$,
	$$SELECT set_config('session_replication_role', 'origin', true)$$,
	$$SELECT pg_reload_conf()$$,
	$$SELECT pg_drop_replication_slot(slot_name) FROM pg_create_physical_replication_slot('{canary}')$$,
	$$DO 'BEGIN IF NOT pg_terminate_backend({session}) THEN RAISE ''gone''; END IF; END'$$
] $attempts$;

-- Each attempt is made once in each place, since a row of the log is.
CREATE FUNCTION evil.act(place text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	attempt text;
	refusal text;
BEGIN
	IF current_database() = '{source}' OR EXISTS (SELECT FROM evil.log l WHERE l.place = act.place) THEN
		RETURN;
	END IF;
	FOREACH attempt IN ARRAY evil.attempts() LOOP
		BEGIN
			refusal := NULL;
			EXECUTE attempt;
		EXCEPTION WHEN OTHERS THEN
			refusal := SQLERRM;
		END;
		INSERT INTO evil.log VALUES (place, current_user, attempt, refusal IS NULL, refusal);
	END LOOP;
END $$;
CREATE FUNCTION evil.look(place text, n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM evil.act(place); RETURN n; END';
CREATE FUNCTION evil.as_owner(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = evil, pg_temp SET row_security = off
	AS 'BEGIN RETURN look(''security definer'', n); END';
CREATE FUNCTION evil.plus(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE RETURN evil.look('operator', a + b);
CREATE OPERATOR evil.### (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.plus);
CREATE TYPE evil.pair AS (a int, b int);
CREATE FUNCTION evil.pair(n int) RETURNS evil.pair LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ROW(evil.look(''cast'', n), n)::evil.pair; END';
CREATE CAST (int AS evil.pair) WITH FUNCTION evil.pair(int);
CREATE FUNCTION evil.step(state int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT evil.look(''aggregate'', n)';
CREATE AGGREGATE evil.total(int) (SFUNC = evil.step, STYPE = int);
CREATE DOMAIN evil.checked AS int CHECK (evil.look('domain', VALUE) IS NOT NULL);
CREATE PROCEDURE evil.proceed() LANGUAGE plpgsql AS 'BEGIN PERFORM evil.act(''procedure''); END';

CREATE TABLE evil.t (
	n int PRIMARY KEY CHECK (evil.look('check', n) IS NOT NULL),
	checked evil.checked,
	made int GENERATED ALWAYS AS (evil.look('generated column', n)) STORED,
	given int DEFAULT evil.look('default', 1),
	CHECK (evil.as_owner(n) IS NOT NULL),
	CHECK (n OPERATOR(evil.###) 1 > 0),
	CHECK ((n::evil.pair).a > 0)
);
CREATE TABLE evil.parts (n int) PARTITION BY RANGE (evil.look('partition key', n));
CREATE TABLE evil.part PARTITION OF evil.parts FOR VALUES FROM (0) TO (1000);
INSERT INTO evil.t (n, checked, given) SELECT n, n, n FROM generate_series(1, 600) n;
INSERT INTO evil.parts VALUES (1);

CREATE INDEX ON evil.t (evil.look('index', n));
CREATE INDEX ON evil.t (given) WHERE evil.look('predicate', n) > 0;
ALTER TABLE evil.t ADD CONSTRAINT alone EXCLUDE USING btree (evil.look('exclusion', n) WITH =);
CREATE STATISTICS evil.guess ON evil.look('statistics', n), given FROM evil.t;
CREATE FUNCTION evil.fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM evil.act(''trigger''); RETURN NEW; END';
CREATE TRIGGER always BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON evil.t EXECUTE FUNCTION evil.fire();
ALTER TABLE evil.t ENABLE ALWAYS TRIGGER always;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON evil.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.fire();
ALTER TABLE evil.t ENABLE ALWAYS TRIGGER late;
CREATE RULE also AS ON INSERT TO evil.t DO ALSO SELECT evil.act('rule'), evil.attempts();
ALTER TABLE evil.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON evil.t USING (evil.look('policy', n) > 0) WITH CHECK (evil.look('policy', n) > 0);
CREATE VIEW evil.v AS SELECT evil.look('view', n) AS n FROM evil.t;
CREATE MATERIALIZED VIEW evil.m AS SELECT evil.look('materialized view', 1) AS n, evil.total(given) AS total FROM evil.t;
RESET ROLE;
