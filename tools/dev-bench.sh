# SPDX-License-Identifier: Apache-2.0
# dev-bench.sh - ./dev bench [sftp] [OPTION…]: speed beside other servers.
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

[ "${1-}" != sftp ] || shift
need build run bench
need_peers
build_release
configure build/bench-client -Dbuildtype=release
compile build/bench-client tests/bench/sftp_load
mkdir -p build/bench
ulimit -n "$(ulimit -Hn)"
exec /usr/bin/python3 tests/bench/bench_sftp.py --convoy "$PWD/build/convoy" \
    --load "$PWD/build/bench-client/tests/bench/sftp_load" \
    --out build/bench "$@"
