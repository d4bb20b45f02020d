/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_listing_fuzz.c - what clients say behind LIST, and names that somebody
 * gave to files.
 *
 * The input: attributes, then texts with NULs between: LIST's argument, facts
 * for OPTS MLST, a pattern, the text of a link, and names. Whatever they are,
 * an entry is one line.
 */
#include "fuzz.h"

#include "base/glob.h"
#include "ftp/listing.h"

#include <stdlib.h>

enum { OUT = 64 * 1024, LONGEST = 8192 };

struct input {
    struct vfs_attributes attributes;
    int64_t now_ns;
    unsigned may;
    struct str prefix;
    unsigned facts;
    struct str pattern;
    struct str target;
};

static struct str
take(struct str *rest, size_t most)
{
    struct str text = str_cut(rest, '\0');

    return text.len <= most ? text : str_from(text.data, most);
}

static void
expect_one_line(const struct buffer *out)
{
    struct str line = buffer_str(out);

    if (line.len < 2 || line.data[line.len - 2] != '\r' ||
        line.data[line.len - 1] != '\n')
        abort();
    for (size_t i = 0; i + 2 < line.len; i++)
        if ((unsigned char)line.data[i] < ' ')
            abort();
}

static struct ftp_may
to_may(unsigned bits)
{
    return (struct ftp_may){ bits & 1,  bits & 2,  bits & 4,  bits & 8,
                             bits & 16, bits & 32, bits & 64, bits & 128 };
}

static void
show(const struct input *in, struct str name)
{
    struct vfs_entry entry = { name, in->attributes };
    struct ftp_may may = to_may(in->may);
    struct buffer out = BUFFER(OUT);

    if (ftp_list_line(&entry, "anna", in->target, in->now_ns, &out) != OK)
        abort();
    expect_one_line(&out);
    buffer_clear(&out);
    if (ftp_name_line(in->prefix, name, &out) != OK)
        abort();
    expect_one_line(&out);
    buffer_clear(&out);
    if (ftp_facts(&entry, in->facts, (enum entry_kind)(in->may % 3), &may, name,
                  &out) != OK ||
        buffer_add(&out, STR("\r\n")) != OK)
        abort();
    expect_one_line(&out);
    buffer_done(&out);
    glob_matches(in->pattern, name);
}

static void
read_numbers(struct input *in, struct str *rest)
{
    struct {
        uint64_t size, inode, device;
        int64_t mtime_ns, created_ns, now_ns;
        uint32_t mode, uid, gid, may;
    } from = { 0 };
    size_t len = rest->len < sizeof from ? rest->len : sizeof from;

    memcpy(&from, rest->data, len);
    *rest = str_from_offset(*rest, len);
    in->attributes = (struct vfs_attributes){
        .size = from.size,
        .mode = from.mode,
        .uid = from.uid,
        .gid = from.gid,
        .mtime_ns = from.mtime_ns,
        .inode = from.inode,
        .device = from.device,
        .links = from.inode,
        .created_ns = from.created_ns,
    };
    in->now_ns = from.now_ns;
    in->may = from.may;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_from(data, size);
    struct input in;

    if (size == 0)
        return 0;
    read_numbers(&in, &rest);
    struct str argument = take(&rest, LONGEST);
    in.prefix = ftp_list_arguments(argument).path;
    if (in.prefix.len > argument.len)
        abort();
    in.facts = ftp_facts_parse(take(&rest, LONGEST));
    in.pattern = take(&rest, VFS_NAME);
    in.target = take(&rest, VFS_PATH);
    do
        show(&in, take(&rest, VFS_NAME));
    while (rest.len > 0);
    return 0;
}
