/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - server.ini as an immutable snapshot. */
#include "config/config_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
free_config(struct config *config)
{
    for (size_t i = 0; config->sections && i < config->made; i++) {
        struct section *section = &config->sections[i];

        for (size_t j = 0; j < section->count; j++)
            value_done(&section->values[j]);
        free(section->values);
        free(section->id);
    }
    free(config->sections);
    free(config->by_name);
    free(config->in_order);
    free(config->defaults);
    ini_done(&config->base);
    ini_done(&config->override);
    free(config->path);
    free(config->override_path);
    free(config->folder);
    free(config);
}

struct config *
config_ref(struct config *config)
{
    atomic_fetch_add_explicit(&config->references, 1, memory_order_relaxed);
    return config;
}

void
config_unref(struct config **config)
{
    if (*config != NULL && atomic_fetch_sub_explicit(&(*config)->references, 1,
                                                     memory_order_acq_rel) == 1)
        free_config(*config);
    *config = NULL;
}

static enum status
read_all(int fd, const char *path, struct buffer *text)
{
    for (;;) {
        char *room;

        TRY(buffer_reserve(text, 65536, &room));
        ssize_t got = read(fd, room, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(errno, "cannot read '%s'", path);
        if (got == 0)
            return OK;
        buffer_added(text, (size_t)got);
        if (buffer_len(text) > INI_FILE_MAX)
            return OK; /* the parser says why that is too much */
    }
}

enum status
config_read_file(const char *path, struct buffer *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail_errno(errno, "cannot open '%s'", path);
    enum status status = read_all(fd, path, text);
    close(fd);
    return status;
}

/* The absolute folder that `path` is in. */
static char *
folder_of(const char *path)
{
    AUTO(str_free) char *parent = NULL;
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        parent = str_copy(STR("."));
    else if (slash == path)
        parent = str_copy(STR("/"));
    else
        parent = str_copy(str_from(path, (size_t)(slash - path)));
    return parent ? realpath(parent, NULL) : NULL;
}

/* NAME.override.ini for NAME.ini. */
static char *
override_of(const char *path)
{
    struct str name = str_of(path);
    char *override;

    if (name.len > 4 && str_is(str_from_offset(name, name.len - 4), ".ini"))
        name.len -= 4;
    if (asprintf(&override, "%.*s.override.ini", STR_ARG(name)) < 0)
        return NULL;
    return override;
}

static enum status
parse_file(const char *path, struct str text, struct report *report,
           struct ini *ini_out)
{
    enum status status = ini_parse(text, path, report, ini_out);

    return status == ERR_LIMIT ? ERR_INVALID : status;
}

static enum status
finish(struct config *config, struct report *report)
{
    TRY(config_build(config, report));
    config_check_rules(config, report);
    return OK;
}

static enum status
refuse_errors(const struct config *config, size_t errors)
{
    if (errors == 0)
        return OK;
    return fail(ERR_INVALID, "'%s' has %zu error%s", config->path, errors,
                errors == 1 ? "" : "s");
}

/* An object without sections yet; takes the texts over, which may be NULL. */
static enum status
new_config(char *path, char *folder, char *override, struct config **out)
{
    struct config *config = calloc(1, sizeof *config);

    if (config == NULL || path == NULL || folder == NULL || override == NULL) {
        free(config);
        free(path);
        free(folder);
        free(override);
        return fail(ERR_MEMORY, "no memory for the configuration");
    }
    atomic_init(&config->references, 1);
    config->path = path;
    config->folder = folder;
    config->override_path = override;
    *out = config;
    return OK;
}

static enum status
load_override(struct config *config, struct report *report)
{
    AUTO(buffer_done) struct buffer text = BUFFER(INI_FILE_MAX + 131072);
    enum status status = config_read_file(config->override_path, &text);

    if (status == ERR_NOT_FOUND)
        return OK;
    if (status != OK)
        return status;
    return parse_file(config->override_path, buffer_str(&text), report,
                      &config->override);
}

/* An object for the file, with nothing in it yet. */
static enum status
new_config_of(const char *path, struct config **out)
{
    char *folder = folder_of(path);

    if (folder == NULL)
        return fail_errno(errno, "cannot find the folder of '%s'", path);
    return new_config(str_copy(str_of(path)), folder, override_of(path), out);
}

enum status
config_load_to_check(const char *path, struct report *report,
                     struct config **config_out)
{
    AUTO(buffer_done) struct buffer text = BUFFER(INI_FILE_MAX + 131072);
    AUTO(config_unref) struct config *config = NULL;

    TRY(config_read_file(path, &text));
    TRY(new_config_of(path, &config));
    TRY(parse_file(path, buffer_str(&text), report, &config->base));
    TRY(load_override(config, report));
    TRY(finish(config, report));
    *config_out = config_ref(config);
    return OK;
}

enum status
config_load(const char *path, struct report *report, struct config **config_out)
{
    AUTO(config_unref) struct config *config = NULL;
    size_t errors = report->errors;

    TRY(config_load_to_check(path, report, &config));
    TRY(refuse_errors(config, report->errors - errors));
    *config_out = config_ref(config);
    return OK;
}

enum status
config_parse(struct str text, const char *folder, struct report *report,
             struct config **config_out)
{
    AUTO(config_unref) struct config *config = NULL;
    size_t errors = report->errors;

    TRY(new_config(str_copy(STR("server.ini")), str_copy(str_of(folder)),
                   str_copy(STR("server.override.ini")), &config));
    TRY(parse_file(config->path, text, report, &config->base));
    TRY(finish(config, report));
    TRY(refuse_errors(config, report->errors - errors));
    *config_out = config_ref(config);
    return OK;
}

const char *
config_folder(const struct config *config)
{
    return config->folder;
}

const char *
config_file(const struct config *config)
{
    return config->path;
}

struct str
config_text(const struct config *config)
{
    return str_from(config->base.text, config->base.len);
}

enum status
config_resolve_path(const struct config *config, const char *path,
                    struct buffer *out)
{
    if (path[0] == '/')
        return buffer_add(out, str_of(path));
    bool is_root = strcmp(config->folder, "/") == 0;
    return buffer_addf(out, "%s/%s", is_root ? "" : config->folder, path);
}
