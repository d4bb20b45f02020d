# SPDX-License-Identifier: Apache-2.0
# fresh-run.sh - typed by ./dev fresh on the fresh machine: serve, upload, stop.
# shellcheck shell=bash

cd /root/convoy || exit
./dev run >/tmp/run.log 2>&1 &
server=$!
for _ in $(seq 1200); do
    grep -qx ready /tmp/run.log && break
    kill -0 $server 2>/dev/null || break
    sleep 0.5
done
grep -qx ready /tmp/run.log || {
    cat /tmp/run.log
    exit 1
}
# what ./dev run says to type, with the password from a program
head -c 3000000 /dev/urandom >/tmp/upload
printf '#!/bin/sh\ncat /root/convoy/demo/password\n' >/tmp/ask
chmod 700 /tmp/ask
echo "put /tmp/upload proof" |
    SSH_ASKPASS=/tmp/ask SSH_ASKPASS_REQUIRE=force sftp -q -P 10022 \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o PreferredAuthentications=password demo@127.0.0.1
cmp /tmp/upload demo/home/demo/proof
kill -TERM $server
wait $server
echo "uploaded, compared, stopped"
