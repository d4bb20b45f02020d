# SPDX-License-Identifier: Apache-2.0
# dev-fresh.sh - ./dev fresh [run|test]: the two commands on a fresh machine.
# shellcheck shell=bash
#
# A Debian 12 with git and a shell is made by debootstrap from the mirror that
# this machine's apt uses (and kept in /var/tmp/convoy-fresh for the next time);
# the last commit is cloned into a copy of it, and ./dev run (serve, upload a
# file, stop) and ./dev test are typed there. Processes and mounts live in
# namespaces of their own and end with the command.
set -euo pipefail
. tools/dev-common.sh

kept=/var/tmp/convoy-fresh
base=$kept/debian-12.tar

[ "$(id -u)" -eq 0 ] || die "this needs root: debootstrap and chroot do"
case ${1-all} in
all) steps="run test" ;;
run | test) steps=$1 ;;
*) die "usage: ./dev fresh [run|test]" ;;
esac

# The first Debian mirror that apt is told of, in either of its formats.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | awk '
        /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /:\//) { print $i; exit } }
        /^URIs:/ { print $2; exit }'
}

# Where packages come from and how they are reached is this machine's affair.
copy_apt_settings() {
    local root=$1
    rm -f "$root/etc/apt/sources.list"
    cp -r /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
    cp /usr/share/keyrings/* "$root/usr/share/keyrings/" 2>/dev/null || true
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
}

make_base() {
    local root=$kept/base.$$
    say "making a Debian 12"
    mkdir -p "$kept"
    debootstrap --variant=minbase --include=git,ca-certificates bookworm \
        "$root" "$(mirror)" >"$kept/debootstrap.log" 2>&1 || {
        tail -n 20 "$kept/debootstrap.log" >&2
        rm -rf "$root"
        die "debootstrap failed"
    }
    rm -rf "$root/var/cache/apt/archives/"*.deb
    tar -C "$root" -cf "$base.new" .
    mv "$base.new" "$base"
    rm -rf "$root"
}

# inside ROOT SCRIPT: in namespaces of its own, all of which end with it.
inside() {
    # shellcheck disable=SC2016 # expanded inside
    unshare --mount --pid --fork --kill-child sh -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        mount -t tmpfs tmpfs "$1/dev/shm"
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
            chroot "$1" bash -euc "$2"' sh "$@"
}

try_run() {
    say "./dev run, an upload, and the end"
    inside "$1" "$(cat tools/fresh-run.sh)"
}

try_test() {
    say "./dev test"
    inside "$1" 'cd /root/convoy && ./dev test'
}

need fresh
[ -e "$base" ] || make_base
root=$(mktemp -d "$kept/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
tar -C "$root" -xf "$base"
copy_apt_settings "$root"
git -c safe.directory='*' clone -q --no-hardlinks . "$root/root/convoy"
for step in $steps; do
    "try_$step" "$root"
done
