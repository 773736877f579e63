-- The roles have the rights that a managed server's would have, and no more.
CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE shop_app LOGIN;
COMMENT ON ROLE shop_app IS 'the web shop itself';

-- Backs up shop/orders; its password is in the Key Vault.
CREATE ROLE pgvault_backup LOGIN;
GRANT pg_read_all_data TO pgvault_backup;

-- Backs up shop/invoices, with a token for each sign-in.
CREATE ROLE pgvault_entra LOGIN IN ROLE pgvault_entra_users, pg_read_all_data;

-- Restores: an administrator as Azure gives one, not a superuser.
CREATE ROLE shop_admin LOGIN CREATEDB CREATEROLE;
GRANT shop_owner TO shop_admin;
