# SPDX-License-Identifier: Apache-2.0
# dev-lint.sh - ./dev lint [--changed]: what machines find in the sources.
# shellcheck shell=bash
#
# Every check runs, also behind one that failed. --changed lets clang-tidy (by
# far the slowest) look only at files that differ from the last commit.
set -euo pipefail
. tools/dev-common.sh

changed=no
case ${1-} in
'') ;;
--changed) changed=yes ;;
*) die "usage: ./dev lint [--changed]" ;;
esac

bad=0

check() {
    local name=$1 start=$SECONDS
    shift
    if "$@"; then
        printf '%-14s %4d s  ok\n' "$name" $((SECONDS - start))
    else
        printf '%-14s %4d s  FAILED\n' "$name" $((SECONDS - start))
        bad=1
    fi
}

c_files() {
    find src tests -name '*.[ch]' | sort
}

# Files for clang-tidy: all of ours, or those that were touched.
tidy_files() {
    if [ $changed = yes ]; then
        { git diff --name-only HEAD -- src && git ls-files -o --exclude-standard src; } |
            grep '\.c$' | sort -u || true
    else
        find src -name '*.c' | sort
    fi
}

check_format() {
    c_files | xargs clang-format-14 --dry-run -Werror
}

check_layers() {
    tools/check-layers src/LAYERS src/*/*.[ch]
}

# gcc's optimiser warns of what the debug build does not see.
build_with_gcc() {
    configure build/lint-gcc -Dbuildtype=release && compile build/lint-gcc
}

build_with_clang() {
    CC=clang configure build/lint-clang -Dbuildtype=debugoptimized &&
        compile build/lint-clang
}

check_tidy() {
    local files
    files=$(tidy_files)
    [ -n "$files" ] || return 0
    # one file each: with several it mistakes a va_list of the second
    printf '%s\n' "$files" |
        xargs -P 2 -n 1 clang-tidy-14 --quiet -p build/lint-clang \
            2>build/lint-tidy.err || return 1
}

check_cppcheck() {
    cppcheck --quiet --std=c11 --platform=unix64 -j 2 -I src \
        --enable=warning,performance,portability --inline-suppr \
        --suppressions-list=<(grep -v '^#' tools/cppcheck-suppressions |
            grep .) \
        -D_GNU_SOURCE --error-exitcode=1 src
}

# S22: what the program is linked with is a short list, and neither of these
# belongs on it.
check_linked() {
    local program=build/lint-gcc/src/main/convoy
    ! ldd $program | grep -E 'liblzma|libsystemd' || return 1
    readelf -d $program | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
        grep -vxFf tools/linked-libraries && return 1
    return 0
}

check_shell() {
    shellcheck -x -S warning -s bash dev .ci/run tools/*.sh tools/check-rules \
        tools/pre-commit
}

need build lint
check format check_format
check layers check_layers
check rules tools/check-rules
check shell check_shell
check gcc build_with_gcc
check clang build_with_clang
check linked check_linked
check cppcheck check_cppcheck
check tidy check_tidy
exit $bad
