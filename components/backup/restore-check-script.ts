import { failure, psql } from "./failure.ts";
import { plainSession, rowsOfTables } from "./tables.ts";

/**
 * Restores the newest dump into a database of its own, in a server that lives in a scratch folder and listens on no port, and compares each table's rows and checksum with the
 * record that was made with the dump. A dump is a backup once it was restored.
 */
export const restoreCheckScript = `set -eu
umask 077
export LC_ALL=C
${failure}
# What went wrong with the scratch server, and the first line that says why.
broken() {
    case "$2" in
    *'No space left on device'* | *'Disk quota exceeded'* | *': wrote only '*) fail 3 "the scratch volume, $SCRATCH, is too small to restore $newest: set restoreScratchSize, or enlarge stores.postgres.backupVolumeSize" ;;
    *) fail 3 "$1: $(echo "$2" | grep -E 'error|ERROR|FATAL|: ' | head -n 1 | sed -E 's/^[a-z_]+: error: //')" ;;
    esac
}
newest="$(find "$DUMPS" -maxdepth 1 -name "$PGDATABASE-[0-9]*Z.dump" | sort | tail -n 1)"
[ -n "$newest" ] || fail 3 "there is no dump of PGDATABASE=$PGDATABASE in $DUMPS: see why the dumps fail, or run one"
[ -z "$(find "$newest" -mmin "+$((MAXIMUM_AGE_HOURS * 60))")" ] || fail 3 "the newest dump, $newest, is older than $MAXIMUM_AGE_HOURS h: see why the dumps stopped"
record="\${newest%.dump}.tables"
[ -e "$record" ] || fail 3 "$newest has no record of its tables beside it, $record: nothing can be compared; run a dump, which writes one"
bytes="$(sed -n '1s/^bytes|//p' "$record")"
[ "$bytes" = "$(stat -c %s "$newest")" ] || fail 3 "$newest has $(stat -c %s "$newest") bytes, and had \${bytes:-none} when it was written: it was cut off or changed; run a dump"
sed 1d "$record" > "$SCRATCH/dumped"
[ -s "$SCRATCH/dumped" ] || fail 3 "$newest has no table: nothing can be compared; is PGDATABASE=$PGDATABASE the service's database?"
# The server's programs want a name for the user that they run as, and the image knows none for this one.
wrapper="$(find /usr/lib -name libnss_wrapper.so 2> /dev/null | head -n 1)"
if ! getent passwd "$(id -u)" > /dev/null && [ -n "$wrapper" ]; then
    echo "postgres:x:$(id -u):$(id -g):PostgreSQL:$SCRATCH:/bin/false" > "$SCRATCH/passwd"
    echo "postgres:x:$(id -g):" > "$SCRATCH/group"
    export LD_PRELOAD="$wrapper" NSS_WRAPPER_PASSWD="$SCRATCH/passwd" NSS_WRAPPER_GROUP="$SCRATCH/group"
fi
echo "restoring $newest, which has $(wc -l < "$SCRATCH/dumped") tables"
# From here on everything speaks to the scratch server: nothing of the real one is known to this pod.
export PGHOST="$SCRATCH" PGUSER=postgres PGSSLMODE=disable
rm -rf "$SCRATCH/server"
said="$(initdb --pgdata="$SCRATCH/server" --username=postgres --auth=trust --encoding=UTF8 --no-sync 2>&1)" || broken "the scratch server can't be made" "$said"
pg_ctl start --pgdata="$SCRATCH/server" --wait --log="$SCRATCH/server.log" -o "-c listen_addresses='' -c unix_socket_directories=$SCRATCH -c fsync=off" > /dev/null ||
    broken "the scratch server does not start" "$(cat "$SCRATCH/server.log" 2>&1)"
trap 'pg_ctl stop --pgdata="$SCRATCH/server" --mode=immediate > /dev/null' EXIT
said="$({ createdb --maintenance-db=postgres restored && pg_restore --exit-on-error --no-owner --no-privileges --dbname=restored "$newest"; } 2>&1)" || broken "$newest can't be restored" "$said"
said="$(PGDATABASE=restored ${psql} 2>&1 > "$SCRATCH/restored" << 'SQL'
${plainSession}
${rowsOfTables}
SQL
)" || broken "what was restored from $newest can't be read" "$said"
differences="$(diff "$SCRATCH/dumped" "$SCRATCH/restored" | sed -n 's/^< /dumped /p; s/^> /restored /p' | head -n 4 | tr '\\n' ';')"
[ -z "$differences" ] || fail 3 "what was restored from $newest is not what was dumped (table|rows|checksum): $differences restore the dump before it by hand, and see whether the volume or the image is at fault"
rows="$(awk -F '|' '{ rows += $(NF - 1) } END { print rows }' "$SCRATCH/restored")"
echo "restored $newest: $(wc -l < "$SCRATCH/restored") tables with $rows rows, all as they were dumped"
`;
