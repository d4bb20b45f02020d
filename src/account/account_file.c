/* SPDX-License-Identifier: Apache-2.0 */
/* account_file.c - writing accounts into server.ini. */
#include "account/account_file.h"

#include "base/random.h"
#include "config/edit.h"

#include <inttypes.h>
#include <stdio.h>

enum { TRIES = 5 };

const struct section *
account_file_section(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config_count(config, "accounts"); i++) {
        const struct section *section = config_at(config, "accounts", i);

        if (strcmp(section_text(section, "name"), name) == 0)
            return section;
    }
    return NULL;
}

enum status
account_file_expect(const struct config *config, const char *name, bool is_new)
{
    bool is_there = account_file_section(config, name) != NULL;

    if (is_new && is_there)
        return fail(ERR_EXISTS, "there is an account named '%s' already", name);
    if (!is_new && !is_there)
        return fail(ERR_NOT_FOUND, "there is no account named '%s'", name);
    return OK;
}

/* The first of its errors is what there is to say. */
static enum status
first_error(enum status status, const struct report *report, const char *what)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->lines[i].level == REPORT_ERROR)
            return fail(status, "%s: %s", what, report->lines[i].text);
    return status;
}

static enum status
load(const char *file, struct config **config_out)
{
    struct report report = { 0 };
    enum status status = config_load(file, &report, config_out);

    if (status == ERR_INVALID)
        status = first_error(status, &report, "server.ini has errors");
    report_done(&report);
    return status;
}

static enum status
check_text(const struct config *config, struct str text)
{
    AUTO(report_done) struct report report = { 0 };
    AUTO(config_unref) struct config *changed = NULL;

    if (config_parse(text, config_folder(config), &report, &changed) == OK)
        return OK;
    fail(ERR_INVALID, "that would not be a valid configuration");
    return first_error(ERR_INVALID, &report, "that would be wrong");
}

/* Somebody may have made another one of it since. */
static enum status
check_identity(const struct account_change *change,
               const struct section *section)
{
    bool is_same =
        (change->id == NULL || strcmp(section_id(section), change->id) == 0) &&
        (change->old_hash == NULL ||
         strcmp(section_text(section, "password"), change->old_hash) == 0);

    return is_same ? OK
                   : fail(ERR_CONFLICT, "the account was changed meanwhile");
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

static enum status
set_fields(struct config_edit *edit, const struct account_change *change,
           const struct section *section)
{
    char id[UUID_TEXT];

    random_uuid(id);
    const char *where = section ? section_id(section) : id;
    if (section == NULL)
        TRY(config_edit_set(edit, "accounts", where, "name",
                            str_of(change->name)));
    for (size_t i = 0; i < change->count; i++) {
        const struct account_field *field = &change->fields[i];

        if (section != NULL)
            TRY(check_place(section, field->option));
        TRY(config_edit_set(edit, "accounts", where, field->option,
                            field->value));
    }
    return OK;
}

static enum status
write_fields(const struct config *config, const struct account_change *change,
             const struct section *section, bool *retry_out)
{
    AUTO(config_edit_close) struct config_edit *edit = NULL;

    TRY(config_edit_open(config_file(config), &edit));
    TRY(set_fields(edit, change, section));
    TRY(check_text(config, config_edit_text(edit)));
    enum status status = config_edit_save(edit);
    *retry_out = status == ERR_CONFLICT;
    return status;
}

static enum status
write_once(const struct account_change *change, bool *retry_out)
{
    AUTO(config_unref) struct config *config = NULL;

    TRY(load(change->file, &config));
    TRY(account_file_expect(config, change->name, change->is_new));
    const struct section *section = account_file_section(config, change->name);
    if (section != NULL)
        TRY(check_identity(change, section));
    return write_fields(config, change, section, retry_out);
}

enum status
account_file_write(const struct account_change *change)
{
    enum status status = ERR_CONFLICT;
    bool retry = true;

    for (int i = 0; i < TRIES && retry; i++) {
        retry = false;
        status = write_once(change, &retry);
    }
    return status;
}

struct str
account_moment(int64_t wall_ms, char text[MOMENT_TEXT])
{
    snprintf(text, MOMENT_TEXT, "%" PRId64, wall_ms / 1000);
    return str_of(text);
}
