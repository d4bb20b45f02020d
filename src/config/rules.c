/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - what only the configuration as a whole can tell. */
#include "config/config_private.h"
#include "net/networks.h"

#include <stdlib.h>

/* What an item refers to, of the row's `refers`. */
static void
check_reference(const struct section *section, const struct value *value,
                size_t index, struct report *report)
{
    struct str type = str_of(value->row->refers);
    struct str name = str_cut(&type, ':');
    const struct family *family = family_find(name);
    const char *id = value->items[index];
    const struct section *target =
        config_section(section->config, family->name, id);

    if (target == NULL) {
        if (family->missing_id == NULL || strcmp(id, family->missing_id) != 0)
            report_add(report, REPORT_ERROR, value->file,
                       value->item_lines[index],
                       "'%s' names [%s/%s], which is not there",
                       value->row->name, family->name, id);
        return;
    }
    if (type.len > 0 && !str_is(type, target->type))
        report_add(report, REPORT_ERROR, value->file, value->item_lines[index],
                   "'%s' names [%s/%s], whose type is '%s' instead of '%.*s'",
                   value->row->name, family->name, id, target->type,
                   STR_ARG(type));
}

static void
check_references(const struct section *section, struct report *report)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct value *value = &section->values[i];

        if (value->row == NULL || value->row->refers == NULL ||
            value->inherits || !(value->row->flags & OPTION_SUPPORTED))
            continue;
        for (size_t j = 0; j < value->item_count; j++)
            check_reference(section, value, j, report);
    }
}

static enum status
read_network(struct str item)
{
    struct network network;

    return network_parse(item, &network);
}

static enum status
read_source_rule(struct str item)
{
    struct source_rule rule;

    return source_rule_parse(item, &rule);
}

static const struct item_form {
    const char *option;
    enum status (*read)(struct str item);
} item_forms[] = {
    { "proxy_protocol_sources", read_network },
    { "source_ip_filter", read_source_rule },
};

static void
check_form(const struct value *value, const struct item_form *form,
           struct report *report)
{
    if (strcmp(value->row->name, form->option) != 0)
        return;
    for (size_t i = 0; i < value->item_count; i++)
        if (form->read(str_of(value->items[i])) != OK)
            report_add(report, REPORT_ERROR, value->file, value->item_lines[i],
                       "'%s': %s", form->option, fail_reason());
}

/* Items that have a form of their own. */
static void
check_forms(const struct section *section, struct report *report)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct value *value = &section->values[i];

        if (value->row == NULL || value->inherits ||
            !(value->row->flags & OPTION_SUPPORTED))
            continue;
        for (size_t f = 0; f < sizeof item_forms / sizeof item_forms[0]; f++)
            check_form(value, &item_forms[f], report);
    }
}

static bool
is_way_in(const struct config *config, const char *id)
{
    const struct section *method =
        config_section(config, "authentications", id);

    if (method == NULL) /* reported, or the default */
        return strcmp(id, "DEFAULT-AUTHENTICATION") == 0;
    return strcmp(method->type, "application") == 0 &&
           section_flag(method, "enabled");
}

/*
 * Accounts of the file log in only when the file says so: leaving out the ways
 * that are not supported yet must not open one that nobody wanted.
 */
static void
check_ways_in(const struct config *config, struct report *report)
{
    const struct section *server = config_server(config);
    const char *id;

    for (size_t i = 0;
         (id = section_item(server, "authentications", i)) != NULL; i++)
        if (is_way_in(config, id))
            return;
    report_add(report, REPORT_ERROR, section_file(server, "authentications"),
               section_line(server, "authentications"),
               "'authentications' names no enabled method of type "
               "'application', the only one that is supported yet");
}

static int
compare_account_names(const void *a, const void *b)
{
    const struct section *x = *(const struct section *const *)a;
    const struct section *y = *(const struct section *const *)b;
    int order = strcmp(section_text(x, "name"), section_text(y, "name"));

    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* Two accounts of one name: nobody could tell which one logs in. */
static void
check_account_names(const struct config *config, struct report *report)
{
    size_t count = config_count(config, "accounts");
    const struct section **sorted = calloc(count + 1, sizeof(void *));

    if (sorted == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        sorted[i] = config_at(config, "accounts", i);
    qsort(sorted, count, sizeof(void *), compare_account_names);
    for (size_t i = 1; i < count; i++) {
        const char *name = section_text(sorted[i], "name");

        if (name[0] != '\0' &&
            strcmp(section_text(sorted[i - 1], "name"), name) == 0)
            report_add(report, REPORT_ERROR, sorted[i]->file,
                       section_line(sorted[i], "name"),
                       "[accounts/%s] has the name '%s' as well",
                       sorted[i - 1]->id, name);
    }
    free(sorted);
}

static bool
is_any_address(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static bool
would_listen(const struct section *service)
{
    return section_is_supported(service) && section_has(service, "port") &&
           section_flag(service, "enabled") &&
           section_number(service, "port") != 0;
}

static bool
collide(const struct section *a, const struct section *b)
{
    const char *x = section_text(a, "address");
    const char *y = section_text(b, "address");

    return section_number(a, "port") == section_number(b, "port") &&
           (strcmp(x, y) == 0 || is_any_address(x) || is_any_address(y));
}

static void
check_ports(const struct config *config, struct report *report)
{
    enum { MOST = 1000 }; /* pairs of services are compared */
    size_t count = config_count(config, "services");

    for (size_t i = 0; i < count && i < MOST; i++) {
        const struct section *b = config_at(config, "services", i);

        for (size_t j = 0; would_listen(b) && j < i; j++) {
            const struct section *a = config_at(config, "services", j);

            if (would_listen(a) && collide(a, b))
                report_add(report, REPORT_ERROR, b->file,
                           section_line(b, "port"),
                           "[services/%s] listens on %s port %s already", a->id,
                           section_text(a, "address"), section_text(a, "port"));
        }
    }
}

void
config_check_rules(const struct config *config, struct report *report)
{
    for (size_t i = 0; i < config->made; i++) {
        if (!section_is_supported(&config->sections[i]))
            continue;
        check_references(&config->sections[i], report);
        check_forms(&config->sections[i], report);
    }
    check_ways_in(config, report);
    check_account_names(config, report);
    check_ports(config, report);
}
