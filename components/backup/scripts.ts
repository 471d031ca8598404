/** Where the pods find things. The scripts take the folders from the environment, so that they run anywhere. */
export const folders = { credentials: "/credentials", dumps: "/dumps", scratch: "/scratch", scripts: "/scripts" } as const;

/** File name of the dumps: the database's name and the time in UTC, so that the alphabet orders them by age. */
const nameOfDump = '"$DUMPS/$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump"';

/** Shows what is kept, then fails: a Job that fails is what the alert sees. */
const fail = `fail() { echo "$1" >&2; ls -l "$DUMPS" >&2; exit 1; }`;

/**
 * The scripts of the backup, by file name. They need the official PostgreSQL image (a shell, GNU find, and the server's programs), of the server's major version or newer.
 *
 * - `dump.sh` writes a dump under a temporary name, reads its table of contents back, gives it its name, and only then removes what is older than RETENTION_DAYS.
 * - `restore-check.sh` restores the newest dump into a server of its own that lives in a scratch folder and listens on no port. A dump is a backup once it was restored.
 */
export const backupScripts: Readonly<Record<string, string>> = {
    "dump.sh": `set -eu
umask 077
${fail}
# libpq takes no password file that others may read, and a mounted Secret is readable by the group.
cp "$CREDENTIALS/passfile" "$SCRATCH/passfile"
export PGPASSFILE="$SCRATCH/passfile"
# Left by a dump that was cut off. No other one is under way: concurrencyPolicy is Forbid.
find "$DUMPS" -maxdepth 1 -name '.*.partial' -delete
dump=${nameOfDump}
partial="$DUMPS/.$(basename "$dump").partial"
echo "dumping $PGDATABASE from $PGHOST"
pg_dump --format=custom --no-password --lock-wait-timeout=60s --file="$partial"
pg_restore --list "$partial" > "$SCRATCH/contents" || fail "the dump can't be read back"
sync "$partial"
mv "$partial" "$dump"
echo "wrote $dump: $(stat -c %s "$dump") bytes, $(grep -cv '^;' "$SCRATCH/contents" || true) entries"
find "$DUMPS" -maxdepth 1 -name "$PGDATABASE-*.dump" -mmin "+$((RETENTION_DAYS * 24 * 60))" -print -delete
`,
    "restore-check.sh": `set -eu
umask 077
${fail}
newest="$(find "$DUMPS" -maxdepth 1 -name "$PGDATABASE-*.dump" | sort | tail -n 1)"
[ -n "$newest" ] || fail "there is no dump of $PGDATABASE"
[ -z "$(find "$newest" -mmin "+$((MAXIMUM_AGE_HOURS * 60))")" ] || fail "the newest dump, $newest, is older than $MAXIMUM_AGE_HOURS h"
# The server's programs want a name for the user that they run as, and the image knows none for this one.
wrapper="$(find /usr/lib -name libnss_wrapper.so 2>/dev/null | head -n 1)"
if ! getent passwd "$(id -u)" > /dev/null && [ -n "$wrapper" ]; then
    echo "postgres:x:$(id -u):$(id -g):PostgreSQL:$SCRATCH:/bin/false" > "$SCRATCH/passwd"
    echo "postgres:x:$(id -g):" > "$SCRATCH/group"
    export LD_PRELOAD="$wrapper" NSS_WRAPPER_PASSWD="$SCRATCH/passwd" NSS_WRAPPER_GROUP="$SCRATCH/group"
fi
pg_restore --list "$newest" > "$SCRATCH/contents" || fail "$newest can't be read"
wanted="$(awk '$4 == "TABLE" && $5 != "DATA" && $5 != "ATTACH"' "$SCRATCH/contents" | wc -l)"
echo "restoring $newest, which has $wanted tables"
# From here on everything speaks to the scratch server: nothing of the real one is known to this pod.
export PGHOST="$SCRATCH" PGUSER=postgres PGSSLMODE=disable
rm -rf "$SCRATCH/server"
initdb --pgdata="$SCRATCH/server" --username=postgres --auth=trust --encoding=UTF8 --no-sync > "$SCRATCH/initdb.log"
pg_ctl start --pgdata="$SCRATCH/server" --wait --log="$SCRATCH/server.log" -o "-c listen_addresses='' -c unix_socket_directories=$SCRATCH -c fsync=off" > /dev/null || {
    cat "$SCRATCH/server.log" >&2
    exit 1
}
trap 'pg_ctl stop --pgdata="$SCRATCH/server" --mode=immediate > /dev/null' EXIT
createdb --maintenance-db=postgres restored
pg_restore --exit-on-error --no-owner --no-privileges --dbname=restored "$newest"
found="$(psql --no-psqlrc --tuples-only --no-align --dbname=restored --command="SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'")"
[ "$found" -ge "$wanted" ] || fail "$found of $wanted tables were restored from $newest"
echo "restored $found tables from $newest"
`,
};

/** A line of a password file. Colons and backslashes in a field are escaped (https://www.postgresql.org/docs/current/libpq-pgpass.html). */
export function passfileLine(fields: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly username: string;
    readonly password: string;
}): string {
    const { host, port, database, username, password } = fields;
    return `${[host, String(port), database, username, password].map((field) => field.replaceAll(/[\\:]/g, "\\$&")).join(":")}\n`;
}
