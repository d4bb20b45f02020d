# SPDX-License-Identifier: Apache-2.0
# dev-run.sh - ./dev run: build a release and serve the demo folder.
# shellcheck shell=bash
#
# The first run makes demo/: a server.ini, host keys, an account with a password
# of its own and an administrator's secret. Later runs use it as it is, so it is
# also a place to try options in. Ctrl-C lets transfers finish and stops.
set -euo pipefail
. tools/dev-common.sh

port=10022
ftp_port=10021
demo=demo
convoy=build/convoy

# What only its owner may read.
keep_secret() {
    (umask 077 && printf '%s\n' "$2" >"$1")
}

write_server_ini() {
    cat <<INI
; The demo of ./dev run. Every option is in docs/reference/server-ini.md.
[server]
name = demo
ssh_server_keys = ssh-ed25519, ssh-ecdsa, ssh-rsa

[vault-items/ssh-ed25519]
type = ssh-private
content = external-file:keys/ed25519

[vault-items/ssh-ecdsa]
type = ssh-private
content = external-file:keys/ecdsa

[vault-items/ssh-rsa]
type = ssh-private
content = external-file:keys/rsa

[vault-items/certificate]
type = private-certificate
content = external-file:keys/certificate.pem

[services/sftp]
enabled = Yes
name = SFTP
type = ssh
address = 127.0.0.1
port = $port

[services/ftps]
enabled = Yes
name = FTPS
type = ftp
address = 127.0.0.1
port = $ftp_port
tls_private_certificate = certificate

[groups/DEFAULT_GROUP]
enabled = Yes
name = Default
home_folder_path = home/\${USER}
create_home_folder = Yes
home_folder_structure = inbox
    outbox
permissions = allow-full-control

[administrators/admin]
enabled = Yes
name = admin
password = $1

[event-handlers/log]
enabled = Yes
type = local-file
name = Log
path = log/server.log
INI
}

# Made beside its place and moved there whole: a demo folder that exists is
# complete.
make_demo() {
    local new=$demo.new secret type
    rm -rf "$new"
    mkdir -p "$new/keys" "$new/home" "$new/log"
    chmod 700 "$new"
    for type in ed25519 ecdsa rsa; do
        $convoy generate ssh-key --type "$type" "$new/keys/$type"
    done
    $convoy generate tls-certificate --host-name localhost \
        --host-name 127.0.0.1 "$new/keys/certificate.pem"
    secret=$($convoy generate password)
    keep_secret "$new/administrator-secret" "$secret"
    write_server_ini "$(printf '%s\n' "$secret" |
        $convoy generate password-hash)" >"$new/server.ini"
    secret=$($convoy generate password)
    keep_secret "$new/password" "$secret"
    printf '%s\n' "$secret" |
        $convoy account add -c "$new/server.ini" --password-stdin demo
    mv "$new" "$demo"
    say "made $demo/; the administrator's secret is" \
        "$(cat $demo/administrator-secret)"
}

is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# Not in a demo folder of before there was FTP.
say_ftps() {
    ! grep -q '^\[services/ftps\]' $demo/server.ini ||
        printf 'The same account has FTPS (explicit TLS) at port %s.\n' \
            "$(sed -n '/^\[services\/ftps\]/,/^\[/s/^port *= *//p' $demo/server.ini)"
}

need build run
build_release
[ -d $demo ] || make_demo
port=$(sed -n '/^\[services\/sftp\]/,/^\[/s/^port *= *//p' $demo/server.ini)
! is_taken || die "port $port is taken: stop who has it, or change" \
    "the port in $demo/server.ini"
cat <<TEXT

To upload a file, type this in another terminal:

    sftp -P $port demo@127.0.0.1

    password: $(cat $demo/password)

and then, for instance: put README.md
It arrives in $demo/home/demo/. $(say_ftps)
To see what the server does meanwhile:

    $convoy status -c $demo/server.ini --watch

Ctrl-C here stops the server.

TEXT
exec $convoy serve -c $demo/server.ini
