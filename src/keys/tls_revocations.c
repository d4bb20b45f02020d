/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_revocations.c - lists of revoked certificates (RFC 5280, 5): taken out of
 * text, and whether they are to be believed.
 */
#include "keys/tls_pem.h"

#include "keys/tls_pem_private.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

static void
crl_done(X509_CRL **list)
{
    X509_CRL_free(*list);
    *list = NULL;
}

static void
infos_done(STACK_OF(X509_INFO) * *infos)
{
    sk_X509_INFO_pop_free(*infos, X509_INFO_free);
    *infos = NULL;
}

static enum status
add_revocations(X509_CRL *list, struct buffer *out)
{
    AUTO(tls_bio_done) BIO *text = BIO_new(BIO_s_mem());

    if (text == NULL || PEM_write_bio_X509_CRL(text, list) != 1)
        return fail(ERR_MEMORY, "no memory for a revocation list");
    return tls_take_text(text, out);
}

static enum status
add_binary(struct str text, struct buffer *out)
{
    const unsigned char *at = (const unsigned char *)text.data;
    AUTO(crl_done)
    X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)text.len);

    if (list == NULL)
        return tls_fail_with("a revocation list");
    return add_revocations(list, out);
}

static enum status
add_all(BIO *from, struct buffer *out, size_t *count_out)
{
    for (;; ++*count_out) {
        AUTO(crl_done)
        X509_CRL *list = PEM_read_bio_X509_CRL(from, NULL, NULL, NULL);

        if (list == NULL)
            return OK;
        TRY(add_revocations(list, out));
    }
}

enum status
tls_pem_revocations(struct str text, struct buffer *out)
{
    AUTO(tls_bio_done) BIO *from = NULL;
    size_t count = 0;

    TRY(tls_open_text(text, &from));
    /* A DER list is a SEQUENCE; no PEM begins with that byte. */
    if (text.len > 0 && text.data[0] == 0x30)
        return add_binary(text, out);
    TRY(add_all(from, out, &count));
    if (!tls_is_at_end())
        return tls_fail_with("a revocation list");
    ERR_clear_error();
    if (count == 0)
        return fail(ERR_INVALID, "there is no revocation list in it");
    return OK;
}

/* ---- whether to believe them ---- */

/* Certificates and lists of the text; NULL when there is nothing. */
static STACK_OF(X509_INFO) * read_infos(struct str pem)
{
    AUTO(tls_bio_done) BIO *from = NULL;

    if (tls_open_text(pem, &from) != OK)
        return NULL;
    STACK_OF(X509_INFO) *infos = PEM_X509_INFO_read_bio(from, NULL, NULL, NULL);

    ERR_clear_error();
    return infos;
}

static bool
is_issuer(X509 *authority, const X509_CRL *list)
{
    return authority != NULL && X509_NAME_cmp(X509_get_subject_name(authority),
                                              X509_CRL_get_issuer(list)) == 0;
}

/* Several authorities may have the name: keys are renewed. */
static bool
is_well_signed(X509_CRL *list, const STACK_OF(X509_INFO) * authorities)
{
    bool is_named = false;

    for (int i = 0; i < sk_X509_INFO_num(authorities); i++) {
        X509 *authority = sk_X509_INFO_value(authorities, i)->x509;

        if (!is_issuer(authority, list))
            continue;
        if (X509_CRL_verify(list, X509_get0_pubkey(authority)) == 1)
            return true;
        is_named = true;
    }
    return !is_named;
}

enum status
tls_pem_revocations_signed(struct str pem, struct str authorities_pem)
{
    AUTO(infos_done) STACK_OF(X509_INFO) *lists = read_infos(pem);
    AUTO(infos_done)
    STACK_OF(X509_INFO) *authorities = read_infos(authorities_pem);
    bool is_good = true;

    for (int i = 0; is_good && i < sk_X509_INFO_num(lists); i++) {
        X509_CRL *list = sk_X509_INFO_value(lists, i)->crl;

        is_good = list == NULL || is_well_signed(list, authorities);
    }
    ERR_clear_error();
    return is_good
               ? OK
               : fail(ERR_INVALID, "its signature is not that of its issuer");
}

/* Whether `fresh` has lists of that issuer, but none that is as new. */
static bool
is_ahead(const X509_CRL *kept, const STACK_OF(X509_INFO) * fresh)
{
    bool is_named = false;

    for (int i = 0; i < sk_X509_INFO_num(fresh); i++) {
        const X509_CRL *list = sk_X509_INFO_value(fresh, i)->crl;

        if (list == NULL || X509_NAME_cmp(X509_CRL_get_issuer(list),
                                          X509_CRL_get_issuer(kept)) != 0)
            continue;
        if (ASN1_TIME_compare(X509_CRL_get0_lastUpdate(list),
                              X509_CRL_get0_lastUpdate(kept)) != -1)
            return false;
        is_named = true;
    }
    return is_named;
}

bool
tls_pem_revocations_older(struct str fresh_pem, struct str kept_pem)
{
    AUTO(infos_done) STACK_OF(X509_INFO) *fresh = read_infos(fresh_pem);
    AUTO(infos_done) STACK_OF(X509_INFO) *kept = read_infos(kept_pem);

    for (int i = 0; i < sk_X509_INFO_num(kept); i++) {
        const X509_CRL *list = sk_X509_INFO_value(kept, i)->crl;

        if (list != NULL && is_ahead(list, fresh))
            return true;
    }
    return false;
}
