/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_keys.c - the host keys, kept ready to be given to each connection.
 *
 * They sit in one ssh_bind of libssh, which copies them into a session; it
 * never listens. The copying is under a lock, since libssh says nothing about
 * threads that share an ssh_bind.
 */
#include "ssh/transport_private.h"

#include <pthread.h>
#include <stdlib.h>

enum { RSA_LEAST_BITS = 2048 };

struct ssh_keys {
    ssh_bind bind;
    pthread_mutex_t lock; /* guards `bind`; a leaf */
    unsigned places;      /* bits of place_of(), one for each key */
    const char *curve;    /* the ECDSA key's type */
};

/* Without a function to ask, OpenSSL would ask the terminal. */
static int
refuse_passphrase(const char *prompt, char *text, size_t size, int echo,
                  int verify, void *arg)
{
    (void)prompt;
    (void)text;
    (void)size;
    (void)echo;
    (void)verify;
    (void)arg;
    return -1;
}

static enum status
read_key(struct str pem, size_t index, ssh_key *key_out)
{
    char *text = str_copy(pem);

    if (text == NULL)
        return fail(ERR_MEMORY, "no memory for a host key");
    int rc = ssh_pki_import_privkey_base64(text, NULL, refuse_passphrase, NULL,
                                           key_out);
    explicit_bzero(text, pem.len);
    free(text);
    return rc == SSH_OK ? OK
                        : fail(ERR_INVALID,
                               "host key %zu cannot be read, or needs a "
                               "passphrase",
                               index + 1);
}

enum { ED25519_PLACE = 1, ECDSA_PLACE = 2, RSA_PLACE = 4, NO_PLACE = 8 };

/* libssh has one place for each, whatever the curve. */
static unsigned
place_of(ssh_key key)
{
    switch ((int)ssh_key_type(key)) {
    case SSH_KEYTYPE_ED25519: return ED25519_PLACE;
    case SSH_KEYTYPE_ECDSA_P256:
    case SSH_KEYTYPE_ECDSA_P384:
    case SSH_KEYTYPE_ECDSA_P521: return ECDSA_PLACE;
    case SSH_KEYTYPE_RSA: return RSA_PLACE;
    default: return NO_PLACE;
    }
}

static enum status
add_key(struct ssh_keys *keys, struct str pem, size_t index)
{
    ssh_key key = NULL;

    TRY(read_key(pem, index, &key));
    unsigned place = place_of(key);
    if (keys->places & place) {
        ssh_key_free(key);
        return fail(ERR_INVALID, "host key %zu: there is one of its type",
                    index + 1);
    }
    /* When it worked, the key belongs to the bind. */
    if (ssh_bind_options_set(keys->bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) <
        0) {
        ssh_key_free(key);
        return fail(ERR_INVALID, "host key %zu: %s", index + 1,
                    ssh_get_error(keys->bind));
    }
    keys->places |= place;
    if (place == ECDSA_PLACE)
        keys->curve = ssh_key_type_to_char(ssh_key_type(key));
    return OK;
}

bool
keys_can_sign(const struct ssh_keys *keys, struct str algorithm)
{
    if (keys->places & ED25519_PLACE && str_is(algorithm, "ssh-ed25519"))
        return true;
    if (keys->places & RSA_PLACE && (str_starts(algorithm, STR("rsa-sha2-")) ||
                                     str_is(algorithm, "ssh-rsa")))
        return true;
    return keys->places & ECDSA_PLACE && str_is(algorithm, keys->curve);
}

static enum status
configure(struct ssh_keys *keys)
{
    bool no = false;
    int bits = RSA_LEAST_BITS;

    keys->bind = ssh_bind_new();
    if (keys->bind == NULL)
        return fail(ERR_MEMORY, "no memory for host keys");
    /* Otherwise the machine's libssh_server_config would have its say. */
    if (ssh_bind_options_set(keys->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) <
            0 ||
        ssh_bind_options_set(keys->bind, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &bits) <
            0 ||
        ssh_bind_options_set(keys->bind, SSH_BIND_OPTIONS_BANNER, "Convoy") < 0)
        return fail(ERR_MEMORY, "host keys: %s", ssh_get_error(keys->bind));
    return OK;
}

enum status
ssh_keys_new(const struct str *pems, size_t count, struct ssh_keys **keys_out)
{
    struct ssh_keys *keys = calloc(1, sizeof *keys);

    if (keys == NULL)
        return fail(ERR_MEMORY, "no memory for host keys");
    pthread_mutex_init(&keys->lock, NULL);
    enum status status = configure(keys);
    for (size_t i = 0; i < count && status == OK; i++)
        status = add_key(keys, pems[i], i);
    if (status == OK && keys->places == 0)
        status = fail(ERR_INVALID, "there is no host key");
    if (status != OK) {
        ssh_keys_free(&keys);
        return status;
    }
    *keys_out = keys;
    return OK;
}

void
ssh_keys_free(struct ssh_keys **keys)
{
    if (*keys == NULL)
        return;
    ssh_bind_free((*keys)->bind);
    pthread_mutex_destroy(&(*keys)->lock);
    free(*keys);
    *keys = NULL;
}

enum status
keys_accept(struct ssh_keys *keys, ssh_session session, int socket,
            bool *taken_out)
{
    pthread_mutex_lock(&keys->lock);
    int rc = ssh_bind_accept_fd(keys->bind, session, socket);
    pthread_mutex_unlock(&keys->lock);
    *taken_out = ssh_get_fd(session) == socket;
    return rc == SSH_OK ? OK : fail(ERR_MEMORY, "cannot begin SSH");
}
