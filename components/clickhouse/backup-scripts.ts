import { folders } from "../backup/scripts.ts";

/** Ends with a message and what is kept: a Job that fails is what the alert sees. */
const fail = `fail() { echo "$1" >&2; ls -l "$DUMPS" >&2; exit 1; }`;

/** Counts the rows in a dump, by a ClickHouse that knows no server. A dump without rows has no columns either, and can't be read. */
const rowsIn = `rows_in() { clickhouse local --query "SELECT count() FROM file('$1', 'Native', 'auto', 'zstd')"; }`;

/**
 * The scripts of the backup, by file name. They need the official ClickHouse image: a shell, GNU date and find, `clickhouse-client` and `clickhouse local`.
 *
 * Events are never changed, so each day is dumped once, by the day on which they were received: `TABLE-2026-01-31.native.zst`, and its number of rows in a file beside it.
 *
 * - `dump.sh` dumps every whole day of the last RETENTION_DAYS that is not there yet, so a night that was missed is made up for the next night. It reads each dump back and compares
 *   the number of rows with the table's. Then it removes older days: a backup must not keep what the table forgets.
 * - `restore-check.sh` restores the newest dump that has rows into a table of its own, in a scratch folder, with no server and no password.
 */
export const clickhouseBackupScripts: Readonly<Record<string, string>> = {
    "dump.sh": `set -eu
umask 077
${fail}
${rowsIn}
ask() { clickhouse-client --config-file "$CREDENTIALS/client.xml" --query "$1"; }
day() { date -u -d "$TODAY - $1 days" +%F; }
TODAY="$(date -u +%F)"
# Left by a dump that was cut off. No other one is under way: concurrencyPolicy is Forbid.
find "$DUMPS" -maxdepth 1 -name '.*.partial' -delete
age="$RETENTION_DAYS"
while [ "$age" -ge 1 ]; do
    received="$(day "$age")"
    age="$((age - 1))"
    dump="$DUMPS/$TABLE-$received.native.zst"
    [ ! -e "$dump" ] || continue
    partial="$DUMPS/.$TABLE-$received.partial"
    rows_of_day="FROM $DATABASE.$TABLE WHERE toDate(received_at, 'UTC') = '$received'"
    ask "SELECT * $rows_of_day INTO OUTFILE '$partial' COMPRESSION 'zstd' FORMAT Native"
    wanted="$(ask "SELECT count() $rows_of_day")"
    found=0
    [ "$wanted" = 0 ] || found="$(rows_in "$partial")"
    [ "$found" = "$wanted" ] || fail "the dump of $received has $found rows, the table $wanted"
    sync "$partial"
    echo "$found" > "$dump.rows"
    mv "$partial" "$dump"
    echo "wrote $dump: $(stat -c %s "$dump") bytes, $found rows"
done
oldest="$(day "$RETENTION_DAYS")"
for dump in "$DUMPS/$TABLE"-*.native.zst; do
    [ -e "$dump" ] || continue
    received="\${dump#"$DUMPS/$TABLE"-}"
    if expr "\${received%.native.zst}" \\< "$oldest" > /dev/null; then
        echo "removing $dump"
        rm -f "$dump" "$dump.rows"
    fi
done
`,
    "restore-check.sh": `set -eu
umask 077
${fail}
newest="$(find "$DUMPS" -maxdepth 1 -name "$TABLE-*.native.zst" | sort | tail -n 1)"
[ -n "$newest" ] || fail "there is no dump of $TABLE"
oldest_allowed="$DUMPS/$TABLE-$(date -u -d "$(date -u +%F) - $MAXIMUM_AGE_DAYS days" +%F).native.zst"
expr "$newest" \\>= "$oldest_allowed" > /dev/null || fail "the newest dump, $newest, is of a day more than $MAXIMUM_AGE_DAYS days ago"
restored=""
for rows in $(find "$DUMPS" -maxdepth 1 -name "$TABLE-*.native.zst.rows" | sort -r); do
    [ "$(cat "$rows")" = 0 ] || { restored="\${rows%.rows}"; break; }
done
[ -n "$restored" ] || fail "no dump of $TABLE has a row: nothing can be restored"
wanted="$(cat "$restored.rows")"
echo "restoring $restored, which has $wanted rows"
rm -rf "$SCRATCH/server"
found="$(clickhouse local --path "$SCRATCH/server" --multiquery --query "CREATE DATABASE scratch; CREATE TABLE scratch.restored ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM file('$restored', 'Native', 'auto', 'zstd'); SELECT count() FROM scratch.restored")"
[ "$found" = "$wanted" ] || fail "$found of $wanted rows were restored from $restored"
echo "restored $found rows from $restored"
`,
};

/** Environment that both scripts share: where things are, and what is dumped. */
export function backupEnvironment(table: string): Readonly<Record<string, string>> {
    return { CREDENTIALS: folders.credentials, DUMPS: folders.dumps, SCRATCH: folders.scratch, TABLE: table };
}
