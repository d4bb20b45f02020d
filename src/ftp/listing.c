/* SPDX-License-Identifier: Apache-2.0 */
/* listing.c - entries of folders as the lines of LIST, MLSD and MLST. */
#include "ftp/listing.h"

#include "ftp/arguments.h"
#include "vfs/list_line.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FIRST_PRINTABLE = 32,
    MODE_BITS = 07777,
};

/* A name that has a line's end in it would be two entries. */
static enum status
add_name(struct buffer *out, struct str name)
{
    char *room;

    TRY(buffer_reserve(out, name.len, &room));
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.data[i];

        room[i] = (char)(byte < FIRST_PRINTABLE ? '?' : byte);
    }
    buffer_added(out, name.len);
    return OK;
}

enum status
ftp_list_line(const struct vfs_entry *entry, const char *owner,
              struct str link_target, int64_t now_ns, struct buffer *out)
{
    char line[VFS_LIST_LINE];
    size_t len = vfs_list_line(entry, owner, now_ns, line);

    TRY(add_name(out, str_from(line, len)));
    if (link_target.len > 0) {
        TRY(buffer_add(out, STR(" -> ")));
        TRY(add_name(out, link_target));
    }
    return buffer_add(out, STR("\r\n"));
}

enum status
ftp_name_line(struct str prefix, struct str name, struct buffer *out)
{
    TRY(add_name(out, prefix));
    TRY(add_name(out, name));
    return buffer_add(out, STR("\r\n"));
}

struct ftp_list_request
ftp_list_arguments(struct str argument)
{
    struct ftp_list_request request = { .path = argument };

    while (request.path.len > 1 && request.path.data[0] == '-') {
        struct str word = str_cut(&request.path, ' ');

        request.has_dots =
            request.has_dots || memchr(word.data, 'a', word.len) != NULL;
        request.is_itself =
            request.is_itself || memchr(word.data, 'd', word.len) != NULL;
    }
    return request;
}

static const struct {
    enum ftp_fact fact;
    const char *name;
} facts_known[] = {
    { FACT_TYPE, "Type" },           { FACT_SIZE, "Size" },
    { FACT_MODIFY, "Modify" },       { FACT_CREATE, "Create" },
    { FACT_PERM, "Perm" },           { FACT_UNIQUE, "Unique" },
    { FACT_UNIX_MODE, "UNIX.mode" },
};

enum { FACTS = sizeof facts_known / sizeof facts_known[0] };

static enum status
add_type(const struct vfs_entry *entry, enum entry_kind kind,
         struct buffer *out)
{
    static const char *const folders[] = {
        [ENTRY_PLAIN] = "dir",
        [ENTRY_CURRENT] = "cdir",
        [ENTRY_PARENT] = "pdir",
    };
    const char *type = "file";

    if (S_ISDIR(entry->attributes.mode))
        type = folders[kind];
    else if (S_ISLNK(entry->attributes.mode))
        type = "OS.unix=symlink";
    return buffer_addf(out, "Type=%s;", type);
}

/* The letters of RFC 3659, 7.5.5, in its order. */
static enum status
add_perm(const struct vfs_entry *entry, const struct ftp_may *may,
         struct buffer *out)
{
    bool is_folder = S_ISDIR(entry->attributes.mode);
    const struct {
        bool may;
        char letter;
    } letters[] = {
        { !is_folder && may->write, 'a' },
        { is_folder && may->write, 'c' },
        { may->remove, 'd' },
        { is_folder && may->enter, 'e' },
        { may->rename, 'f' },
        { is_folder && may->list, 'l' },
        { is_folder && may->make, 'm' },
        { is_folder && may->purge, 'p' },
        { !is_folder && may->read, 'r' },
        { !is_folder && may->write, 'w' },
    };

    TRY(buffer_add(out, STR("Perm=")));
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].may)
            TRY(buffer_add(out, str_from(&letters[i].letter, 1)));
    return buffer_add(out, STR(";"));
}

static enum status
add_time(const char *name, int64_t ns, struct buffer *out)
{
    char text[FTP_TIME];

    ftp_format_time(ns, text);
    return buffer_addf(out, "%s=%s;", name, text);
}

enum status
ftp_facts(const struct vfs_entry *entry, unsigned facts, enum entry_kind kind,
          const struct ftp_may *may, struct str name, struct buffer *out)
{
    const struct vfs_attributes *a = &entry->attributes;

    if (facts & FACT_TYPE)
        TRY(add_type(entry, kind, out));
    if ((facts & FACT_SIZE) && S_ISREG(a->mode))
        TRY(buffer_addf(out, "Size=%llu;", (unsigned long long)a->size));
    if (facts & FACT_MODIFY)
        TRY(add_time("Modify", a->mtime_ns, out));
    if ((facts & FACT_CREATE) && a->created_ns != 0)
        TRY(add_time("Create", a->created_ns, out));
    if (facts & FACT_PERM)
        TRY(add_perm(entry, may, out));
    if (facts & FACT_UNIQUE)
        TRY(buffer_addf(out, "Unique=%llxg%llx;", (unsigned long long)a->device,
                        (unsigned long long)a->inode));
    if (facts & FACT_UNIX_MODE)
        TRY(buffer_addf(out, "UNIX.mode=%04o;", a->mode & MODE_BITS));
    TRY(buffer_add(out, STR(" ")));
    return add_name(out, name);
}

unsigned
ftp_facts_parse(struct str text)
{
    struct str rest = text;
    unsigned facts = 0;

    while (rest.len > 0) {
        struct str word = str_cut(&rest, ';');

        for (size_t i = 0; i < FACTS; i++)
            if (str_same_word(word, facts_known[i].name))
                facts |= facts_known[i].fact;
    }
    return facts;
}

enum status
ftp_facts_names(unsigned chosen, struct buffer *out)
{
    for (size_t i = 0; i < FACTS; i++)
        TRY(buffer_addf(out, "%s%s;", facts_known[i].name,
                        chosen & facts_known[i].fact ? "*" : ""));
    return OK;
}
