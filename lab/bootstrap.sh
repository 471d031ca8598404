#!/usr/bin/env bash
# Makes sure that this checkout has a Node that is new enough, and its packages. Quick where there is nothing to do.
#
# Says what it does on standard error, one line for each thing, and prints the environment to use on standard output:
#     environment="$(lab/bootstrap.sh)" && eval "$environment"
#
# --installed: nothing is installed, and what is missing is an error. --ignore-scripts: packages' own scripts are not run.
set -euo pipefail
installed=false
scripts=()
for option in "$@"; do
    case "$option" in
        --installed) installed=true ;;
        --ignore-scripts) scripts=(--ignore-scripts) ;;
        *) echo "bootstrap: unknown option $option" >&2 && exit 2 ;;
    esac
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache="${NOVA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nova-delivery}"
pinned="$(sed -n 's/^ *"node": "\([0-9.]*\)".*/\1/p' lab/toolchain/versions.json)"
oldest="${pinned%%.*}"
log="$cache/logs/bootstrap.log"
export PATH
mkdir -p "$cache/logs" "$cache/tools"

say() { printf 'bootstrap: %s\n' "$*" >&2; }

fail() {
    say "$1"
    exit 1
}

# Runs a command with its output in the log and a sign of life every 10 s; its last lines are shown when it fails.
quietly() {
    local title="$1" began=$SECONDS
    shift
    say "$title ..."
    "$@" >"$log" 2>&1 </dev/null &
    local job=$!
    while kill -0 "$job" 2>/dev/null; do
        sleep 0.2
        if (((SECONDS - began) / 10 > ${shown:=0})); then
            shown=$(((SECONDS - began) / 10))
            say "$title: $((SECONDS - began)) s"
        fi
    done
    unset shown
    if ! wait "$job"; then
        tail -n 15 "$log" >&2
        fail "$title failed; the whole log is $log"
    fi
    say "$title: done after $((SECONDS - began)) s"
}

# In a step that has secrets, no code comes from elsewhere.
refuse_to_install() {
    [ "$installed" = false ] || fail "$1 is not installed: run 'make ci-install' in a step before, which has no secrets"
}

is_new_enough() {
    local version
    version="$("$1" --version 2>/dev/null)" || return 1
    version="${version#v}"
    [ "${version%%.*}" -ge "$oldest" ] 2>/dev/null
}

install_with_apt() {
    quietly "installing $* with apt-get" env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update && apt-get install -y --no-install-recommends "$@"' sh "$@"
}

need_npm() {
    command -v npm >/dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        install_with_apt nodejs npm
    else
        fail "npm is missing. Install it with: sudo apt-get update && sudo apt-get install -y nodejs npm"
    fi
}

# The npm package of the Node binaries, put into the cache in one rename.
fetch_node() {
    local folder="$1" temporary
    temporary="$(mktemp -d "$cache/tools/.node.XXXXXX")"
    npm install --prefix "$temporary" --no-save --no-audit --no-fund --ignore-scripts "node-linux-$architecture@$pinned" &&
        { [ -d "$folder" ] || mv -T "$temporary/node_modules/node-linux-$architecture" "$folder"; }
    local result=$?
    rm -rf "$temporary"
    return "$result"
}

if command -v node >/dev/null && is_new_enough node; then
    say "Node: the machine's own, $(node --version)"
else
    case "$(uname -m)" in
        x86_64) architecture=x64 ;;
        aarch64) architecture=arm64 ;;
        *) fail "there is no Node package for $(uname -m): install Node $oldest or newer" ;;
    esac
    folder="$cache/tools/node-$pinned-$architecture"
    if ! is_new_enough "$folder/bin/node"; then
        refuse_to_install "Node $oldest"
        need_npm
        (
            flock 9
            rm -rf "$cache"/tools/.node.??????
            is_new_enough "$folder/bin/node" || quietly "fetching Node $pinned" fetch_node "$folder"
        ) 9>"$cache/tools/.node.lock"
        is_new_enough "$folder/bin/node" || fail "$folder/bin/node does not start: remove $folder and try again"
    fi
    PATH="$folder/bin:$PATH"
    say "Node: $pinned from the cache"
fi

# Whether what is installed is what the lock file asks for: asked where a checkout was installed by npm itself.
packages_match() {
    node --input-type=commonjs -e '
        const { packages: wanted } = require("./package-lock.json");
        const { packages: installed } = JSON.parse(require("node:fs").readFileSync("node_modules/.package-lock.json", "utf8"));
        const differs = ([path, entry]) => path !== "" && (installed[path] === undefined ? entry.optional !== true : installed[path].version !== entry.version);
        process.exit(Object.entries(wanted).some(differs) ? 1 : 0);' 2>/dev/null
}

stamp=node_modules/.installed-lock
exec 9<package-lock.json
flock 9
if cmp -s package-lock.json "$stamp"; then
    say "packages: as the lock file asks"
elif packages_match; then
    cp package-lock.json "$stamp"
    say "packages: installed already, as the lock file asks"
else
    refuse_to_install "a package of the lock file"
    need_npm
    quietly "installing packages (npm ci)" npm ci --no-audit --no-fund "${scripts[@]}"
    cp package-lock.json "$stamp"
fi

printf 'export PATH=%q\n' "$PATH"
