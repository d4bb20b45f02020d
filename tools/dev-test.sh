# SPDX-License-Identifier: Apache-2.0
# dev-test.sh - ./dev test [--long]: everything that must hold.
# shellcheck shell=bash
#
# Two builds: with AddressSanitizer and UBSan for all tests, with
# ThreadSanitizer for the unit and wire tests. A report of a sanitizer is a
# failure wherever it appears, also in a server that a passing test has
# started. Prints the time of each stage; the last line is the result. What a
# stage printed stays in build/test/STAGE.log.
set -euo pipefail
. tools/dev-common.sh
. tools/fuzz-common.sh

# A test that hangs is ended, and named; the time is no part of any assertion.
patience=900
case ${1-} in
'') ;;
--long)
    export CONVOY_LONG=1
    patience=7200
    ;;
*) die "usage: ./dev test [--long]" ;;
esac

out=$PWD/build/test
jobs=2
# What a change broke is to be told from luck: ./dev fuzz is for luck.
fuzz_seed=20261123
passed=0
failed=0
running=start
prefix=()

# The tests are pytest's; a virtual environment of the developer's is not asked.
python=/usr/bin/python3

sanitizer_options() {
    local log=$1
    export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1$log"
    export LSAN_OPTIONS="suppressions=$PWD/tools/lsan-suppressions:print_suppressions=0"
    export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1$log"
    export TSAN_OPTIONS="suppressions=$PWD/tools/tsan-suppressions:second_deadlock_stack=1$log"
}

# stage NAME COMMAND…: run it with its output in a file, and tell the time.
# A stage that fails without having counted a failure counts as one.
stage() {
    local name=$1 start=$SECONDS before=$failed result=0
    local passed_before=$passed
    running=$name
    shift
    rm -rf "${out:?}/$name.san"
    mkdir -p "$out/$name.san"
    "$@" >"$out/$name.log" 2>&1 || result=1
    count_reports "$name"
    [ $result -eq 0 ] || [ "$failed" -gt "$before" ] || failed=$((failed + 1))
    printf '%-14s %4d s  %5d passed, %d failed\n' "$name" \
        $((SECONDS - start)) $((passed - passed_before)) $((failed - before))
    [ "$failed" -eq "$before" ] || show_failure "$name"
    return $result
}

show_failure() {
    local report
    tail -n 100 "$out/$1.log"
    for report in "$out/$1.san/"*; do
        [ ! -e "$report" ] || head -n 60 "$report"
    done
}

# What a sanitizer had to say in any process of the stage is a failure each.
count_reports() {
    local report
    for report in "$out/$1.san/"*; do
        [ ! -e "$report" ] || failed=$((failed + 1))
    done
}

# meson_suite FOLDER SUITE: each test program counts its own tests; one that
# died before it could counts as one failure.
meson_suite() {
    local tally=$out/tally result=0 died
    rm -f "$tally"
    : >"$tally"
    CONVOY_TEST_TALLY=$tally "${prefix[@]}" meson test -C "$1" --suite "$2" --no-rebuild \
        --num-processes $jobs --timeout-multiplier $((patience / 300)) \
        --print-errorlogs || result=1
    passed=$((passed + $(awk '{ n += $1 } END { print n + 0 }' "$tally")))
    failed=$((failed + $(awk '{ n += $2 } END { print n + 0 }' "$tally")))
    died=$("$python" - "$1/meson-logs/testlog.json" "$tally" <<'PYTHON'
import json, sys
bad = sum(1 for line in open(sys.argv[1])
          if json.loads(line)["result"] not in ("OK", "SKIP"))
told = sum(1 for line in open(sys.argv[2]) if int(line.split()[1]) > 0)
print(max(0, bad - told))
PYTHON
    )
    failed=$((failed + died))
    return $result
}

# pytest_folder BUILD FOLDER: the tests of a folder against a build's program.
# Those of a file share a server, and run in its order.
pytest_folder() {
    local result=0 xml=$out/pytest.xml counts
    rm -rf --one-file-system "$xml" "$out/tmp"
    CONVOY=$PWD/$1/src/main/convoy "${prefix[@]}" "$python" -m pytest -q -rs \
        -n $jobs --dist loadfile --tb=short --timeout=$patience \
        -p no:cacheprovider \
        --basetemp="$out/tmp" --junitxml="$xml" "$2" || result=$?
    [ $result -le 1 ] || return 1
    counts=$("$python" - "$xml" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
suites = tree.parse(sys.argv[1]).getroot().iter("testsuite")
total = [0, 0]
for suite in suites:
    bad = int(suite.get("failures")) + int(suite.get("errors"))
    total[0] += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    total[1] += bad
print(*total)
PYTHON
    )
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
    [ $result -ne 0 ] || rm -rf --one-file-system "$out/tmp"
    return $result
}

# sanitized NAME COMMAND…: reports go to files, wherever the process runs.
sanitized() {
    local name=$1
    shift
    sanitizer_options ":log_path=$out/$name.san/report"
    stage "$name" "$@" || true
    sanitizer_options ''
}

fuzz_all() {
    local name result=0
    build_fuzz_targets || return 1
    while read -r name; do
        if fuzz_one "$name" 3; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            result=1
        fi
    done < <(fuzz_names)
    return $result
}

# Cheap truths about the sources; the dear ones are in ./dev lint.
check_sources() {
    local result=0
    tools/check-layers src/LAYERS src/*/*.[ch] || result=1
    tools/check-rules || result=1
    bash tools/dev-docs.sh --check build/asan/src/main/convoy || result=1
    [ $result -ne 0 ] || passed=$((passed + 3))
    return $result
}

build() {
    local folder=build/$1 sanitizers=$2
    configure "$folder" -Dbuildtype=debugoptimized \
        -Db_sanitize="$sanitizers" &&
        compile "$folder"
}

# The result, however it came to the end, and nothing behind it.
finish() {
    local result=$?
    exec >&3 2>&1
    [ $result -eq 0 ] || [ "$failed" -gt 0 ] || {
        failed=1
        show_failure "$running"
    }
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] || exit 1
}

mkdir -p "$out"
exec 3>&1
trap finish EXIT
sanitizer_options ''
stage install need build test fuzz || exit 1
stage build-asan build asan address,undefined || exit 1
stage sources check_sources || true
stage unit-asan meson_suite build/asan unit || true
stage corpora meson_suite build/asan fuzz || true
stage fuzz fuzz_all || true
sanitized wire-asan pytest_folder build/asan tests/wire
sanitized system-asan pytest_folder build/asan tests/system
# ThreadSanitizer wants its parts of the address space, which a kernel that
# randomises more than it knows of may give away.
! setarch -R true 2>/dev/null || prefix=(setarch -R)
stage build-tsan build tsan thread || exit 1
stage unit-tsan meson_suite build/tsan unit || true
sanitized wire-tsan pytest_folder build/tsan tests/wire
