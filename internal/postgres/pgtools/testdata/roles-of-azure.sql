--
-- PostgreSQL database cluster dump
--

\restrict yQcz31AEUruWbGmkMCKrjVvK01TK1t7fFT44v5XRTS0iTVJOhqOkyBSzefaBBrN

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--

CREATE ROLE "Odd ""x;' r";
ALTER ROLE "Odd ""x;' r" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 3;
COMMENT ON ROLE "Odd ""x;' r" IS E'GRANT azure_pg_admin TO me; it''s \\ fine';
CREATE ROLE "azure_pg_admin";
ALTER ROLE "azure_pg_admin" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE "azuresu";
ALTER ROLE "azuresu" WITH SUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
COMMENT ON ROLE "azuresu" IS 'x';
CREATE ROLE "maker";
ALTER ROLE "maker" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE "postgres";
ALTER ROLE "postgres" WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;
CREATE ROLE "replication";
ALTER ROLE "replication" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN REPLICATION NOBYPASSRLS;
CREATE ROLE "u";
ALTER ROLE "u" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS;

--
-- User Configurations
--

--
-- User Config "azuresu"
--

ALTER ROLE "azuresu" SET "log_statement" TO 'all';

--
-- User Config "u"
--

ALTER ROLE "u" SET "search_path" TO 'a', 'B c';
ALTER ROLE "u" SET "app.x" TO E'a
b;''c'' \\ d';


--
-- Role memberships
--

GRANT "azure_pg_admin" TO "u" GRANTED BY "postgres";
GRANT "maker" TO "Odd ""x;' r" GRANTED BY "azuresu";
GRANT "maker" TO "u" WITH ADMIN OPTION GRANTED BY "postgres";
GRANT "pg_monitor" TO "azure_pg_admin" GRANTED BY "postgres";
GRANT "pg_read_all_data" TO "maker" GRANTED BY "postgres";


--
-- Role privileges on configuration parameters
--

GRANT SET ON PARAMETER "log_statement" TO "u";
GRANT SET ON PARAMETER "log_statement" TO "azure_pg_admin";


\unrestrict yQcz31AEUruWbGmkMCKrjVvK01TK1t7fFT44v5XRTS0iTVJOhqOkyBSzefaBBrN

--
-- PostgreSQL database cluster dump complete
--

