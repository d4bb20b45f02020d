/* SPDX-License-Identifier: Apache-2.0 */
/*
 * by_public_key.c - proving who you are by an SSH key.
 *
 * Nothing of the key but its bytes is used: no name or path is ever made from
 * what a client sends.
 */
#include "account/accounts_private.h"
#include "account/authorized_keys.h"
#include "keys/public_key.h"
#include "keys/secret.h"

static enum status
find_in_file(const struct account *account, struct str type, struct str blob)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);

    TRY(authorized_keys_read(account, &text));
    return public_key_find(buffer_str(&text), type, blob);
}

/* The account's own lines first; a line that names the key but is refused
 * settles it, so that the log can say why. */
static enum status
find_key(const struct account *account, struct str type, struct str blob)
{
    const char *lines =
        section_text(account->section, "ssh_authorized_keys_content");
    enum status status = public_key_find(str_of(lines), type, blob);

    return status == ERR_NOT_FOUND ? find_in_file(account, type, blob) : status;
}

enum login
account_check_key(struct accounts *accounts, struct str name, struct str type,
                  struct str blob, unsigned *proved,
                  const struct account **account_out)
{
    const struct entry *entry = accounts_entry(accounts, name);

    /* Looked at before anything else, so a broken key gets the same answer
     * for every name. */
    if (public_key_check(type, blob) != OK)
        return LOGIN_REFUSED;
    if (entry == NULL) {
        fail(ERR_DENIED, "no account has this name");
        return LOGIN_REFUSED;
    }
    if (entry->blocked != NULL) {
        fail(ERR_DENIED, "%s", entry->blocked);
        return LOGIN_REFUSED;
    }
    enum status status = find_key(&entry->account, type, blob);
    if (status == ERR_NOT_FOUND)
        fail(ERR_DENIED, "the account does not list this key");
    if (status != OK)
        return LOGIN_REFUSED;
    return entry_prove(accounts, entry, CREDENTIAL_SSH_KEY, proved,
                       account_out);
}
