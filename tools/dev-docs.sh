# SPDX-License-Identifier: Apache-2.0
# dev-docs.sh - ./dev docs: write docs/reference/ anew from the program's tables.
# shellcheck shell=bash
#
# With --check PROGRAM nothing is written; it fails where the pages differ from
# what that program says.
set -euo pipefail
. tools/dev-common.sh

pages="options events"

write_pages() {
    local page program=$1 folder=$2
    for page in $pages; do
        "$program" "$page" --markdown >"$folder/$page.md"
    done
}

if [ "${1-}" = --check ]; then
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    write_pages "$2" "$fresh"
    for page in $pages; do
        diff -u "docs/reference/$page.md" "$fresh/$page.md" ||
            die "docs/reference/$page.md is stale: ./dev docs"
    done
    exit
fi

need build
build_release
mkdir -p docs/reference
write_pages build/convoy docs/reference
