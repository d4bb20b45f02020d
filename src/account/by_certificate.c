/* SPDX-License-Identifier: Apache-2.0 */
/* by_certificate.c - proving who you are by a TLS certificate. */
#include "account/accounts_private.h"

static const char allowing[] = "allow_certificate_authentication";

enum login
account_check_certificate(struct accounts *accounts, struct str name,
                          unsigned *proved, const struct account **account_out)
{
    const struct entry *entry = accounts_entry(accounts, name);

    if (entry == NULL) {
        fail(ERR_DENIED, "no account has this name");
        return LOGIN_REFUSED;
    }
    const struct section *section =
        account_section_of(&entry->account, allowing);
    if (!section_flag(section, allowing)) {
        fail(ERR_DENIED, "%s is off", allowing);
        return LOGIN_REFUSED;
    }
    return entry_prove(accounts, entry, CREDENTIAL_CERTIFICATE, proved,
                       account_out);
}
