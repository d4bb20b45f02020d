/* SPDX-License-Identifier: Apache-2.0 */
/* account_edit.c - writing accounts into server.ini. */
#include "main/account_edit.h"

#include "base/random.h"
#include "config/edit.h"

#include <unistd.h>

enum { TRIES = 5 };

enum status
account_load(const char *file, struct config **config_out)
{
    struct report report = { 0 };
    enum status status = config_load(file, &report, config_out);

    if (status != OK)
        report_print(&report, STDERR_FILENO);
    report_done(&report);
    return status;
}

const struct section *
account_section(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config_count(config, "accounts"); i++) {
        const struct section *section = config_at(config, "accounts", i);

        if (strcmp(section_text(section, "name"), name) == 0)
            return section;
    }
    return NULL;
}

enum status
account_expect(const struct config *config, const char *name, bool is_new)
{
    bool is_there = account_section(config, name) != NULL;

    if (is_new && is_there)
        return fail(ERR_EXISTS, "there is an account named '%s' already", name);
    if (!is_new && !is_there)
        return fail(ERR_NOT_FOUND, "there is no account named '%s'", name);
    return OK;
}

/* The first error that the changed text would have. */
static enum status
check_text(const struct config *config, struct str text)
{
    AUTO(report_done) struct report report = { 0 };
    AUTO(config_unref) struct config *changed = NULL;

    if (config_parse(text, config_folder(config), &report, &changed) == OK)
        return OK;
    for (size_t i = 0; i < report.count; i++)
        if (report.lines[i].level == REPORT_ERROR)
            return fail(ERR_INVALID, "that would be wrong: %s",
                        report.lines[i].text);
    return fail(ERR_INVALID, "that would not be a valid configuration");
}

/* What server.override.ini says wins, so a change here would do nothing. */
static enum status
check_place(const struct section *section, const char *option)
{
    const char *file = section_file(section, option);

    if (strcmp(file, config_file(section_config(section))) != 0)
        return fail(ERR_UNSUPPORTED, "'%s' is set in '%s': change it there",
                    option, file);
    return OK;
}

/* What the file is to say of one account. */
struct entry {
    const char *name;
    const struct section *section; /* NULL: a new one */
    const struct account_field *fields;
    size_t count;
};

static enum status
set_fields(struct config_edit *edit, const struct entry *entry)
{
    const struct section *section = entry->section;
    char id[UUID_TEXT];

    random_uuid(id);
    const char *where = section ? section_id(section) : id;
    if (section == NULL)
        TRY(config_edit_set(edit, "accounts", where, "name",
                            str_of(entry->name)));
    for (size_t i = 0; i < entry->count; i++) {
        const struct account_field *field = &entry->fields[i];

        if (section != NULL)
            TRY(check_place(section, field->option));
        TRY(config_edit_set(edit, "accounts", where, field->option,
                            field->value));
    }
    return OK;
}

static enum status
write_entry(const struct config *config, const struct entry *entry)
{
    AUTO(config_edit_close) struct config_edit *edit = NULL;

    TRY(config_edit_open(config_file(config), &edit));
    TRY(set_fields(edit, entry));
    TRY(check_text(config, config_edit_text(edit)));
    return config_edit_save(edit);
}

static enum status
write_once(const char *file, bool is_new, struct entry *entry)
{
    AUTO(config_unref) struct config *config = NULL;

    TRY(account_load(file, &config));
    TRY(account_expect(config, entry->name, is_new));
    entry->section = account_section(config, entry->name);
    return write_entry(config, entry);
}

enum status
account_write(const char *file, const char *name, bool is_new,
              const struct account_field *fields, size_t count)
{
    struct entry entry = { name, NULL, fields, count };
    enum status status = ERR_CONFLICT;

    for (int i = 0; i < TRIES && status == ERR_CONFLICT; i++)
        status = write_once(file, is_new, &entry);
    return status;
}
