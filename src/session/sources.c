/* SPDX-License-Identifier: Apache-2.0 */
/* sources.c - from where an account may log in, and by what: source_ip_filter,
 * allowed_protocols. */
#include "net/networks.h"
#include "session/session_private.h"

#include <stdlib.h>

static size_t
count_lines(const struct section *section)
{
    size_t count = 0;

    while (section_item(section, "source_ip_filter", count) != NULL)
        count++;
    return count;
}

/* What cannot be asked lets nobody in. */
static bool
allows(const struct section *section, const char *address)
{
    size_t count = count_lines(section);
    struct source_rule *rules = calloc(count + 1, sizeof *rules);
    enum status status = rules != NULL ? OK : ERR_MEMORY;

    for (size_t i = 0; i < count && status == OK; i++)
        status = source_rule_parse(
            str_of(section_item(section, "source_ip_filter", i)), &rules[i]);
    bool may = status == OK && source_is_allowed(rules, count, address);
    free(rules);
    return may;
}

const char *
session_source_refusal(const struct account *account, const char *address)
{
    if (account == NULL)
        return NULL;
    if (!allows(account->section, address))
        return "source_ip_filter of the account does not let in this address";
    if (!allows(account->group_section, address))
        return "source_ip_filter of the group does not let in this address";
    return NULL;
}

const char *
session_protocol_refusal(const struct account *account, const char *protocol)
{
    static const char option[] = "allowed_protocols";
    const struct section *section = account_section_of(account, option);
    const char *item;
    size_t i = 0;

    for (; (item = section_item(section, option, i)) != NULL; i++)
        if (str_same_word(str_of(item), protocol))
            return NULL;
    return i == 0 ? NULL : "allowed_protocols does not have this protocol";
}
