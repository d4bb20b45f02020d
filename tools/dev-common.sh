# SPDX-License-Identifier: Apache-2.0
# dev-common.sh - what the commands of ./dev share. Sourced, from the root.
# shellcheck shell=bash

# A line that stands out between the output of compilers.
say() {
    printf '\n== %s\n' "$*"
}

die() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

# packages_of PURPOSE…: their packages, one a line.
packages_of() {
    local purpose
    for purpose in "$@"; do
        sed -n "s/^$purpose: *//p" tools/packages | tr -s ' ' '\n'
    done | sort -u
}

is_installed() {
    # shellcheck disable=SC2016 # the placeholder is dpkg-query's
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# as_root COMMAND…: as root, by sudo when we are not.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root, and there is no sudo: $*"
    fi
}

# need PURPOSE…: install what is missing, and touch nothing when nothing is.
need() {
    local package missing=()
    command -v dpkg-query >/dev/null ||
        die "packages are installed by apt: this needs Debian 12"
    while read -r package; do
        is_installed "$package" || missing+=("$package")
    done < <(packages_of "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    install_packages "${missing[@]}" ||
        die "apt could not install: ${missing[*]}"
}

install_packages() {
    local log=build/install.log
    mkdir -p build
    {
        as_root apt-get update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
                --no-install-recommends "$@"
    } >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        return 1
    }
}

# configure FOLDER OPTION…: a Meson build folder with exactly these options,
# made anew when they, the compiler or the place have changed.
configure() {
    local folder=$1 wanted
    shift
    wanted="$PWD ${CC-gcc} $*"
    if [ -f "$folder/build.ninja" ] &&
        [ "$(cat "$folder/.configured" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    CC=${CC-gcc} quietly meson setup "$folder" "$@" || return 1
    printf '%s\n' "$wanted" >"$folder/.configured"
}

# quietly COMMAND…: its output only when it fails.
quietly() {
    local output
    output=$(mktemp)
    if "$@" >"$output" 2>&1; then
        rm -f "$output"
        return 0
    fi
    cat "$output" >&2
    rm -f "$output"
    return 1
}

# compile FOLDER [TARGET…]
compile() {
    quietly ninja --quiet -C "$@"
}

# The release program, at build/convoy.
build_release() {
    configure build/release -Dbuildtype=release -Db_lto=true -Dtests=false
    compile build/release src/main/convoy
    # installed, not copied: a running server keeps its own
    install -m 755 build/release/src/main/convoy build/convoy
}
