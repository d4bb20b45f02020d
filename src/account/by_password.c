/* SPDX-License-Identifier: Apache-2.0 */
/*
 * by_password.c - proving who you are by a password.
 *
 * Every attempt costs one hash, whoever is asked for: where there is none to
 * check, a dummy of the usual scheme and cost is checked instead. No more
 * attempts compute at once than there are processors, so a flood of logins
 * takes turns and leaves the memory alone.
 */
#include "account/accounts_private.h"
#include "base/thread.h"

static void
take_place(struct accounts *accounts)
{
    LOCK_SCOPE(&accounts->lock);
    while (accounts->places == 0)
        pthread_cond_wait(&accounts->a_place_is_free, &accounts->lock);
    accounts->places--;
}

static void
leave_place(struct accounts *accounts)
{
    LOCK_SCOPE(&accounts->lock);
    accounts->places++;
    pthread_cond_signal(&accounts->a_place_is_free);
}

static enum status
verify_in_turn(struct accounts *accounts, struct str hash, struct str password)
{
    take_place(accounts);
    enum status status = password_verify(hash, password);
    leave_place(accounts);
    return status;
}

enum login
account_check_password(struct accounts *accounts, struct str name,
                       struct str password, unsigned *proved,
                       const struct account **account_out)
{
    const struct entry *entry = accounts_entry(accounts, name);
    struct str hash = str_of(entry ? entry->password : "");
    const char *no_hash = NULL;

    if (!password_hash_is_known(hash, &no_hash))
        hash = str_of(accounts->dummy);
    enum status status = verify_in_turn(accounts, hash, password);
    if (entry == NULL)
        fail(ERR_DENIED, "no account has this name");
    else if (no_hash != NULL)
        fail(ERR_DENIED, "%s", no_hash);
    else if (status == OK)
        return entry_prove(accounts, entry, CREDENTIAL_PASSWORD, proved,
                           account_out);
    return LOGIN_REFUSED;
}
