#!/usr/bin/env bash
# Says in the first second, before anything is installed or built, whether this machine can run the demo; and which nodes it will have.
#
# Exit code 1 where it can't run at all. --proc, --cgroups: other places to read from; for tests.
set -euo pipefail
proc=/proc
cgroups=/sys/fs/cgroup
while [ $# -gt 0 ]; do
    case "$1" in
        --proc) proc="$2" && shift 2 ;;
        --cgroups) cgroups="$2" && shift 2 ;;
        *) echo "demo: unknown option $1" >&2 && exit 2 ;;
    esac
done

# In MiB. A first run fetches and compiles: Go keeps what it made, so that nothing is done twice. Later ones need room for the lab's data alone.
needed_memory=4096
needed_disk_first=20480
needed_disk_later=3072

missing=()
cache="${NOVA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nova-delivery}"
existing="$cache"
while [ ! -d "$existing" ]; do existing="$(dirname "$existing")"; done

if [ "$(id -u)" != 0 ]; then
    missing+=("root: the lab makes networks and nodes of its own. Run 'sudo make demo', or in a virtual machine or a privileged container")
elif ! unshare --net true 2>/dev/null; then
    missing+=("network namespaces: this container must not make any. Start it with --privileged, or use a virtual machine")
fi

memory=$(($(awk '$1 == "MemTotal:" { print $2 }' "$proc/meminfo") / 1024))
limit="$(cat "$cgroups/memory.max" 2>/dev/null || echo max)"
if [ "$limit" != max ] && [ $((limit / 1048576)) -lt "$memory" ]; then memory=$((limit / 1048576)); fi
# A machine that is sold with 4 GB has a little less of it to give.
if [ "$memory" -lt $((needed_memory * 9 / 10)) ]; then
    missing+=("memory: $memory MiB of at least $needed_memory. Give the machine or the container more")
fi

if compgen -G "$cache/tools/pulumi-resource-kubernetes-*" >/dev/null || compgen -G "$cache/tools/kube-apiserver-*" >/dev/null; then needed=$needed_disk_later; else needed=$needed_disk_first; fi
free=$(($(df -Pk "$existing" | awk 'NR == 2 { print $4 }') / 1024))
if [ "$free" -lt "$needed" ]; then
    missing+=("disk: $free MiB are free at $existing, of $needed. Free some, or set NOVA_CACHE, GOCACHE and GOMODCACHE to folders on a larger one")
fi

if [ ${#missing[@]} -gt 0 ]; then
    echo "demo: it can't run on this machine. Missing:" >&2
    printf '  - %s\n' "${missing[@]}" >&2
    exit 1
fi

simulated=()
unshare --mount --pid --fork --mount-proc --net true 2>/dev/null || simulated+=("namespaces of processes and mounts can't be made; a container must be privileged")
[ -w "$cgroups" ] || simulated+=("$cgroups is not there, or read-only")
grep -q "overlay" "$proc/filesystems" || simulated+=("the kernel has no overlayfs")
if [ ${#simulated[@]} -gt 0 ]; then
    echo "demo: real nodes can't run here, so the demo will simulate them, and no container runs:" >&2
    printf '  - %s\n' "${simulated[@]}" >&2
fi
