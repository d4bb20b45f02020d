/* SPDX-License-Identifier: Apache-2.0 */
/* account_list.c - showing the accounts of a server.ini. */
#include "main/account_list.h"

#include "account/account.h"
#include "account/hash.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>

static bool
has_password(const struct account *account)
{
    return password_hash_is_known(
        str_of(section_text(account->section, "password")), NULL);
}

static const char *
state_of(const struct account *account)
{
    if (!section_flag(account->section, "enabled"))
        return "disabled";
    if (!section_flag(account->group_section, "enabled"))
        return "group disabled";
    if (account->expires_ms != 0 &&
        clock_wall_ms(clock_real()) >= account->expires_ms)
        return "expired";
    return "enabled";
}

/* Names come from a file that others wrote: a terminal gets no controls. */
static void
print_padded(const char *text, int width)
{
    int len = 0;

    for (const char *c = text; *c != '\0'; c++) {
        putchar(iscntrl((unsigned char)*c) ? '?' : *c);
        len += ((unsigned char)*c & 0xc0) != 0x80; /* characters of UTF-8 */
    }
    printf("%*s", len < width ? width - len : 1, "");
}

static void
print_text(const struct account *account)
{
    print_padded(account->name, 20);
    print_padded(state_of(account), 16);
    print_padded(account->group, 20);
    printf("%s\n", account->home_folder_path);
}

static enum status
add_json(json_t *list, const struct account *account)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "uuid", account->uuid,
        "name", account->name, "email", account->email, "state",
        state_of(account), "group", account->group, "group_uuid",
        account->group_uuid, "home_folder_path", account->home_folder_path,
        "has_password", has_password(account));

    if (object == NULL || json_array_append_new(list, object) != 0)
        return fail(ERR_INVALID, "'%s' cannot be written as JSON",
                    account->name);
    return OK;
}

/* In the order of the file, each name once. */
static enum status
each(struct config *config, struct accounts *accounts, json_t *list)
{
    size_t count = config_count(config, "accounts");

    for (size_t i = 0; i < count; i++) {
        const struct section *section = config_at(config, "accounts", i);
        const struct account *account =
            accounts_find(accounts, str_of(section_text(section, "name")));

        if (account == NULL || account->section != section)
            continue;
        if (list == NULL)
            print_text(account);
        else
            TRY(add_json(list, account));
    }
    return OK;
}

static enum status
print_json(struct config *config, struct accounts *accounts)
{
    json_t *list = json_array();
    enum status status = each(config, accounts, list);

    if (status == OK && json_dumpf(list, stdout, JSON_INDENT(2)) != 0)
        status = fail(ERR_IO, "cannot write to standard output");
    if (status == OK)
        putchar('\n');
    json_decref(list);
    return status;
}

enum status
account_list(struct config *config, bool as_json)
{
    AUTO(accounts_unref) struct accounts *accounts = NULL;

    TRY(accounts_new(config, clock_real(), &accounts));
    TRY(as_json ? print_json(config, accounts) : each(config, accounts, NULL));
    if (fflush(stdout) != 0)
        return fail(ERR_IO, "cannot write to standard output");
    return OK;
}
