/* SPDX-License-Identifier: Apache-2.0 */
/* config_options_test.c - the tables of rows keep their own rules. */
#include "config/config.h"
#include "config/config_private.h"
#include "config/option.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

typedef void row_check(const struct family *, const struct option *);

/* Every row once for each type that has it. */
static void
for_each_row(row_check *check)
{
    const struct family *family;
    const struct option *row;

    for (size_t i = 0; (family = family_at(i)) != NULL; i++)
        for (size_t j = 0; (row = option_at(family, "", j)) != NULL; j++)
            check(family, row);
}

static void
says_what_it_is(const struct family *family, const struct option *row)
{
    size_t len = row->help ? strlen(row->help) : 0;

    if (len < 5 || row->help[len - 1] != '.')
        fprintf(stderr, "[%s] %s\n", family->name, row->name);
    EXPECT(len >= 5 && row->help[len - 1] == '.');
}

TEST(every_option_is_documented_by_a_sentence)
{
    for_each_row(says_what_it_is);
}

static void
has_a_usable_default(const struct family *family, const struct option *row)
{
    char text[512];
    struct report report = { 0 };
    struct ini ini;
    struct value value = { .row = row, .ini = &ini };
    int line;

    if (row->fallback == NULL)
        return;
    snprintf(text, sizeof text, "[x]\ny = %s\n", row->fallback);
    EXPECT_OK(ini_parse(str_of(text), "x", &report, &ini));
    EXPECT(report.errors == 0);
    value.raw = &ini.options[0];
    /* As if it were supported: one day it will be. */
    struct option copy = *row;
    copy.flags |= OPTION_SUPPORTED;
    value.row = &copy;
    enum status status = value_read(&value, &line);
    if (status != OK || value.item_count > 1)
        fprintf(stderr, "[%s] %s: %s\n", family->name, row->name,
                fail_reason());
    EXPECT(status == OK && value.item_count <= 1);
    if (row->kind == KIND_NUMBER || row->kind == KIND_FLAG ||
        row->kind == KIND_OCTAL)
        EXPECT(value.number == value_default_number(row));
    value_done(&value);
    ini_done(&ini);
}

TEST(every_default_is_a_value_that_the_option_may_have)
{
    for_each_row(has_a_usable_default);
}

static void
is_the_only_one(const struct family *family, const struct option *row)
{
    const struct section_type *type = family->types;
    const struct option *other;

    do {
        const char *name = type && type->name ? type->name : "";
        size_t count = 0;

        for (size_t i = 0; (other = option_at(family, name, i)) != NULL; i++)
            count += strcmp(other->name, row->name) == 0;
        if (name[0] != '\0' || family->types == NULL)
            EXPECT(count <= 1);
    } while (type != NULL && (type++)->name != NULL);
}

TEST(no_type_of_section_has_two_rows_of_one_name)
{
    for_each_row(is_the_only_one);
}

static void
refers_to_something(const struct family *family, const struct option *row)
{
    struct str type = str_of(row->refers);
    struct str name = str_cut(&type, ':');
    const struct family *target = family_find(name);

    (void)family;
    if (row->refers == NULL)
        return;
    EXPECT(row->kind == KIND_LIST);
    EXPECT(target != NULL);
    EXPECT(type.len == 0 || family_type(target, type) != NULL);
}

TEST(references_lead_to_families_and_types_that_exist)
{
    for_each_row(refers_to_something);
}

static void
names_known_types(const struct family *family, const struct option *row)
{
    struct str rest = str_of(row->types);

    while (rest.len > 0)
        EXPECT(family_type(family, str_cut(&rest, ' ')) != NULL);
}

TEST(rows_are_for_types_that_exist)
{
    const struct family *family;

    for_each_row(names_known_types);
    for (size_t i = 0; (family = family_at(i)) != NULL; i++)
        for (const struct option_table *t = family->tables; t->rows; t++) {
            struct str rest = str_of(t->types);

            while (rest.len > 0)
                EXPECT(family_type(family, str_cut(&rest, ' ')) != NULL);
        }
}

static void
hides_passwords(const struct family *family, const struct option *row)
{
    bool is_secret = strstr(row->name, "password") != NULL &&
                     (row->kind == KIND_TEXT || row->kind == KIND_HASH) &&
                     strncmp(row->name, "last_", 5) != 0;

    (void)family;
    if (is_secret)
        EXPECT(row->flags & OPTION_SECRET);
}

TEST(options_with_passwords_are_secret)
{
    for_each_row(hides_passwords);
}

TEST(a_mistyped_name_finds_the_nearest)
{
    const struct family *services = family_find(STR("services"));

    EXPECT_TEXT(option_nearest(services, "ssh", STR("adress")), "address");
    EXPECT_TEXT(option_nearest(services, "ssh", STR("prot")), "port");
    EXPECT_TEXT(option_nearest(services, "ssh", STR("rekey_byte")),
                "rekey_bytes");
    EXPECT(option_nearest(services, "ssh", STR("colour_of_ships")) == NULL);
    EXPECT(option_nearest(services, "ssh", STR("passive_port_rang")) == NULL);
    EXPECT_TEXT(family_nearest(STR("event-handler")), "event-handlers");
    EXPECT_TEXT(type_nearest(services, STR("shs")), "ssh");
}

TEST(a_name_of_any_length_is_looked_for)
{
    char *name = malloc(100000);

    EXPECT(name != NULL);
    memset(name, 'a', 100000);
    EXPECT(option_nearest(family_find(STR("services")), "ssh",
                          str_from(name, 100000)) == NULL);
    EXPECT(family_nearest(STR_NONE) == NULL);
    free(name);
}
