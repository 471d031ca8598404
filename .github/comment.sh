#!/usr/bin/env bash
# Puts a pull request's comment in place of the one of an earlier commit, which is found by its first line, the mark. Other comments of the same account are left alone.
# Needs: gh with GH_TOKEN, GITHUB_REPOSITORY, PULL_REQUEST, STACK; $1 is the file with the comment. Where it is missing, the comment says so: one of an earlier commit must not be left standing.
set -euo pipefail
file="$1"
if [ ! -f "$file" ]; then
    mkdir -p "$(dirname "$file")"
    printf '<!-- rollout-preview:%s -->\n\n**There is no preview of this change**: its job wrote none, see the log of the pipeline.\n' "$STACK" >"$file"
fi
mark="$(head -n 1 "$file")"
case "$mark" in
'<!-- rollout-preview:'*' -->') ;;
*) echo "$file does not begin with the mark of a preview: make it with 'rollout comment'" >&2 && exit 2 ;;
esac
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
# Only the pipeline's own: whoever may comment could write the mark too.
MARK="$mark" gh api --paginate "$comments" --jq '.[] | select(.user.type == "Bot" and ((.body | split("\n")[0] | rtrimstr("\r")) == env.MARK)) | .id' >"$file.ids"
id="$(tail -n 1 "$file.ids")"
rm -f "$file.ids"
if [ -n "$id" ]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field body=@"$file" --silent
else
    gh api --method POST "$comments" --field body=@"$file" --silent
fi
