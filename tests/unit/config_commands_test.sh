#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# config_commands_test.sh PROGRAM ROOT - what `check` and `options` print.
set -uo pipefail
program=$(realpath "$1")
root=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# expect SENTENCE COMMAND…: the command works.
expect() {
    local sentence=$1
    shift
    if "$@"; then
        echo "ok: $sentence"
    else
        echo "FAILED: $sentence"
        failed=1
    fi
}

# exits CODE COMMAND…
exits() {
    local code=$1
    shift
    "$@" >"$folder/out" 2>"$folder/err"
    [ $? -eq "$code" ]
}

same_as() {
    diff -u "$1" "$folder/out"
}

says() {
    grep -qF -- "$1" "$folder/out" "$folder/err"
}

cd "$root/tests/unit/config" || exit 1
expect "the example of the reference has errors" \
    exits 1 "$program" check reference.ini
expect "check names exactly its placeholders, and what is not supported yet" \
    same_as reference.expected

cp "$root"/etc/*.ini "$folder" && mkdir "$folder/keys" && cd "$folder" || exit 1
expect "a missing host key is an error" exits 1 "$program" check minimal.ini
expect "a host key is generated" exits 0 "$program" generate ssh-key \
    keys/ssh_host_ed25519
expect "the smallest example has no error" exits 0 "$program" check minimal.ini
expect "nor a warning" says "no errors, no warnings."
expect "a certificate is generated" exits 0 "$program" generate \
    tls-certificate --host-name localhost keys/ftps.pem
expect "the runnable example has no error" exits 0 "$program" check server.ini
expect "all it is warned of is what is not supported yet" \
    test -z "$(sed '$d' out | grep -v 'not supported yet')"

printf '[accounts/a]\nname = a\nssh_authorized_keys_content =\n  one\n' >keys.ini
expect "a key that is none is only warned of" exits 0 "$program" check keys.ini
expect "with its own line" says "keys.ini:4: warning:"
printf '[server]\nallowed_link_targets =\n  /\n  none\n' >links.ini
expect "missing folders are warned of" exits 0 "$program" check links.ini
expect "with their own line" says "links.ini:4: warning:"
printf '[server]\nname = x\n' >x.ini
printf '[server]\nnmae = x\n' >x.override.ini
expect "mistakes in the override are found" exits 1 "$program" check x.ini
expect "and are said to be there" says "x.override.ini:2: error:"
printf '[server\n' >broken.ini
expect "a broken file has an error" exits 1 "$program" check broken.ini
expect "a file that is not there has one" exits 1 "$program" check none.ini
expect "which says so" says "No such file"

expect "check wants a file" exits 2 "$program" check
expect "one file" exits 2 "$program" check x.ini links.ini
expect "the reference of a family is printed" \
    exits 0 "$program" options --markdown accounts
expect "and is about that family" says "## [accounts/ID]"
expect "not about others" test "$(grep -c '^## ' out)" -eq 1
expect "a family that is none is refused" \
    exits 2 "$program" options --markdown acounts
expect "with the nearest name" says "did you mean 'accounts'?"
expect "options wants --markdown" exits 2 "$program" options
exit $failed
