# SPDX-License-Identifier: Apache-2.0
# dev-bench.sh - ./dev bench [sftp|scp|ftp] [OPTION…]: speed beside others.
# shellcheck shell=bash
#
# The peers are installed from Debian for the comparison; each runs with a
# configuration, a port and a folder of the bench's own.
set -euo pipefail
. tools/dev-common.sh

# A package that brings a server must not start it on this machine: Debian asks
# policy-rc.d first. Where there is one already, it is left to its job.
need_peers() {
    local policy=/usr/sbin/policy-rc.d ours=no
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        ours=yes
    fi
    (need peers) || {
        [ $ours = no ] || as_root rm -f $policy
        exit 1
    }
    [ $ours = no ] || as_root rm -f $policy
}

# Those that cannot be installed side by side, in build/peers.
unpack_peers() {
    local package
    mkdir -p build/peers/packages
    for package in $(packages_of unpacked-peers); do
        [ ! -e "build/peers/packages/$package" ] || continue
        say "unpacking $package"
        (cd build/peers && quietly apt-get download "$package" &&
            dpkg-deb -x "$package"_*.deb . && rm "$package"_*.deb) ||
            die "apt could not bring $package"
        touch "build/peers/packages/$package"
    done
}

protocol=sftp
case ${1-} in
sftp | scp | ftp)
    protocol=$1
    shift
    ;;
esac
need build run bench
need_peers
build_release
options=()
if [ "$protocol" != scp ]; then
    configure build/bench-client -Dbuildtype=release
    compile build/bench-client "tests/bench/${protocol}_load"
    options=(--load "$PWD/build/bench-client/tests/bench/${protocol}_load")
fi
if [ "$protocol" = ftp ]; then
    unpack_peers
    options+=(--peers "$PWD/build/peers")
fi
mkdir -p build/bench
ulimit -n "$(ulimit -Hn)"
exec /usr/bin/python3 "tests/bench/bench_$protocol.py" \
    --convoy "$PWD/build/convoy" "${options[@]}" --out build/bench "$@"
