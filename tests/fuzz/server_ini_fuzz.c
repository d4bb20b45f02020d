/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_ini_fuzz.c - any bytes as a server.ini.
 *
 * Reading must never crash, and what is read can be asked for. When the bytes
 * parse, changing them must not: a value that was set reads back, the sections
 * stay the same, and removing it again gives the first text back.
 */
#include "fuzz.h"

#include "config/config.h"
#include "config/edit.h"
#include "config/option.h"

#include <stdlib.h>

enum { SECTIONS_READ = 2 }; /* of each family: more are no news */

static void
demand(bool is_true)
{
    if (!is_true)
        abort();
}

/* Every option of every section, by every way that its kind allows. */
static void
read_section(const struct section *section)
{
    const struct family *family = family_find(str_of(section_family(section)));
    const struct option *row;
    const char *type = "";

    if (family->types != NULL)
        type = section_text(section, "type");
    if (family->types != NULL && family_type(family, str_of(type)) == NULL)
        return;
    for (size_t i = 0; (row = option_at(family, type, i)) != NULL; i++) {
        demand(section_text(section, row->name) != NULL);
        (void)section_inherits(section, row->name);
        (void)section_line(section, row->name);
        if (row->kind == KIND_FLAG)
            (void)section_flag(section, row->name);
        if (row->kind == KIND_NUMBER || row->kind == KIND_OCTAL)
            (void)section_number(section, row->name);
        if (row->kind != KIND_LIST && row->kind != KIND_LINES)
            continue;
        for (size_t j = 0; section_item(section, row->name, j) != NULL; j++)
            demand(section_item_line(section, row->name, j) >= 0);
    }
}

static void
read_all(const struct config *config)
{
    const struct family *family;
    const struct section *section;

    read_section(config_server(config));
    for (size_t i = 0; (family = family_at(i)) != NULL; i++)
        for (size_t j = 0;
             j < SECTIONS_READ &&
             (section = config_at(config, family->name, j)) != NULL;
             j++) {
            demand(config_section(config, family->name, section_id(section)) ==
                   section);
            read_section(section);
        }
}

static void
parse(struct str text)
{
    struct report report = { 0 };
    struct config *config = NULL;

    if (config_parse(text, "/srv", &report, &config) == OK)
        read_all(config);
    else
        demand(config == NULL && report.errors > 0);
    report_sort(&report);
    config_unref(&config);
    report_done(&report);
}

/* Saying again what the text says already changes nothing. */
static void
expect_value(struct str text, const char *value)
{
    struct config_edit *again = NULL;

    demand(config_edit_of_text(text, &again) == OK);
    demand(config_edit_set(again, "fuzz", "x", "fuzz_option", str_of(value)) ==
           OK);
    demand(str_equal(config_edit_text(again), text));
    config_edit_close(&again);
}

static void
edit(struct str text)
{
    struct config_edit *edit = NULL;

    if (config_edit_of_text(text, &edit) != OK)
        return;
    enum status status =
        config_edit_set(edit, "fuzz", "x", "fuzz_option", STR("a\n\nb"));

    if (status == OK) {
        expect_value(config_edit_text(edit), "a\n\nb");
        demand(config_edit_set(edit, "fuzz", "x", "fuzz_option", STR("")) ==
               OK);
        expect_value(config_edit_text(edit), "");
        demand(config_edit_remove(edit, "fuzz", "x", "fuzz_option") == OK);
        demand(config_edit_remove(edit, "fuzz", "x", "fuzz_option") ==
               ERR_NOT_FOUND);
    }
    parse(config_edit_text(edit));
    config_edit_close(&edit);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from(data, size);

    parse(text);
    edit(text);
    return 0;
}
