-- A web shop: about 60 MB, with what a dump can get wrong.
SET ROLE shop_owner;

CREATE SCHEMA catalogue;
CREATE SCHEMA "Order desk";

CREATE TYPE catalogue.size AS ENUM ('S', 'M', 'L', 'XL');
CREATE DOMAIN catalogue.price AS numeric(10, 2) CHECK (VALUE >= 0);

CREATE TABLE catalogue.products (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    size        catalogue.size NOT NULL,
    price       catalogue.price NOT NULL,
    price_gross numeric(10, 2) GENERATED ALWAYS AS (round(price::numeric * 1.19, 2)) STORED,
    tags        text[] NOT NULL DEFAULT '{}',
    details     jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE catalogue.products IS 'what we sell; »prices« are net';

CREATE TABLE "Order desk".customers (
    id    bigint PRIMARY KEY,
    name  text NOT NULL,
    email text NOT NULL UNIQUE
);

CREATE TABLE "Order desk".orders (
    id          bigint NOT NULL,
    customer_id bigint NOT NULL REFERENCES "Order desk".customers,
    ordered_at  timestamptz NOT NULL,
    note        text,
    PRIMARY KEY (id, ordered_at)
) PARTITION BY RANGE (ordered_at);
CREATE TABLE "Order desk".orders_2025 PARTITION OF "Order desk".orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE "Order desk".orders_2026 PARTITION OF "Order desk".orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

CREATE TABLE "Order desk".lines (
    order_id   bigint NOT NULL,
    line       int NOT NULL,
    product_id int NOT NULL REFERENCES catalogue.products,
    quantity   int NOT NULL CHECK (quantity > 0),
    token      uuid NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE INDEX lines_by_product ON "Order desk".lines (product_id);
CREATE SEQUENCE "Order desk".invoice_numbers START 1000;

INSERT INTO catalogue.products (name, size, price, tags, details)
SELECT 'Shirt ' || i, (enum_range(NULL::catalogue.size))[1 + i % 4], (i * 37 % 9000) / 100.0,
       ARRAY['cotton', 'colour-' || i % 12], jsonb_build_object('weight', i % 300, 'sku', md5(i::text))
FROM generate_series(1, 2000) AS i;

INSERT INTO "Order desk".customers
SELECT i, 'Customer ' || i, 'customer' || i || '@example.com' FROM generate_series(1, 20000) AS i;

INSERT INTO "Order desk".orders
SELECT i, 1 + i % 20000, timestamptz '2025-01-01 00:00+00' + i * interval '5 minutes',
       CASE WHEN i % 9 = 0 THEN E'Zwei Zeilen\nund ein "Anführungszeichen" \\ ' || md5(i::text) END
FROM generate_series(1, 150000) AS i;

INSERT INTO "Order desk".lines
SELECT o, l, 1 + (o * 7 + l) % 2000, 1 + (o + l) % 5, md5(o || '/' || l)::uuid
FROM generate_series(1, 150000) AS o, generate_series(1, 3) AS l;

SELECT setval('"Order desk".invoice_numbers', 4711);

CREATE VIEW "Order desk".turnover AS
SELECT l.product_id, sum(l.quantity * p.price::numeric) AS net
FROM "Order desk".lines AS l JOIN catalogue.products AS p ON p.id = l.product_id GROUP BY 1;
CREATE MATERIALIZED VIEW "Order desk".best_sellers AS SELECT * FROM "Order desk".turnover ORDER BY net DESC LIMIT 50;

CREATE FUNCTION "Order desk".touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.note := coalesce(NEW.note, 'changed');
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON "Order desk".orders FOR EACH ROW EXECUTE FUNCTION "Order desk".touch();

GRANT USAGE ON SCHEMA catalogue, "Order desk" TO shop_app;
GRANT SELECT ON ALL TABLES IN SCHEMA catalogue TO shop_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "Order desk" TO shop_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA "Order desk" GRANT SELECT ON TABLES TO shop_app;

-- A scanned delivery note. pg_read_all_data does not cover large objects.
SELECT lo_from_bytea(240101, decode(repeat('89504e470d0a1a0a', 20000), 'hex'));
GRANT SELECT ON LARGE OBJECT 240101 TO pgvault_backup;

COMMENT ON DATABASE orders IS 'orders of the web shop';
ALTER DATABASE orders SET timezone TO 'Europe/Berlin';
GRANT CONNECT, TEMPORARY ON DATABASE orders TO shop_app;
REVOKE TEMPORARY ON DATABASE orders FROM PUBLIC;
RESET ROLE;
ANALYZE;
