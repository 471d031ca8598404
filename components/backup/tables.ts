/** Input of psql that makes a session wait for no limit but that of a lock, and write each value in one way, whatever the server's or the role's settings are. */
export const plainSession = `SELECT set_config(name, '0', false) FROM pg_settings
    WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout') \\g /dev/null
SET lock_timeout = '60s';
SET row_security = off;
SET search_path = pg_catalog;
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SET lc_monetary = 'C';`;

/**
 * Input of psql that prints `table|rows|checksum` for each table with rows of its own, in the order of their names.
 *
 * The checksum is the sum of a hash of each row's text, so that the order of rows means nothing. SHA-256, since MD5 is switched off on some servers and the server's own hash functions
 * may differ between versions. Tables of extensions are left out, as pg_dump does.
 */
export const rowsOfTables = `SELECT format('SELECT %L, count(*), coalesce(sum((''x'' || left(encode(sha256(convert_to((t.*)::text, ''UTF8'')), ''hex''), 16))::bit(64)::bigint::numeric), 0) FROM ONLY %I.%I t',
        format('%I.%I', n.nspname, c.relname), n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY format('%I.%I', n.nspname, c.relname) COLLATE "C" \\gexec`;
