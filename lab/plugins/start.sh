#!/bin/sh
# Starts the plugin that this file is called as: each plugin's name is a link to it. Works from any directory and through further links of the same name.
set -eu
name=$(basename "$0")
if ! command -v node >/dev/null; then
    echo "$name: no node on PATH: Node 24 or newer is needed; run 'make lab-up' and source .lab/env" >&2
    exit 1
fi
version=$(node --version)
major=${version#v}
if [ "${major%%.*}" -lt 24 ]; then
    echo "$name: node on PATH is $version, but Node 24 or newer is needed; run 'make lab-up' and source .lab/env" >&2
    exit 1
fi
folder=$(dirname "$(readlink -f "$0")")
exec node "$folder/main.ts" "$name" "$@"
