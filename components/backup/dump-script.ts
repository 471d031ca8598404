import { plainSession, rowsOfTables } from "./tables.ts";
import { failure, psql } from "./failure.ts";

/** What a new dump may need in room, in percent of the newest one: the database grows. */
const roomPercent = 150;

/** What libpq, pg_dump and the volume say, and what it means for those who read the Job's log. `$reason` is the line that says it. */
const explanations = `explain() {
    reason="$(echo "$1" | grep -E 'error|ERROR|FATAL|: ' | tail -n 1 | sed -E 's/^psql:[^:]*:[0-9]+: //; s/^[a-z_]+: error: //')"
    case "$1" in
    *'No space left on device'* | *'Disk quota exceeded'*) fail 3 "the volume of the dumps, $DUMPS, is full ($(mib "$(free)") are free): enlarge stores.postgres.backupVolumeSize, or lower retentionDays (now $RETENTION_DAYS)" ;;
    *'Read-only file system'* | *': Permission denied'*) fail 3 "the volume of the dumps, $DUMPS, can't be written to by user $(id -u) ($reason): give it to group $(id -g), or take a storage class that heeds fsGroup" ;;
    *'server version mismatch'*) fail 3 "the image's pg_dump is older than the server at $PGHOST:$PGPORT: set images.postgres to the server's major version or newer" ;;
    *'authentication failed'* | *'no password supplied'* | *'not permitted to log in'* | *'pg_hba.conf'* | *'role "'*'" does not exist'*)
        fail 3 "PostgreSQL at $PGHOST:$PGPORT refuses the login of PGUSER=$PGUSER ($reason): run 'pulumi up', which gives server and Secret the same password" ;;
    *'certificate'* | *'SSL error'* | *'not support SSL'*) fail 3 "no trusted connection to PostgreSQL at $PGHOST:$PGPORT with PGSSLMODE=$PGSSLMODE ($reason): correct the server's certificate, the authority or stores.postgres.sslMode" ;;
    *'database "'*'" does not exist'*) fail 3 "PostgreSQL at $PGHOST:$PGPORT has no database PGDATABASE=$PGDATABASE: run 'pulumi up', which makes it, or correct stores.postgres" ;;
    *'permission denied for'*) fail 3 "PGUSER=$PGUSER may not read all of PGDATABASE=$PGDATABASE ($reason): grant it SELECT there, or make it the owner" ;;
    *'lock timeout'*) fail 1 "another session held a lock in PGDATABASE=$PGDATABASE for a minute ($reason): find it in pg_locks, and end it or wait for it" ;;
    *'connection to server'* | *'translate host name'* | *'server closed the connection'* | *'terminating connection'* | *'from server'* | *'SSL SYSCALL'*)
        fail 1 "PostgreSQL at $PGHOST:$PGPORT does not serve ($reason): start it, or correct stores.postgres.host and port; the network policy of the backup must reach it" ;;
    *) fail 1 "PGDATABASE=$PGDATABASE at $PGHOST:$PGPORT could not be dumped: $reason" ;;
    esac
}`;

/**
 * Dumps a database into a volume that can't fill up.
 *
 * 1. It makes room: what is older than RETENTION_DAYS goes, then the oldest until half as much again as the newest dump is free. The newest good dump always stays.
 * 2. It counts the rows of each table and dumps them, both from one snapshot, under temporary names.
 * 3. It reads the dump's table of contents back, and gives dump and record (`NAME.dump`, `NAME.tables`) their names.
 *
 * A dump is good when its size is that in its record, which has a table a line: name, rows and checksum.
 */
export const dumpScript = `set -eu
umask 077
export LC_ALL=C PGCONNECT_TIMEOUT="\${PGCONNECT_TIMEOUT:-15}"
${failure}
mib() { echo "$((($1 + 1048575) / 1048576)) MiB"; }
free() { df --output=avail --block-size=1 "$DUMPS" | tail -n 1 | tr -d ' '; }
size() { stat -c %s "$1"; }
record() { echo "\${1%.dump}.tables"; }
good() { [ "$(head -n 1 "$(record "$1")" 2> /dev/null)" = "bytes|$(size "$1")" ]; }
remove() { echo "removing $1: $2"; attempt rm -f "$1" "$(record "$1")"; }
${explanations}
attempt() { errors="$("$@" 2>&1 > /dev/null)" || explain "$errors"; }
# libpq takes no password file that others may read, and a mounted Secret is readable by the group.
cp "$CREDENTIALS/passfile" "$SCRATCH/passfile"
export PGPASSFILE="$SCRATCH/passfile"
# Left by a dump that was cut off. No other one is under way: concurrencyPolicy is Forbid.
attempt find "$DUMPS" -maxdepth 1 -name '.*.partial' -delete
trap 'rm -f "$DUMPS"/.*.partial' EXIT
newest=""
newest_good=""
for dump in "$DUMPS/$PGDATABASE"-[0-9]*Z.dump; do
    [ -e "$dump" ] || continue
    newest="$dump"
    ! good "$dump" || newest_good="$dump"
done
kept="\${newest_good:-$newest}"
room=0
[ -z "$kept" ] || room="$(($(size "$kept") * ${String(roomPercent)} / 100))"
for dump in "$DUMPS/$PGDATABASE"-[0-9]*Z.dump; do
    if [ ! -e "$dump" ] || [ "$dump" = "$kept" ]; then
        continue
    elif [ -n "$(find "$dump" -mmin "+$((RETENTION_DAYS * 24 * 60))")" ]; then
        remove "$dump" "older than $RETENTION_DAYS days"
    elif [ "$(free)" -lt "$room" ]; then
        remove "$dump" "$(mib "$(free)") are free, and the next dump may need $(mib "$room")"
    fi
done
[ "$(free)" -ge "$room" ] || fail 3 "the volume of the dumps, $DUMPS, has no room: $(mib "$(free)") are free and the next dump may need $(mib "$room"), half as much again as $kept, the newest good one, which stays: enlarge stores.postgres.backupVolumeSize"
name="$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ)"
export PARTIAL="$DUMPS/.$name.dump.partial"
echo "dumping $PGDATABASE from $PGHOST"
errors="$(${psql} 2>&1 > "$SCRATCH/tables" << 'SQL'
${plainSession}
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
${rowsOfTables}
SELECT pg_export_snapshot() AS snapshot \\gset
\\setenv SNAPSHOT :snapshot
\\! pg_dump --format=custom --no-password --lock-wait-timeout=60s --snapshot="$SNAPSHOT" --file="$PARTIAL" < /dev/null || rm -f "$PARTIAL"
COMMIT;
SQL
)" || explain "$errors"
[ -e "$PARTIAL" ] || explain "$errors"
attempt pg_restore --list "$PARTIAL"
echo "bytes|$(size "$PARTIAL")" | cat - "$SCRATCH/tables" > "$SCRATCH/record"
attempt cp "$SCRATCH/record" "$DUMPS/.$name.tables.partial"
attempt sync "$PARTIAL" "$DUMPS/.$name.tables.partial"
# The record first: a dump without one is not good.
attempt mv "$DUMPS/.$name.tables.partial" "$DUMPS/$name.tables"
attempt mv "$PARTIAL" "$DUMPS/$name.dump"
echo "wrote $DUMPS/$name.dump: $(size "$DUMPS/$name.dump") bytes, $(wc -l < "$SCRATCH/tables") tables; $(mib "$(free)") are free"
`;
