/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_algorithms.c - what may be negotiated: ssh_cipher_list.
 *
 * The lists are ours rather than libssh's defaults, so that an update of the
 * library does not change what a server offers. Each list is in the order of
 * preference. Names in the configuration, also those of sets, replace the
 * secure list of each kind that they name something of.
 *
 * FIPS is what FIPS 140-3 modules of today offer: AES in GCM and CTR, SHA-2,
 * the curves of SP 800-186 and the fixed groups of SP 800-56A. Ed25519 is in
 * FIPS 186-5, but OpenSSL 3.0's module has none; X25519 and ChaCha20 are in
 * none of the standards; groups that are negotiated are not among those of
 * SP 800-56A.
 *
 * ALL is what Debian's libssh can do at all, for old clients.
 */
#include "ssh/transport_private.h"

#include "config/nearest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum set { SECURE = 1, FIPS = 2, ALL = 4 };

enum kind { KEX, CIPHER, MAC, HOST_KEY, KINDS };

enum { LIST_TEXT = 1024 };

struct algorithm {
    enum kind kind;
    unsigned sets;
    const char *name;
};

/* clang-format off */
static const struct algorithm algorithms[] = {
    { KEX,      SECURE | ALL,        "curve25519-sha256"                    },
    { KEX,      SECURE | ALL,        "curve25519-sha256@libssh.org"         },
    { KEX,      SECURE | FIPS | ALL, "ecdh-sha2-nistp256"                   },
    { KEX,      SECURE | FIPS | ALL, "ecdh-sha2-nistp384"                   },
    { KEX,      SECURE | FIPS | ALL, "ecdh-sha2-nistp521"                   },
    { KEX,      SECURE | FIPS | ALL, "diffie-hellman-group16-sha512"        },
    { KEX,      SECURE | FIPS | ALL, "diffie-hellman-group18-sha512"        },
    { KEX,      SECURE | ALL,        "diffie-hellman-group-exchange-sha256" },
    { KEX,      SECURE | FIPS | ALL, "diffie-hellman-group14-sha256"        },
    { KEX,      ALL,                 "diffie-hellman-group14-sha1"          },
    { KEX,      ALL,                 "diffie-hellman-group-exchange-sha1"   },
    { KEX,      ALL,                 "diffie-hellman-group1-sha1"           },
    { CIPHER,   SECURE | FIPS | ALL, "aes256-gcm@openssh.com"               },
    { CIPHER,   SECURE | FIPS | ALL, "aes128-gcm@openssh.com"               },
    { CIPHER,   SECURE | ALL,        "chacha20-poly1305@openssh.com"        },
    { CIPHER,   SECURE | FIPS | ALL, "aes256-ctr"                           },
    { CIPHER,   SECURE | FIPS | ALL, "aes192-ctr"                           },
    { CIPHER,   SECURE | FIPS | ALL, "aes128-ctr"                           },
    { CIPHER,   ALL,                 "aes256-cbc"                           },
    { CIPHER,   ALL,                 "aes192-cbc"                           },
    { CIPHER,   ALL,                 "aes128-cbc"                           },
    { CIPHER,   ALL,                 "3des-cbc"                             },
    { MAC,      SECURE | FIPS | ALL, "hmac-sha2-256-etm@openssh.com"        },
    { MAC,      SECURE | FIPS | ALL, "hmac-sha2-512-etm@openssh.com"        },
    { MAC,      SECURE | FIPS | ALL, "hmac-sha2-256"                        },
    { MAC,      SECURE | FIPS | ALL, "hmac-sha2-512"                        },
    { MAC,      ALL,                 "hmac-sha1-etm@openssh.com"            },
    { MAC,      ALL,                 "hmac-sha1"                            },
    { HOST_KEY, SECURE | ALL,        "ssh-ed25519"                          },
    { HOST_KEY, SECURE | FIPS | ALL, "ecdsa-sha2-nistp256"                  },
    { HOST_KEY, SECURE | FIPS | ALL, "ecdsa-sha2-nistp384"                  },
    { HOST_KEY, SECURE | FIPS | ALL, "ecdsa-sha2-nistp521"                  },
    { HOST_KEY, SECURE | FIPS | ALL, "rsa-sha2-512"                         },
    { HOST_KEY, SECURE | FIPS | ALL, "rsa-sha2-256"                         },
    { HOST_KEY, ALL,                 "ssh-rsa"                              },
};

static const struct named_set {
    const char *name;
    enum set set;
} named_sets[] = {
    { "secure", SECURE },
    { "fips",   FIPS   },
    { "all",    ALL    },
};

/* The kinds as libssh's options take them; KEY also names the signatures that
 * clients may prove their keys with. */
