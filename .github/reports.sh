#!/usr/bin/env bash
# Fetches the reports of the released image into the folder $1: the newest artifact of GitHub named reports-<digest without sha256:>, which the image's build uploaded.
# Needs: curl, unzip, GH_TOKEN with the right to read actions, GITHUB_REPOSITORY, STACK. REPORTS_REPOSITORY names the build's repository where it is another, which needs a token of its own.
# What is missing stops nothing: the preflight, which comes next, fails for each report that it needs, and a way back needs none. A report counts only where it is attested, so whoever may upload an
# artifact can make none count.
set -euo pipefail
folder="$1"
# The candidate's image, or the stable revision's where there is no candidate.
digest="$(node --input-type=module -e '
    import { readFileSync } from "node:fs";
    import { parse } from "yaml";
    const { config } = parse(readFileSync(`Pulumi.${process.env.STACK}.yaml`, "utf8"));
    const of = (name) => Object.entries(config).find(([key]) => key.endsWith(`:${name}`))?.[1]?.image;
    console.log(/@sha256:([0-9a-f]{64})$/.exec(of("candidate") ?? of("stable") ?? "")?.[1] ?? "");')"
name="reports-$digest"
without() {
    echo "reports: $1: the preflight fails for those that it needs. What to do: have the image's build upload the artifact $name (docs/pipelines.md)" >&2
    exit 0
}
[ -n "$digest" ] || without "the stack names no image by digest"
command -v unzip >/dev/null || without "this runner has no unzip"
api="${GITHUB_API_URL:-https://api.github.com}/repos/${REPORTS_REPOSITORY:-$GITHUB_REPOSITORY}/actions/artifacts"
ask() { curl --fail --silent --show-error --location --max-time 60 --header "Authorization: Bearer $GH_TOKEN" --header "Accept: application/vnd.github+json" "$@"; }
found="$(ask "$api?name=$name&per_page=100")" || without "GitHub can't be asked"
id="$(node -e '
    const { artifacts } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const live = artifacts.filter(({ name, expired }) => name === process.argv[1] && !expired);
    console.log(live.sort((one, other) => other.created_at.localeCompare(one.created_at))[0]?.id ?? "");' "$name" <<<"$found")"
[ -n "$id" ] || without "there is no artifact $name"
archive="$(mktemp)"
trap 'rm -f "$archive"' EXIT
ask "$api/$id/zip" --output "$archive" || without "the artifact $name can't be fetched"
mkdir -p "$folder"
unzip -o -q "$archive" -d "$folder"
echo "reports: $(find "$folder" -type f | wc -l) files of $name in $folder/"
