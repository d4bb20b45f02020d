/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_words.c - what ssl_allowed_methods and ssl_cipher_list say.
 *
 * OpenSSL ignores what it does not know in a list of ciphers, so that a name
 * that is misspelt would go unnoticed; here each word is tried by itself.
 */
#include "net/tls_private.h"

#include "base/buffer.h"

#include <openssl/err.h>
#include <string.h>

enum { LIST_MOST = 16 * 1024 };

/* As Mozilla's "intermediate" has it; AES-128 first, which is the fastest. */
static const char secure_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384";
static const char secure_suites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";

/* TLS 1.0 and 1.1 have nothing better. */
static const char old_ciphers[] =
    ":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:"
    "ECDHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA:DHE-RSA-AES256-SHA:AES128-SHA:"
    "AES256-SHA";

/* The next word of a list; both lists take these between words. */
static struct str
cut_word(struct str *rest)
{
    static const char between[] = ":, ;\t\r\n";
    size_t skip = 0;

    while (skip < rest->len && strchr(between, rest->data[skip]) != NULL)
        skip++;
    *rest = str_from_offset(*rest, skip);
    size_t len = 0;

    while (len < rest->len && strchr(between, rest->data[len]) == NULL)
        len++;
    struct str word = str_from(rest->data, len);

    *rest = str_from_offset(*rest, len);
    return word;
}

/* ---- versions ---- */

const char tls_version_words[] = "secure all tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3";

static const struct {
    const char *word;
    int version;
    uint64_t without; /* OpenSSL's option that leaves it out */
} versions[] = {
    { "tlsv1.0", TLS1_VERSION, SSL_OP_NO_TLSv1 },
    { "tlsv1.1", TLS1_1_VERSION, SSL_OP_NO_TLSv1_1 },
    { "tlsv1.2", TLS1_2_VERSION, SSL_OP_NO_TLSv1_2 },
    { "tlsv1.3", TLS1_3_VERSION, SSL_OP_NO_TLSv1_3 },
};

enum {
    VERSIONS = sizeof versions / sizeof versions[0],
    VERSION_1_2 = 1 << 2,
    VERSION_1_3 = 1 << 3,
    VERSIONS_SECURE = VERSION_1_2 | VERSION_1_3,
    VERSIONS_ALL = (1 << VERSIONS) - 1,
};

static unsigned
versions_of_word(struct str word)
{
    if (str_same_word(word, "secure"))
        return VERSIONS_SECURE;
    if (str_same_word(word, "all"))
        return VERSIONS_ALL;
    for (size_t i = 0; i < VERSIONS; i++)
        if (str_same_word(word, versions[i].word))
            return 1U << i;
    return 0;
}

static enum status
read_versions(const char *text, unsigned *set_out, struct str *wrong_out)
{
    struct str rest = str_of(text);
    struct str word;
    unsigned set = 0;

    while ((word = cut_word(&rest)).len > 0) {
        unsigned more = versions_of_word(word);

        *wrong_out = word;
        if (more == 0)
            return fail(ERR_INVALID, "there is no version '%.*s' of TLS",
                        STR_ARG(word));
        set |= more;
    }
    *set_out = set != 0 ? set : VERSIONS_SECURE;
    return OK;
}

enum status
tls_check_versions(const char *text, struct str *wrong_out)
{
    unsigned set;

    *wrong_out = STR_NONE;
    return read_versions(text, &set, wrong_out);
}

static bool
has_old(unsigned set)
{
    return (set & ~(unsigned)VERSIONS_SECURE) != 0;
}

static void
set_versions(SSL_CTX *context, unsigned set)
{
    for (size_t i = 0; i < VERSIONS; i++)
        if ((set & 1U << i) == 0)
            SSL_CTX_set_options(context, versions[i].without);
    /* Whatever the machine's openssl.cnf has as its lowest. */
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    /* The signatures of TLS 1.0 and 1.1 are below every other level. */
    SSL_CTX_set_security_level(context, has_old(set) ? 0 : 2);
}

/* ---- ciphers ---- */

/* A list in two parts, as OpenSSL wants it. */
struct cipher_words {
    struct buffer ciphers;
    struct buffer suites; /* of TLS 1.3 */
};

static void
words_done(struct cipher_words *words)
{
    buffer_done(&words->ciphers);
    buffer_done(&words->suites);
}

/* "@seclevel=0" is understood as well as "@SECLEVEL=0". */
static enum status
add_command(struct buffer *into, struct str word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.data[i];
        char upper = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);

        TRY(buffer_add(into, str_from(&upper, 1)));
    }
    return OK;
}

static enum status
add_word(struct cipher_words *words, struct str word)
{
    bool is_suite = str_starts(word, STR("TLS_"));
    struct buffer *into = is_suite ? &words->suites : &words->ciphers;

    if (buffer_len(into) > 0)
        TRY(buffer_add(into, STR(":")));
    return word.data[0] == '@' ? add_command(into, word)
                               : buffer_add(into, word);
}

static enum status
read_words(const char *list, struct cipher_words *words)
{
    struct str rest = str_of(list);
    struct str word;

    words->ciphers = BUFFER(LIST_MOST);
    words->suites = BUFFER(LIST_MOST);
    while ((word = cut_word(&rest)).len > 0)
        TRY(add_word(words, word));
    return OK;
}

