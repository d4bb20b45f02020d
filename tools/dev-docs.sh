# SPDX-License-Identifier: Apache-2.0
# dev-docs.sh - ./dev docs: write docs/reference/ anew from the program's tables.
# shellcheck shell=bash
#
# With --check PROGRAM nothing is written; it fails where the pages differ from
# what that program says.
set -euo pipefail
. tools/dev-common.sh

# page: the subcommand whose --markdown it is
pages="server-ini:options events:events"

write_pages() {
    local page program=$1 folder=$2
    for page in $pages; do
        "$program" "${page#*:}" --markdown >"$folder/${page%:*}.md"
    done
}

if [ "${1-}" = --check ]; then
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    write_pages "$2" "$fresh"
    diff -ru docs/reference "$fresh" || die "stale, or not ours: ./dev docs"
    exit
fi

need build
build_release
mkdir -p docs/reference
write_pages build/convoy docs/reference
