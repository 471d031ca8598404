import { certificateRenewal } from "../certificate-renewal.ts";
import { redisPort, redisReplicas, sentinelPort } from "./configuration.ts";

/** How long a server may be silent before a Sentinel calls it down, in seconds. The other half of a failover, to agree and to promote, takes about 3 s. */
const downAfterSeconds = 3;

/** After how long a failover that does not come to an end is given up, in seconds; Sentinel tries again by itself after twice that. */
const failoverTimeoutSeconds = 10;

/**
 * Names that every script starts from. `POD_NAME` and `DOMAIN` (of the headless Service) come from the pod's environment; `TLS_FLAGS` is empty without TLS.
 *
 * - `ask_sentinels AWK...` asks all Sentinels at once who the primary is and what they know of the servers, and gives each answer to a process of awk.
 * - `ask_primary` is the primary that was elected last, by its epoch: a Sentinel that just starts may still name the one before.
 *
 * Passwords are read from files and handed over in the environment of one command, so that they are in no argument list.
 */
const prelude = `set -eu
statefulset="\${POD_NAME%-*}"
self="$POD_NAME.$DOMAIN"
primary_name="$statefulset"
ordinals="$(seq 0 ${String(redisReplicas - 1)} | tr '\\n' ' ')"
as() { account="$1"; shift; REDISCLI_AUTH="$(cat "/credentials/$account")" timeout 5 redis-cli --no-auth-warning --user "$account" $TLS_FLAGS "$@"; }
ask_sentinels() {
    for ordinal in $ordinals; do
        printf "sentinel get-master-addr-by-name %s\\nsentinel master %s\\nsentinel replicas %s\\n" "$primary_name" "$primary_name" "$primary_name" |
            as sentinel -h "$statefulset-$ordinal.$DOMAIN" -p ${String(sentinelPort)} 2>/dev/null | awk "$@" &
    done
}
ask_primary() {
    ask_sentinels 'NR == 1 { primary = $0 } $0 == "config-epoch" { getline; print $0, primary }' |
        sort -rn | awk -v domain=".$DOMAIN" 'index($2, domain) && !primary { primary = $2 } END { if (!primary) exit 1; print primary }'
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
    // Redis and Sentinel look names up in their one thread, Sentinel many times a second. An answer that takes 2 s, as when a server for names has just gone, makes Sentinel trust
    // nothing and act on nothing for 30 s (TILT). So both find the pods' names in /etc/hosts, and a process of its own keeps that current: an address stays until there is another.
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
    echo "sentinel down-after-milliseconds $primary_name ${String(downAfterSeconds * 1_000)}"
    echo "sentinel failover-timeout $primary_name ${String(failoverTimeoutSeconds * 1_000)}"
    echo "$learned"
} > "$file.new"
mv "$file.new" "$file"
${certificateRenewal}
follow_names() {
    domain=".$DOMAIN"
    while :; do
        names="$(
            awk -v domain="$domain" 'substr($2, length($2) - length(domain) + 1) != domain' /etc/hosts
            for ordinal in $ordinals; do
                name="$statefulset-$ordinal$domain"
                address="$(getent -s hosts:dns ahosts "$name" | awk '{ print $1; exit }')"
                [ -n "$address" ] || address="$(awk -v name="$name" '$2 == name { print $1 }' /etc/hosts)"
                [ -z "$address" ] || echo "$address $name"
            done
        )"
        [ "$names" = "$(cat /etc/hosts)" ] || echo "$names" > /etc/hosts
        sleep 1
    done
}
follow_names &
# Sentinel knows no CONFIG SET for certificates.
if encrypted; then when_renewed end_in_turn /tls/tls.crt /tls/tls.key /tls/ca.crt; fi
exec redis-sentinel "$file"
`,
    // A primary that must go hands over first. It holds writes back from before the replicas are compared until its own end, so no client is told of a write that the next primary
    // does not have. It takes both replicas in step: Sentinel chooses by what it learned up to ten seconds ago, which may be wrong of one that has just started.
    "hand-over.sh": `${prelude}
is_primary() { [ "$(as exporter role | head -n 1)" = master ]; }
replication() { as exporter "$@" info replication | tr -d '\\r'; }
in_step() {
    own="$(replication)"
    offset="$(echo "$own" | sed -n 's/^master_repl_offset://p')"
    [ "$(for replica in $(echo "$own" | sed -nE 's/^slave[0-9]+:ip=([^,]+),.*,state=online,.*,lag=[01]$/\\1/p'); do
        replication -h "$replica" | grep -x "slave_repl_offset:$offset" &
    done | wc -l)" -ge "$1" ]
}
start_failover() {
    for ordinal in $ordinals; do
        [ "$statefulset-$ordinal" = "$POD_NAME" ] && continue
        case "$(as sentinel -h "$statefulset-$ordinal.$DOMAIN" -p ${String(sentinelPort)} sentinel failover "$primary_name" 2>&1)" in OK | *INPROG*) return 0 ;; esac
    done
    return 1
}
hand_over() {
    is_primary || exit 0
    as sentinel client pause 60000 write
    { in_step "$1" || in_step "$1" || in_step "$1"; } && start_failover || { as sentinel client unpause; return 1; }
    for tick in $(seq ${String(failoverTimeoutSeconds * 10)}); do
        case "$(ask_primary)" in
            "" | "$self") sleep 0.1 ;;
            *) as sentinel client kill type normal; exit 0 ;;
        esac
    done
}
for second in $(seq 15); do hand_over ${String(redisReplicas - 1)} || sleep 1; done
# One of them has been gone for so long that Sentinel knows.
while :; do hand_over 1 || sleep 1; done
`,
    // Loading a data set is being alive. A wrong password is not.
    "is-alive.sh": `${prelude}
case "$(as exporter ping 2>&1)" in *PONG* | *LOADING* | *MASTERDOWN*) exit 0 ;; esac
exit 1
`,
    // In step with the primary, and known to the Sentinels, so that the next pod may go: at least a majority answers, and each one that does has talked to this very process.
    "is-ready.sh": `${prelude}
info="$(as exporter info | tr -d '\\r')"
echo "$info" | grep -qE '^(role:master|master_link_status:up)$'
run_id="$(echo "$info" | sed -n 's/^run_id://p')"
[ "$(cat /run/redis/known 2>/dev/null)" = "$run_id" ] && exit 0
ask_sentinels -v run_id="$run_id" '$0 == "runid" { answered = 1; getline; known += $0 == run_id } END { if (answered) print known ? "known" : "unknown" }' |
    awk '{ count[$0]++ } END { exit !(count["known"] > ${String(redisReplicas)} / 2 && !count["unknown"]) }'
echo "$run_id" > /run/redis/known
`,
    "is-sentinel-alive.sh": `${prelude}
as exporter -p ${String(sentinelPort)} ping | grep -q PONG
`,
};
