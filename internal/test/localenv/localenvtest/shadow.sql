-- Shadows of pg_catalog's operators, functions, types and relations, in the
-- schema evil. Each counts its use, which a rollback does not take back, and
-- fails.
SET search_path = pg_catalog;
SET check_function_bodies = off;
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE SEQUENCE evil.uses;
GRANT ALL ON evil.uses TO PUBLIC;

CREATE FUNCTION evil.used(what text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
	PERFORM nextval('evil.uses');
	RAISE EXCEPTION 'shadowed: % as %', what, current_user;
END $$;

DO $$
DECLARE
	o record;
BEGIN
	FOR o IN
		SELECT format('CREATE DOMAIN evil.%I AS %s CHECK (evil.used(%L))', typname, oid::regtype, 'type ' || typname) AS sql
		FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0
		UNION ALL
		SELECT format('CREATE VIEW evil.%I AS SELECT * FROM pg_catalog.%1$I WHERE evil.used(%L); GRANT SELECT ON evil.%1$I TO PUBLIC', relname, 'relation ' || relname)
		FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
		UNION ALL
		SELECT format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
			format('BEGIN PERFORM evil.used(%L); END', 'function ' || p.proname))
		FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND (p.prokind IN ('f', 'w') OR p.prokind = 'a' AND p.pronargs > 0)
			AND 'internal'::regtype <> ALL (p.proargtypes) AND p.proname <> ALL (ARRAY(SELECT typname FROM pg_type))
		UNION ALL
		SELECT format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L; CREATE OPERATOR evil.%s (%s RIGHTARG = %s, FUNCTION = evil.%1$I)',
			'operator_' || op.oid, concat_ws(', ', nullif(oprleft, 0)::regtype, oprright::regtype), oprresult::regtype,
			format('BEGIN PERFORM evil.used(%L); END', 'operator ' || oprname), oprname, 'LEFTARG = ' || nullif(oprleft, 0)::regtype || ',', oprright::regtype)
		FROM pg_operator op WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprcode <> 0
	LOOP
		BEGIN
			EXECUTE o.sql;
		EXCEPTION WHEN OTHERS THEN
			NULL; -- PostgreSQL makes none of this kind, such as of an internal type
		END;
	END LOOP;
END $$;

CREATE FUNCTION evil.count_up(bigint) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN PERFORM evil.used('function count(*)'); END$$;
CREATE AGGREGATE evil.count(*) (SFUNC = evil.count_up, STYPE = bigint, INITCOND = '0');
