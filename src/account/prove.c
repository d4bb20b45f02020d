/* SPDX-License-Identifier: Apache-2.0 */
/* prove.c - what a right credential is worth. */
#include "account/accounts_private.h"

static const char *
refusal_of(const struct accounts *accounts, const struct entry *entry,
           enum credential credential)
{
    const struct account *account = &entry->account;
    int64_t expires_ms = account->expires_ms;

    if (entry->blocked != NULL)
        return entry->blocked;
    if (expires_ms != 0 && clock_wall_ms(accounts->clock) >= expires_ms)
        return "the account has expired";
    if (account->required != 0 && !(account->required & credential))
        return "required_credentials asks for another credential";
    return NULL;
}

enum login
entry_prove(const struct accounts *accounts, const struct entry *entry,
            enum credential credential, unsigned *proved,
            const struct account **account_out)
{
    const char *refusal = refusal_of(accounts, entry, credential);
    unsigned all = (proved ? *proved : 0) | credential;

    if (refusal != NULL) {
        fail(ERR_DENIED, "%s", refusal);
        return LOGIN_REFUSED;
    }
    if (proved != NULL)
        *proved = all;
    if (entry->account.required & ~all)
        return LOGIN_PARTIAL;
    *account_out = &entry->account;
    return LOGIN_ACCEPTED;
}