static bool
is_secure(const char *list)
{
    return list == NULL || list[0] == '\0' ||
           str_same_word(str_trim(str_of(list)), "secure");
}

static enum status
set_secure_ciphers(SSL_CTX *context, unsigned versions_set)
{
    AUTO(buffer_done) struct buffer list = BUFFER(LIST_MOST);

    TRY(buffer_addf(&list, "%s%s", secure_ciphers,
                    has_old(versions_set) ? old_ciphers : ""));
    const char *text = buffer_text(&list);

    if (text == NULL || SSL_CTX_set_cipher_list(context, text) != 1 ||
        SSL_CTX_set_ciphersuites(context, secure_suites) != 1)
        return tls_fail(ERR_INVALID, "ssl_cipher_list");
    return OK;
}

/* Who names ciphers of one kind only wants no others: the versions that have
 * the other kind are left out. Words that only take away add nothing. */
static enum status
set_parts(SSL_CTX *context, struct cipher_words *words, unsigned set)
{
    const char *ciphers = buffer_text(&words->ciphers);
    const char *suites = buffer_text(&words->suites);

    if (ciphers == NULL || suites == NULL)
        return fail(ERR_MEMORY, "no memory for a list of ciphers");
    if (suites[0] != '\0' && SSL_CTX_set_ciphersuites(context, suites) != 1)
        return tls_fail(ERR_INVALID, "ssl_cipher_list");
    if (suites[0] == '\0' &&
        SSL_CTX_set_ciphersuites(context, secure_suites) != 1)
        return tls_fail(ERR_INVALID, "ssl_cipher_list");
    if (ciphers[0] != '\0')
        return SSL_CTX_set_cipher_list(context, ciphers) == 1
                   ? OK
                   : tls_fail(ERR_INVALID, "ssl_cipher_list");
    if ((set & VERSION_1_3) == 0)
        return fail(ERR_INVALID, "ssl_cipher_list has suites of TLS 1.3 only, "
                                 "which ssl_allowed_methods leaves out");
    set_versions(context, VERSION_1_3);
    return OK;
}

enum status
tls_set_words(SSL_CTX *context, const char *versions_text, const char *list)
{
    AUTO(words_done) struct cipher_words words = { 0 };
    struct str wrong;
    unsigned set;

    TRY(read_versions(versions_text, &set, &wrong));
    set_versions(context, set);
    if (is_secure(list))
        return set_secure_ciphers(context, set);
    TRY(tls_check_ciphers(list, &wrong));
    TRY(read_words(list, &words));
    return set_parts(context, &words, set);
}

/* ---- checking ---- */

static bool
is_command(struct str word)
{
    return word.data[0] == '@' &&
           (str_same_word(word, "@strength") ||
            (word.len == 11 &&
             str_same_word(str_from(word.data, 10), "@seclevel=") &&
             word.data[10] >= '0' && word.data[10] <= '5'));
}

/* What is taken away may be something that nobody has any more. */
static bool
is_known(SSL_CTX *context, struct str word)
{
    char text[256];

    if (word.data[0] == '@')
        return is_command(word);
    if (word.data[0] == '!' || word.data[0] == '-')
        return word.len > 1;
    if (word.data[0] == '+')
        word = str_from_offset(word, 1);
    if (word.len == 0 || word.len >= sizeof text)
        return false;
    memcpy(text, word.data, word.len);
    text[word.len] = '\0';
    bool is_there = str_starts(word, STR("TLS_"))
                        ? SSL_CTX_set_ciphersuites(context, text) == 1
                        : SSL_CTX_set_cipher_list(context, text) == 1;
    ERR_clear_error();
    return is_there;
}

static enum status
check_words(SSL_CTX *context, struct str rest, struct str *wrong_out)
{
    struct str word;
    size_t count = 0;

    for (; (word = cut_word(&rest)).len > 0; count++) {
        *wrong_out = word;
        if (!is_known(context, word))
            return fail(ERR_INVALID, "there is no cipher '%.*s'",
                        STR_ARG(word));
    }
    return count > 0 ? OK : fail(ERR_INVALID, "there is no cipher in it");
}

enum status
tls_check_ciphers(const char *list, struct str *wrong_out)
{
    *wrong_out = STR_NONE;
    if (is_secure(list))
        return OK;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL)
        return tls_fail(ERR_MEMORY, "a context of TLS");
    enum status status = check_words(context, str_of(list), wrong_out);

    SSL_CTX_free(context);
    return status;
}

enum status
tls_cipher_names(struct buffer *out)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    enum status status = OK;

    if (context == NULL || SSL_CTX_set_cipher_list(context, "ALL") != 1)
        status = tls_fail(ERR_MEMORY, "a context of TLS");
    const STACK_OF(SSL_CIPHER) *all =
        status == OK ? SSL_CTX_get_ciphers(context) : NULL;
    for (int i = 0; status == OK && i < sk_SSL_CIPHER_num(all); i++)
        status = buffer_addf(out, "%s%s", buffer_len(out) > 0 ? " " : "",
                             SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)));
    SSL_CTX_free(context);
    return status;
}
