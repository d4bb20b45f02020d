/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - what is wrong with the accounts and groups of a configuration. */
#include "account/check.h"

#include "account/accounts_private.h"
#include "account/name.h"
#include "keys/key_file.h"
#include "keys/public_key.h"
#include "keys/secret.h"

static const char keys_inline[] = "ssh_authorized_keys_content";
static const char keys_path[] = "ssh_authorized_keys_path";
static const char home[] = "home_folder_path";
static const char structure[] = "home_folder_structure";

/* What fail_reason() says is wrong with the option. */
static void
report_option(struct report *report, enum report_level level,
              const struct section *section, const char *option)
{
    report_add(report, level, section_file(section, option),
               section_line(section, option), "'%s': %s", option,
               fail_reason());
}

static void
check_name(const struct section *account, struct report *report)
{
    struct str name = str_of(section_text(account, "name"));

    /* That a name is missing, config has said. */
    if (name.len > 0 && account_name_check(name) != OK)
        report_option(report, REPORT_ERROR, account, "name");
}

static void
check_password(const struct section *account, struct report *report)
{
    struct str hash = str_of(section_text(account, "password"));
    const char *why = NULL;

    if (password_hash_is_locked(hash) || password_hash_is_known(hash, &why))
        return;
    fail(ERR_INVALID, "%s; no password is right for it", why);
    report_option(report, REPORT_WARNING, account, "password");
}

static void
check_keys(const struct section *account, struct report *report)
{
    const char *item;

    for (size_t i = 0; (item = section_item(account, keys_inline, i)) != NULL;
         i++) {
        struct public_key key = PUBLIC_KEY;

        if (i == KEYS_COUNT)
            fail(ERR_LIMIT, "more than %d keys", KEYS_COUNT);
        else if (item[0] == '#' || public_key_parse(str_of(item), &key) == OK) {
            public_key_done(&key);
            continue;
        }
        report_add(report, REPORT_WARNING, section_file(account, keys_inline),
                   section_item_line(account, keys_inline, i), "'%s': %s",
                   keys_inline, fail_reason());
        if (i == KEYS_COUNT)
            return;
    }
}

/* Whether a template can be filled in, with some name. */
static enum status
check_template(const char *path)
{
    AUTO(buffer_done) struct buffer filled = BUFFER(65536);

    return account_path_add(&filled, path, STR("name"));
}

static enum status
check_file(const struct section *section, const char *path)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);

    TRY(check_template(path));
    if (path[0] == '\0' || strstr(path, "${") != NULL)
        return OK; /* one for each account, and not every one has one */
    enum status status =
        key_file_read_of(section_config(section), path, KEYS_BYTES, &text);
    return status == ERR_IS_FOLDER ? OK : status;
}

static void
check_structure(const struct section *section, struct report *report)
{
    const char *item;

    for (size_t i = 0; (item = section_item(section, structure, i)) != NULL;
         i++)
        if (item[0] == '/')
            report_add(report, REPORT_WARNING, section_file(section, structure),
                       section_item_line(section, structure, i),
                       "'%s': '%s' is not relative; copying a folder is not "
                       "supported yet",
                       structure, item);
}

/* What accounts and groups both have. */
static void
check_common(const struct section *section, struct report *report)
{
    if (check_template(section_text(section, home)) != OK)
        report_option(report, REPORT_WARNING, section, home);
    if (check_file(section, section_text(section, keys_path)) != OK)
        report_option(report, REPORT_WARNING, section, keys_path);
    check_structure(section, report);
    account_check_folders(section, report);
}

void
accounts_check(const struct config *config, struct report *report)
{
    for (size_t i = 0; i < config_count(config, "groups"); i++)
        check_common(config_at(config, "groups", i), report);
    for (size_t i = 0; i < config_count(config, "accounts"); i++) {
        const struct section *account = config_at(config, "accounts", i);

        check_name(account, report);
        check_password(account, report);
        check_keys(account, report);
        check_common(account, report);
    }
}
