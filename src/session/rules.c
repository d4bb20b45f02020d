/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - what the configuration allows an account, read for its files. */
#include "session/session_private.h"

/* The option's text, from wherever the account has it. */
static struct str
text_of(const struct session *s, const char *option)
{
    return str_of(section_text(account_section_of(s->account, option), option));
}

enum status
session_read_rules(struct session *s)
{
    struct clock *clock = s->hub->options.clock;
    struct str user = str_of(s->account->name);

    TRY(permissions_parse(text_of(s, "permissions"), user, clock,
                          &s->permissions));
    return staging_parse(text_of(s, "staged_uploads"), user, clock,
                         &s->staging);
}

void
session_free_rules(struct session *s)
{
    permissions_free(&s->permissions);
    staging_free(&s->staging);
}

enum status
session_name_files(struct session *s, struct vfs **files)
{
    struct name_options names = {
        .denied = text_of(s, "denied_names"),
        .user = str_of(s->account->name),
        .amend = str_same_word(text_of(s, "amend_write_name"), "uuid-prefix"),
        .clock = s->hub->options.clock,
    };

    if (names.denied.len == 0 && !names.amend)
        return OK;
    return vfs_with_names(*files, &names, files);
}
