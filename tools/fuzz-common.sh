# SPDX-License-Identifier: Apache-2.0
# fuzz-common.sh - building and running fuzz targets. Sourced by ./dev commands.
# shellcheck shell=bash

fuzz_folder=build/fuzz

build_fuzz_targets() {
    CC=clang configure $fuzz_folder -Dfuzz=true -Dtests=false \
        -Doptimization=1 -Ddebug=true -Db_lundef=false \
        -Db_sanitize=address,undefined || return 1
    mapfile -t targets < <(fuzz_names | sed 's|.*|tests/fuzz/&_fuzz|')
    [ ${#targets[@]} -eq 0 ] || compile $fuzz_folder "${targets[@]}"
}

# The names of the targets that exist.
fuzz_names() {
    local file
    for file in tests/fuzz/*_fuzz.c; do
        [ -e "$file" ] || continue
        file=${file##*/}
        printf '%s\n' "${file%_fuzz.c}"
    done
}

# fuzz_one NAME SECONDS: 0 when nothing broke. With fuzz_seed set it begins the
# same way each time; 0 is another way each time.
fuzz_one() {
    local name=$1 seconds=$2 target=$fuzz_folder/tests/fuzz/${1}_fuzz
    local found=$fuzz_folder/found/$name corpus=tests/fuzz/corpus/$name
    local log=$fuzz_folder/$name.log crash
    mkdir -p "$found" "$fuzz_folder/crash"
    rm -f "$fuzz_folder/crash/$name-"*
    if UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$target" \
        -seed="${fuzz_seed:-0}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$fuzz_folder/crash/$name-" \
        "$found" "$corpus" >"$log" 2>&1; then
        grep -E '^Done|stat::number' "$log" | tail -n 1
        return 0
    fi
    tail -n 60 "$log"
    for crash in "$fuzz_folder/crash/$name-"*; do
        [ -e "$crash" ] && keep_crash "$target" "$crash" "$corpus"
    done
    return 1
}

# Make a crashing input smaller and keep it as a regression test.
keep_crash() {
    local target=$1 crash=$2 corpus=$3 small=$2.small kept
    "$target" -minimize_crash=1 -max_total_time=20 \
        -exact_artifact_path="$small" "$crash" >/dev/null 2>&1 || true
    [ -s "$small" ] || small=$crash
    kept=$corpus/broke-$(sha256sum "$small" | cut -c 1-12)
    cp "$small" "$kept"
    printf 'kept as %s: repair the bug and commit both\n' "$kept"
}
