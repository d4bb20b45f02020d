/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.c - `convoy doctor`: what this machine offers, and what it lacks.
 *
 * The tables are the examination. Nothing that belongs to anybody is changed:
 * storages are tried out in a hidden folder that is removed again.
 */
#include "main/doctor.h"

#include "base/buffer.h"
#include "main/command.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct doctor_check checks[] = {
    /* clang-format off */
    { "kernel",         doctor_kernel,         false },
    { "landlock",       doctor_landlock,       false },
    { "seccomp",        doctor_seccomp,        false },
    { "sockets",        doctor_sockets,        false },
    { "entropy",        doctor_entropy,        false },
    { "clock",          doctor_clock,          false },
    { "configuration",  doctor_configuration,  true },
    { "open-files",     doctor_open_files,     false },
    { "threads",        doctor_threads,        false },
    { "memory",         doctor_memory,         false },
    { "state-folder",   doctor_state_folder,   true },
    { "control-socket", doctor_control_socket, true },
    { "keys",           doctor_keys,           true },
    { "certificates",   doctor_certificates,   true },
    /* clang-format on */
};

static const struct doctor_trial trials[] = {
    /* clang-format off */
    { "storage-kind",       doctor_kind },
    { "storage-space",      doctor_space },
    { "storage-rename",     doctor_rename },
    { "storage-noreplace",  doctor_noreplace },
    { "storage-exclusive",  doctor_exclusive },
    { "storage-sync",       doctor_sync },
    { "storage-attributes", doctor_attributes },
    { "storage-inode",      doctor_inode },
    { "storage-times",      doctor_times },
    { "storage-locks",      doctor_locks },
    { "storage-speed",      doctor_speed },
    { NULL, NULL },
    /* clang-format on */
};

static const char *const words[] = {
    [HEALTHY] = "ok",
    [WARNING] = "warning",
    [FAILURE] = "failure",
};

void
doctor_say(struct doctor *d, enum health health, const char *format, ...)
{
    va_list args;
    struct finding *findings =
        realloc(d->findings, (d->count + 1) * sizeof *findings);
    char *text = NULL;

    d->counts[health]++;
    if (findings == NULL)
        return;
    d->findings = findings;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return;
    findings[d->count++] = (struct finding){ d->check, health, text };
}

static void
examine(struct doctor *d)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (checks[i].needs_config && d->config == NULL &&
            (d->config_path == NULL || checks[i].run != doctor_configuration))
            continue;
        d->check = checks[i].name;
        checks[i].run(d);
    }
    if (d->config != NULL)
        doctor_storages(d, trials);
}

static void
print_text(const struct doctor *d)
{
    for (size_t i = 0; i < d->count; i++)
        printf("%-8s %-18s %s\n", words[d->findings[i].health],
               d->findings[i].check, d->findings[i].text);
    printf("\n%zu ok, %zu to look at, %zu wrong.\n", d->counts[HEALTHY],
           d->counts[WARNING], d->counts[FAILURE]);
}

/* A path may be no UTF-8, which JSON cannot say. */
static json_t *
text_of(const char *text)
{
    json_t *value = json_string(text);

    return value != NULL ? value : json_string("(not UTF-8)");
}

static void
print_json(const struct doctor *d)
{
    json_t *findings = json_array();

    for (size_t i = 0; i < d->count; i++)
        json_array_append_new(
            findings, json_pack("{ssssso}", "check", d->findings[i].check,
                                "health", words[d->findings[i].health],
                                "details", text_of(d->findings[i].text)));
    json_t *all = json_pack("{sosIsIsI}", "findings", findings, "ok",
                            (json_int_t)d->counts[HEALTHY], "warnings",
                            (json_int_t)d->counts[WARNING], "failures",
                            (json_int_t)d->counts[FAILURE]);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

struct request {
    const char *config_path;
    bool as_json;
};

static bool
read_arguments(int argc, char **argv, struct request *request)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            request->as_json = true;
        else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
            request->config_path = argv[++i];
        else
            return false;
    }
    return true;
}

static void
doctor_done(struct doctor *d)
{
    for (size_t i = 0; i < d->count; i++)
        free(d->findings[i].text);
    free(d->findings);
    config_unref(&d->config);
}

int
command_doctor(int argc, char **argv)
{
    struct request request = { 0 };
    AUTO(doctor_done) struct doctor d = { 0 };
    struct report report = { 0 };

    if (!read_arguments(argc, argv, &request)) {
        fprintf(stderr, "usage: convoy doctor [-c FILE] [--json]\n");
        return 2;
    }
    umask(0);
    d.config_path = request.config_path;
    /* A file with mistakes is examined as far as it goes. */
    if (d.config_path != NULL)
        (void)!config_load_to_check(d.config_path, &report, &d.config);
    report_done(&report);
    examine(&d);
    if (request.as_json)
        print_json(&d);
    else
        print_text(&d);
    return d.counts[FAILURE] > 0;
}