static const struct option {
    enum kind kind;
    enum ssh_options_e option;
} options[] = {
    { KEX,      SSH_OPTIONS_KEY_EXCHANGE             },
    { CIPHER,   SSH_OPTIONS_CIPHERS_C_S              },
    { CIPHER,   SSH_OPTIONS_CIPHERS_S_C              },
    { MAC,      SSH_OPTIONS_HMAC_C_S                 },
    { MAC,      SSH_OPTIONS_HMAC_S_C                 },
    { HOST_KEY, SSH_OPTIONS_HOSTKEYS                 },
    { HOST_KEY, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct choice {
    char text[KINDS][LIST_TEXT];
};

static const struct algorithm *
find_algorithm(struct str name)
{
    for (size_t i = 0; i < COUNT(algorithms); i++)
        if (str_is(name, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

static const struct named_set *
find_set(struct str name)
{
    for (size_t i = 0; i < COUNT(named_sets); i++)
        if (str_same_word(name, named_sets[i].name))
            return &named_sets[i];
    return NULL;
}

static bool
contains(struct str names, const char *name)
{
    while (names.len > 0)
        if (str_is(str_cut(&names, ','), name))
            return true;
    return false;
}

/* Once. The table is far smaller than the text, so all of it fits. */
static void
append(char text[LIST_TEXT], const char *name)
{
    size_t used = strlen(text);

    if (!contains(str_of(text), name))
        snprintf(text + used, LIST_TEXT - used, "%s%s", used > 0 ? "," : "",
                 name);
}

static void
choose_set(struct choice *choice, enum set set, enum kind kind)
{
    for (size_t i = 0; i < COUNT(algorithms); i++)
        if ((algorithms[i].sets & set) && algorithms[i].kind == kind)
            append(choice->text[kind], algorithms[i].name);
}

static enum status
refuse_name(struct str name)
{
    struct nearest nearest = NEAREST(name);

    for (size_t i = 0; i < COUNT(algorithms); i++)
        nearest_try(&nearest, str_of(algorithms[i].name), algorithms[i].name);
    for (size_t i = 0; i < COUNT(named_sets); i++)
        nearest_try(&nearest, str_of(named_sets[i].name), named_sets[i].name);
    return fail(ERR_INVALID, "ssh_cipher_list: no such algorithm: '%.*s'%s%s%s",
                STR_ARG(name), nearest.best ? "; did you mean '" : "",
                nearest.best ? nearest.best : "", nearest.best ? "'?" : "");
}

static enum status
choose_name(struct choice *choice, struct str name)
{
    const struct algorithm *algorithm = find_algorithm(name);
    const struct named_set *named = find_set(name);

    if (algorithm == NULL && named == NULL)
        return refuse_name(name);
    if (algorithm != NULL)
        append(choice->text[algorithm->kind], algorithm->name);
    for (enum kind kind = 0; named != NULL && kind < KINDS; kind++)
        choose_set(choice, named->set, kind);
    return OK;
}

/* What no name says anything of is as in the secure set. */
static enum status
choose(struct choice *choice, const char *cipher_list)
{
    struct str names = str_of(cipher_list);

    *choice = (struct choice){ 0 };
    while (names.len > 0) {
        struct str name = str_trim(str_cut(&names, ','));

        if (name.len > 0)
            TRY(choose_name(choice, name));
    }
    for (enum kind kind = 0; kind < KINDS; kind++)
        if (choice->text[kind][0] == '\0')
            choose_set(choice, SECURE, kind);
    return OK;
}

static bool
has_key_for(const struct ssh_keys *keys, struct str names)
{
    while (names.len > 0)
        if (keys_can_sign(keys, str_cut(&names, ',')))
            return true;
    return false;
}

enum status
ssh_cipher_list_check(const char *cipher_list, const struct ssh_keys *keys)
{
    struct choice choice;

    TRY(choose(&choice, cipher_list));
    if (keys != NULL && !has_key_for(keys, str_of(choice.text[HOST_KEY])))
        return fail(ERR_INVALID,
                    "ssh_cipher_list: none of the host keys is of a type that "
                    "it allows (%s)",
                    choice.text[HOST_KEY]);
    return OK;
}

enum status
algorithms_apply(ssh_session session, const char *cipher_list)
{
    struct choice choice;

    TRY(choose(&choice, cipher_list));
    for (size_t i = 0; i < COUNT(options); i++)
        if (ssh_options_set(session, options[i].option,
                            choice.text[options[i].kind]) < 0)
            return fail(ERR_INVALID, "ssh_cipher_list: %s",
                        ssh_get_error(session));
    /* Compression is a way to exhaust memory and to leak plain text. */
    if (ssh_options_set(session, SSH_OPTIONS_COMPRESSION, "none") < 0)
        return fail(ERR_INVALID, "compression: %s", ssh_get_error(session));
    return OK;
}
