/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_algorithms.c - what may be negotiated: ssh_cipher_list.
 *
 * The lists are ours rather than libssh's defaults, so that an update of the
 * library does not change what a server offers. Each list is in the order of
 * preference. A list of names in the configuration replaces the secure list of
 * each kind that it names something of.
 */
#include "ssh/transport_private.h"

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
    { KEX,      SECURE | FIPS | ALL, "diffie-hellman-group-exchange-sha256" },
    { KEX,      SECURE | FIPS | ALL, "diffie-hellman-group14-sha256"        },
    { KEX,      ALL,                 "diffie-hellman-group14-sha1"          },
    { CIPHER,   SECURE | FIPS | ALL, "aes256-gcm@openssh.com"               },
    { CIPHER,   SECURE | FIPS | ALL, "aes128-gcm@openssh.com"               },
    { CIPHER,   SECURE | ALL,        "chacha20-poly1305@openssh.com"        },
    { CIPHER,   SECURE | FIPS | ALL, "aes256-ctr"                           },
    { CIPHER,   SECURE | FIPS | ALL, "aes192-ctr"                           },
    { CIPHER,   SECURE | FIPS | ALL, "aes128-ctr"                           },
    { CIPHER,   ALL,                 "aes256-cbc"                           },
    { CIPHER,   ALL,                 "aes192-cbc"                           },
    { CIPHER,   ALL,                 "aes128-cbc"                           },
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
find_set(const char *name)
{
    for (size_t i = 0; i < COUNT(named_sets); i++)
        if (str_same_word(str_of(name), named_sets[i].name))
            return &named_sets[i];
    return NULL;
}

/* The table is far smaller than the text, so it always fits once. */
static bool
append(char text[LIST_TEXT], const char *name)
{
    size_t used = strlen(text);
    int written = snprintf(text + used, LIST_TEXT - used, "%s%s",
                           used > 0 ? "," : "", name);

    return written > 0 && (size_t)written < LIST_TEXT - used;
}

static void
choose_set(struct choice *choice, enum set set, enum kind kind)
{
    for (size_t i = 0; i < COUNT(algorithms); i++)
        if ((algorithms[i].sets & set) && algorithms[i].kind == kind)
            append(choice->text[kind], algorithms[i].name);
}

static enum status
choose_names(struct choice *choice, struct str names)
{
    while (names.len > 0) {
        struct str name = str_trim(str_cut(&names, ','));
        const struct algorithm *algorithm = find_algorithm(name);

        if (name.len == 0)
            continue;
        if (algorithm == NULL)
            return fail(ERR_INVALID, "ssh_cipher_list: no such algorithm: %.*s",
                        STR_ARG(name));
        if (!append(choice->text[algorithm->kind], algorithm->name))
            return fail(ERR_INVALID, "ssh_cipher_list: the list is too long");
    }
    return OK;
}

static enum status
choose(struct choice *choice, const char *cipher_list)
{
    const struct named_set *named = find_set(cipher_list);

    *choice = (struct choice){ 0 };
    if (named == NULL)
        TRY(choose_names(choice, str_of(cipher_list)));
    for (enum kind kind = 0; kind < KINDS; kind++)
        if (choice->text[kind][0] == '\0')
            choose_set(choice, named != NULL ? named->set : SECURE, kind);
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
