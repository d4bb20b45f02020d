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

/* ---- facts ---- */

struct about { /* what facts are told of */
    const struct vfs_attributes *is;
    enum entry_kind kind;
    const struct ftp_may *may;
};

static enum status
add_type(const struct about *it, struct buffer *out)
{
    static const char *const folders[] = {
        [ENTRY_PLAIN] = "dir",
        [ENTRY_CURRENT] = "cdir",
        [ENTRY_PARENT] = "pdir",
    };
    const char *type = "file";

    if (S_ISDIR(it->is->mode))
        type = folders[it->kind];
    else if (S_ISLNK(it->is->mode))
        type = "OS.unix=symlink";
    return buffer_addf(out, "Type=%s;", type);
}

static enum status
add_size(const struct about *it, struct buffer *out)
{
    if (!S_ISREG(it->is->mode))
        return OK;
    return buffer_addf(out, "Size=%llu;", (unsigned long long)it->is->size);
}

static enum status
add_time(const char *name, int64_t ns, struct buffer *out)
{
    char text[FTP_TIME];

    ftp_format_time(ns, text);
    return buffer_addf(out, "%s=%s;", name, text);
}

static enum status
add_modify(const struct about *it, struct buffer *out)
{
    return add_time("Modify", it->is->mtime_ns, out);
}

static enum status
add_create(const struct about *it, struct buffer *out)
{
    if (it->is->created_ns == 0)
        return OK;
    return add_time("Create", it->is->created_ns, out);
}

/* The letters of RFC 3659, 7.5.5, in its order. */
static enum status
add_perm(const struct about *it, struct buffer *out)
{
    const struct ftp_may *may = it->may;
    bool is_folder = S_ISDIR(it->is->mode);
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
    char text[sizeof letters / sizeof letters[0] + 1];
    size_t len = 0;

    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].may)
            text[len++] = letters[i].letter;
    text[len] = '\0';
    return buffer_addf(out, "Perm=%s;", text);
}

static enum status
add_unique(const struct about *it, struct buffer *out)
{
    return buffer_addf(out, "Unique=%llxg%llx;",
                       (unsigned long long)it->is->device,
                       (unsigned long long)it->is->inode);
}

static enum status
add_unix_mode(const struct about *it, struct buffer *out)
{
    return buffer_addf(out, "UNIX.mode=%04o;", it->is->mode & MODE_BITS);
}

static const struct {
    enum ftp_fact fact;
    const char *name;
    enum status (*add)(const struct about *, struct buffer *out);
} facts_known[] = {
    { FACT_TYPE, "Type", add_type },
    { FACT_SIZE, "Size", add_size },
    { FACT_MODIFY, "Modify", add_modify },
    { FACT_CREATE, "Create", add_create },
    { FACT_PERM, "Perm", add_perm },
    { FACT_UNIQUE, "Unique", add_unique },
    { FACT_UNIX_MODE, "UNIX.mode", add_unix_mode },
};

enum { FACTS = sizeof facts_known / sizeof facts_known[0] };

enum status
ftp_facts(const struct vfs_entry *entry, unsigned facts, enum entry_kind kind,
          const struct ftp_may *may, struct str name, struct buffer *out)
{
    const struct about it = { &entry->attributes, kind, may };

    for (size_t i = 0; i < FACTS; i++)
        if (facts & facts_known[i].fact)
            TRY(facts_known[i].add(&it, out));
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
