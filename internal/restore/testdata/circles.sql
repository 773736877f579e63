-- What pg_dump divides since it depends on itself in a circle, and what it
-- restores with what it does not say that it needs.
CREATE SCHEMA ext; CREATE EXTENSION btree_gist SCHEMA ext;
CREATE TABLE booking (room int, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO booking VALUES (1, '[2026-01-01,2026-01-02)');

CREATE DOMAIN positive AS int;
CREATE FUNCTION is_positive(i int, like_these positive[]) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT i > 0';
ALTER DOMAIN positive ADD CONSTRAINT positive_check CHECK (is_positive(VALUE, NULL::positive[]));
CREATE TABLE of_domain (d positive); INSERT INTO of_domain VALUES (1);

CREATE TABLE parent (i int, j int);
CREATE FUNCTION parents_default(parent) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION parents_check(i int, example parent) RETURNS bool LANGUAGE sql AS 'SELECT i > 0';
ALTER TABLE parent ALTER COLUMN j SET DEFAULT parents_default(NULL), ADD CONSTRAINT parents_check CHECK (parents_check(i, NULL));
CREATE TABLE child (k int) INHERITS (parent); INSERT INTO child VALUES (1, 2, 3);

CREATE TYPE number;
CREATE FUNCTION number_in(cstring) RETURNS number LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION number_out(number) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE number (INPUT = number_in, OUTPUT = number_out, LIKE = int4);
CREATE FUNCTION number_lt(number, number) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION number_le(number, number) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4le';
CREATE FUNCTION number_eq(number, number) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION number_ge(number, number) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4ge';
CREATE FUNCTION number_gt(number, number) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'int4gt';
CREATE FUNCTION number_cmp(number, number) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE OPERATOR < (LEFTARG = number, RIGHTARG = number, FUNCTION = number_lt, COMMUTATOR = >, NEGATOR = >=);
CREATE OPERATOR <= (LEFTARG = number, RIGHTARG = number, FUNCTION = number_le);
CREATE OPERATOR = (LEFTARG = number, RIGHTARG = number, FUNCTION = number_eq, MERGES);
CREATE OPERATOR >= (LEFTARG = number, RIGHTARG = number, FUNCTION = number_ge);
CREATE OPERATOR > (LEFTARG = number, RIGHTARG = number, FUNCTION = number_gt);
CREATE OPERATOR CLASS number_ops DEFAULT FOR TYPE number USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 number_cmp(number, number);
CREATE CAST (int AS number) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (number AS int) WITHOUT FUNCTION;
CREATE TABLE numbers (n number PRIMARY KEY, i int); INSERT INTO numbers VALUES ('1', 1);
CREATE VIEW by_cast AS SELECT i::number AS n, n::int AS i FROM numbers;
CREATE VIEW by_class AS SELECT n, count(*) FROM numbers GROUP BY n;

CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE divided (i int, j int) PARTITION BY LIST (i);
CREATE TABLE part PARTITION OF divided FOR VALUES IN (1); INSERT INTO divided VALUES (1, 2);
CREATE TRIGGER fire AFTER INSERT ON divided FOR EACH ROW EXECUTE FUNCTION fire();
ALTER TABLE part DISABLE TRIGGER fire;

CREATE TABLE customer (id int PRIMARY KEY, name text); INSERT INTO customer SELECT i, 'name ' || i FROM generate_series(1, 5) i;
CREATE VIEW per_customer AS SELECT id, name, count(*) AS n FROM customer GROUP BY id;
CREATE MATERIALIZED VIEW order_stats AS SELECT count(*) AS customers FROM per_customer;
CREATE MATERIALIZED VIEW late AS SELECT id, name FROM customer GROUP BY id;
CREATE VIEW over_late AS SELECT * FROM late;
CREATE MATERIALIZED VIEW later AS SELECT * FROM over_late;
CREATE FUNCTION top() RETURNS SETOF per_customer LANGUAGE sql BEGIN ATOMIC SELECT id, name, n FROM per_customer; END;
CREATE VIEW best AS SELECT * FROM top();
CREATE FUNCTION grouped() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM (SELECT id, name FROM customer GROUP BY id) x; END;
CREATE VIEW over_grouped AS SELECT grouped();

CREATE TABLE a (i int PRIMARY KEY); CREATE TABLE "a b" (i int PRIMARY KEY, x int CONSTRAINT c REFERENCES a);
INSERT INTO a VALUES (1); INSERT INTO "a b" VALUES (1, 1);
CREATE SCHEMA other; CREATE TABLE other.t (i int PRIMARY KEY); CREATE SCHEMA alone; CREATE TABLE alone.t (i int CONSTRAINT key REFERENCES other.t);
INSERT INTO other.t VALUES (1); INSERT INTO alone.t VALUES (1); COMMENT ON CONSTRAINT key ON alone.t IS 'commented';
