/** How often a pod looks whether its certificate was renewed, in seconds. The kubelet takes about a minute to bring a new one into the pod; nothing hurries, 30 days are left. */
const periodSeconds = 60;
/** How much later each next pod acts, in seconds: longer than a start takes, so that no two pods of one workload restart at once. */
const staggerSeconds = 300;

/**
 * Shell functions for the start script of a process that reads its certificate only when it starts, or on a signal.
 *
 * - `when_renewed REACTION FILE...` watches the files in the background. Once they differ from what they were at the call, it calls REACTION, and again every minute until that
 *   succeeds. Call it before `exec`: the watcher stays beside the new program.
 * - `end_in_turn` is a reaction: it asks the program that the script became to end, so that the kubelet starts it again with the new files. Pods take turns by their ordinal.
 *
 * The files must come from a Secret that is mounted as a folder. One that is mounted by `subPath` never changes
 * (https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod).
 *
 * `POD_NAME` ends in the ordinal. `RENEWAL_PERIOD_SECONDS` and `RENEWAL_STAGGER_SECONDS` are for tests.
 */
export const certificateRenewal = `fingerprint() { cat "$@" 2> /dev/null | sha256sum; }
when_renewed() {
    reaction="$1"
    shift
    known="$(fingerprint "$@")"
    while sleep "\${RENEWAL_PERIOD_SECONDS:-${String(periodSeconds)}}"; do
        now="$(fingerprint "$@")"
        [ "$now" = "$known" ] || { "$reaction" && known="$now"; } || echo "the renewed certificate is not in use yet; trying again" >&2
    done &
}
end_in_turn() {
    sleep "$((\${POD_NAME##*-} * \${RENEWAL_STAGGER_SECONDS:-${String(staggerSeconds)}}))"
    echo "the certificate was renewed: ending, to start again with it"
    kill -TERM "$$"
}
`;
