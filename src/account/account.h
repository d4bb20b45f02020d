/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.h - who may come in, and with what.
 *
 * An account is what [accounts/UUID] and its primary group say together,
 * worked out once for a configuration snapshot. Checks give the same answer,
 * in kind, for unknown names, wrong credentials and disabled accounts; the
 * sentence in fail_reason() is for the log only.
 */
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "base/str.h"
#include "config/config.h"

#include <stdint.h>

enum credential {
    CREDENTIAL_PASSWORD = 1 << 0,
    CREDENTIAL_SSH_KEY = 1 << 1,
    CREDENTIAL_CERTIFICATE = 1 << 2,
};

/* How much of the account's credentials a login has proved. */
enum login {
    LOGIN_REFUSED,
    LOGIN_PARTIAL, /* right so far; required_credentials asks for more */
    LOGIN_ACCEPTED,
};

struct account {
    const char *uuid;
    const char *name;
    const char *email;
    const char *group; /* name of the primary group */
    const char *group_uuid;
    const char *home_folder_path; /* absolute, ${USER} filled in; "" when there
                                     is none */
    size_t home_shared_len; /* how much of it is the same for every account */
    bool create_home_folder;
    const struct section *section;       /* for options read at use */
    const struct section *group_section; /* defaults when there is no group */
    unsigned required;  /* enum credential: all of them; 0: any one */
    int64_t expires_ms; /* wall time; 0: never */
    bool staged_uploads;
    bool durability_cache;      /* durability = cache */
    uint64_t maximum_file_size; /* 0: none */
};

struct accounts;

/* Work out the accounts of a snapshot, of which it keeps a reference. */
MUST_CHECK enum status accounts_new(struct config *, struct clock *,
                                    struct accounts **accounts_out);
struct accounts *accounts_ref(struct accounts *);
void accounts_unref(struct accounts **);

/*
 * Check one credential for `name`. `proved` holds what this login proved
 * before and is extended on success; a login that proved something for one
 * name never counts for another (the caller clears it). On LOGIN_ACCEPTED
 * *account_out points to the account, which lives as long as `accounts`.
 * A refusal leaves its sentence in fail_reason(). With `proved` NULL the
 * question is only whether it is right: anything but LOGIN_REFUSED.
 */
enum login account_check_password(struct accounts *, struct str name,
                                  struct str password, unsigned *proved,
                                  const struct account **account_out);

/* `type` is the key's format name (RFC 4253, 6.6), `blob` its wire form. The
 * caller has verified the signature; with `proved` NULL it has not, nothing is
 * proved and the answer only says whether such a key would do: anything but
 * LOGIN_REFUSED. */
enum login account_check_key(struct accounts *, struct str name,
                             struct str type, struct str blob, unsigned *proved,
                             const struct account **account_out);

/* The caller has verified a TLS certificate whose common name is `name`. */
enum login account_check_certificate(struct accounts *, struct str name,
                                     unsigned *proved,
                                     const struct account **account_out);

/* By name, enabled or not; NULL when there is none. */
const struct account *accounts_find(const struct accounts *, struct str name);

/* Where to read an option: the account, or its group where the account says
 * Inherit or nothing and groups have the option, or [server] where the group
 * does likewise. Never NULL; text belongs to the snapshot. */
const struct section *account_section_of(const struct account *,
                                         const char *option);
