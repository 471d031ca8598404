import { certificateRenewal } from "../certificate-renewal.ts";
import { redisPort, redisReplicas, sentinelPort } from "./configuration.ts";

/**
 * Names that every script starts from. `POD_NAME` and `DOMAIN` (of the headless Service) come from the pod's environment; `TLS_FLAGS` is empty without TLS.
 *
 * Passwords are read from files and handed over in the environment of one command, so that they are in no argument list.
 */
const prelude = `set -eu
statefulset="\${POD_NAME%-*}"
self="$POD_NAME.$DOMAIN"
primary_name="$statefulset"
ordinals="$(seq 0 ${String(redisReplicas - 1)} | tr '\\n' ' ')"
as() { account="$1"; shift; REDISCLI_AUTH="$(cat "/credentials/$account")" timeout 5 redis-cli --no-auth-warning --user "$account" $TLS_FLAGS "$@"; }
ask_primary() {
    for ordinal in $ordinals; do
        answer="$(as sentinel -h "$statefulset-$ordinal.$DOMAIN" -p ${String(sentinelPort)} sentinel get-master-addr-by-name "$primary_name" 2>/dev/null | head -n 1)" || continue
        case "$answer" in *."$DOMAIN") echo "$answer"; return 0 ;; esac
    done
    return 1
}
known_primary() { awk '$1 == "sentinel" && $2 == "monitor" { print $4 }' /data/sentinel/sentinel.conf 2>/dev/null | grep .; }
find_primary() { ask_primary || known_primary || echo "$statefulset-0.$DOMAIN"; }
encrypted() { [ -n "$TLS_FLAGS" ]; }
`;

/**
 * The scripts of a Redis pod, by file name.
 *
 * Who is the primary? A pod first asks the Sentinels; where none answers (the whole cluster starts), the last one this pod knew of; at the very first start,
 * ordinal 0. No controller is needed for any of it.
 */
export const redisScripts: Readonly<Record<string, string>> = {
    "start-server.sh": `${prelude}
umask 077
primary="$(find_primary)"
{
    cat /configuration/redis.conf
    echo "masterauth $(cat /credentials/replication)"
    echo "replica-announce-ip $self"
    [ "$primary" = "$self" ] || echo "replicaof $primary ${String(redisPort)}"
} > /run/redis/redis.conf
echo "starting $self; the primary is $primary"
${certificateRenewal}
# CONFIG SET with the same names makes Redis read the files anew, and drops no connection.
read_certificate() { as sentinel config set tls-cert-file /tls/tls.crt tls-key-file /tls/tls.key tls-ca-cert-file /tls/ca.crt | grep -q OK; }
if encrypted; then when_renewed read_certificate /tls/tls.crt /tls/tls.key /tls/ca.crt; fi
exec redis-server /run/redis/redis.conf
`,
    "start-sentinel.sh": `${prelude}
umask 077
mkdir -p /data/sentinel
file=/data/sentinel/sentinel.conf
primary="$(find_primary)"
learned="$(grep -E '^sentinel (myid|config-epoch|leader-epoch|current-epoch|known-replica|known-sentinel) ' "$file" 2>/dev/null | grep -vF "known-replica $primary_name $primary " || true)"
{
    cat /configuration/sentinel.conf
    echo "sentinel announce-ip $self"
    echo "sentinel monitor $primary_name $primary ${String(redisPort)} 2"
    echo "sentinel auth-user $primary_name sentinel"
    echo "sentinel auth-pass $primary_name $(cat /credentials/sentinel)"
    echo "sentinel sentinel-pass $(cat /credentials/sentinel)"
    echo "sentinel down-after-milliseconds $primary_name 5000"
    echo "sentinel failover-timeout $primary_name 30000"
    echo "$learned"
} > "$file.new"
mv "$file.new" "$file"
${certificateRenewal}
# Sentinel knows no CONFIG SET for certificates.
if encrypted; then when_renewed end_in_turn /tls/tls.crt /tls/tls.key /tls/ca.crt; fi
exec redis-sentinel "$file"
`,
    // A primary that must go hands over first, so that a drained node costs no failed writes beyond the switch itself.
    "hand-over.sh": `${prelude}
[ "$(as exporter role | head -n 1)" = master ] || exit 0
as sentinel -p ${String(sentinelPort)} sentinel failover "$primary_name" || exit 0
for second in $(seq 20); do
    [ "$(as exporter role | head -n 1)" = master ] || exit 0
    sleep 1
done
`,
    // Loading a data set is being alive. A wrong password is not.
    "is-alive.sh": `${prelude}
case "$(as exporter ping 2>&1)" in *PONG* | *LOADING* | *MASTERDOWN*) exit 0 ;; esac
exit 1
`,
    "is-ready.sh": `${prelude}
as exporter info replication | tr -d '\\r' | grep -qE '^(role:master|master_link_status:up)$'
`,
    "is-sentinel-alive.sh": `${prelude}
as exporter -p ${String(sentinelPort)} ping | grep -q PONG
`,
};
