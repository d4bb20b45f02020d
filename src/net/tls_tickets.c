/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_tickets.c - sessions that the client keeps for us (RFC 5077; RFC 8446,
 * 4.6.1), sealed by keys that all nodes share.
 */
#include "net/tls_private.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

enum { REFUSED = 0, ACCEPTED = 1, RENEW = 2, FAILED = -1 };

static bool
set_mac_key(EVP_MAC_CTX *mac, struct tls_ticket_key *key)
{
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac_key,
                                          sizeof key->mac_key),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *)(uintptr_t) "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };

    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

static int
seal(const struct tls_tickets *tickets, unsigned char *name, unsigned char *iv,
     EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    struct tls_ticket_key key;
    const EVP_CIPHER *aes = EVP_aes_256_cbc();

    if (!tickets->current(tickets->arg, &key))
        return REFUSED;
    bool done =
        RAND_bytes(iv, EVP_CIPHER_get_iv_length(aes)) == 1 &&
        EVP_EncryptInit_ex2(cipher, aes, key.cipher_key, iv, NULL) == 1 &&
        set_mac_key(mac, &key);
    memcpy(name, key.name, sizeof key.name);
    OPENSSL_cleanse(&key, sizeof key);
    return done ? ACCEPTED : FAILED;
}

static int
open_sealed(const struct tls_tickets *tickets, const unsigned char *name,
            const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    struct tls_ticket_key key;
    bool is_old = false;

    if (!tickets->named(tickets->arg, name, &key, &is_old))
        return REFUSED;
    bool done = EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher_key,
                                    iv, NULL) == 1 &&
                set_mac_key(mac, &key);
    OPENSSL_cleanse(&key, sizeof key);
    if (!done)
        return FAILED;
    return is_old ? RENEW : ACCEPTED;
}

static int
on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv,
              EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_new)
{
    const struct tls_connection *connection = SSL_get_app_data(ssl);
    const struct tls_tickets *tickets = &connection->context->tickets;

    if (tickets->current == NULL)
        return REFUSED;
    return is_new ? seal(tickets, name, iv, cipher, mac)
                  : open_sealed(tickets, name, iv, cipher, mac);
}

static int
on_new_ticket(SSL *ssl, void *arg)
{
    const struct tls_connection *connection = SSL_get_app_data(ssl);

    (void)arg;
    return SSL_SESSION_set1_ticket_appdata(
        SSL_get_session(ssl), connection->bound_to, connection->bound_to_len);
}

static SSL_TICKET_RETURN
on_opened_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                 size_t name_len, SSL_TICKET_STATUS status, void *arg)
{
    (void)ssl;
    (void)session;
    (void)name;
    (void)name_len;
    (void)arg;
    switch (status) {
    case SSL_TICKET_SUCCESS: return SSL_TICKET_RETURN_USE;
    case SSL_TICKET_SUCCESS_RENEW: return SSL_TICKET_RETURN_USE_RENEW;
    case SSL_TICKET_EMPTY:
    case SSL_TICKET_NO_DECRYPT: return SSL_TICKET_RETURN_IGNORE_RENEW;
    default: return SSL_TICKET_RETURN_ABORT;
    }
}

void
tls_set_ticket_calls(SSL_CTX *context)
{
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket_key);
    SSL_CTX_set_session_ticket_cb(context, on_new_ticket, on_opened_ticket,
                                  NULL);
}

struct str
tls_resumed_bound_to(const SSL *ssl)
{
    void *data = NULL;
    size_t len = 0;

    if (!SSL_session_reused(ssl) ||
        SSL_SESSION_get0_ticket_appdata(SSL_get0_session(ssl), &data, &len) !=
            1)
        return STR_NONE;
    return str_from(data, len);
}
