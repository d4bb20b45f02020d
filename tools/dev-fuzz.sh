# SPDX-License-Identifier: Apache-2.0
# dev-fuzz.sh - ./dev fuzz SECONDS [NAME…]: let fuzz targets invent inputs.
# shellcheck shell=bash
#
# Inputs that reach new code gather in build/fuzz/found/NAME. One that breaks
# a target is made smaller and kept in tests/fuzz/corpus/NAME, where ./dev test
# replays it ever after: repair the bug and commit both together.
set -euo pipefail
. tools/dev-common.sh
. tools/fuzz-common.sh

seconds=${1-}
case $seconds in
'' | *[!0-9]*) die "usage: ./dev fuzz SECONDS [NAME…]" ;;
esac
shift

need build fuzz
build_fuzz_targets
[ $# -gt 0 ] || mapfile -t names < <(fuzz_names)
[ $# -eq 0 ] || names=("$@")
broken=0
for name in "${names[@]}"; do
    say "$name for $seconds s"
    fuzz_one "$name" "$seconds" || broken=1
done
exit $broken
