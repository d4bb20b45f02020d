/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_record.c - the control lines of the sending side.
 *
 *   C<4 octal digits> <size> <name>     a file, whose bytes follow
 *   D<4 octal digits> <ignored> <name>  a folder; what follows is inside
 *   E                                   that folder's end
 *   T<mtime> <us> <atime> <us>          times of the next file or folder
 */
#include "ssh/scp_private.h"

enum { MODE_DIGITS = 4, SECOND_US = 1000000 };

static enum status
parse_mode(struct str text, uint32_t *mode_out)
{
    uint32_t mode = 0;

    if (text.len != MODE_DIGITS)
        return fail(ERR_INVALID, "a mode is four digits");
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '7')
            return fail(ERR_INVALID, "a mode has octal digits");
        mode = mode << 3 | (uint32_t)(text.data[i] - '0');
    }
    *mode_out = mode;
    return OK;
}

static enum status
check_name(struct str name)
{
    if (name.len == 0 || str_is(name, ".") || str_is(name, "..") ||
        memchr(name.data, '/', name.len) != NULL || str_has_nul(name))
        return fail(ERR_INVALID, "unexpected file name");
    return OK;
}

static enum status
parse_entry(struct str rest, struct scp_record *out)
{
    TRY(parse_mode(str_cut(&rest, ' '), &out->mode));
    if (!str_to_number(str_cut(&rest, ' '), INT64_MAX, &out->size))
        return fail(ERR_INVALID, "a size is a number below 2^63");
    out->name = rest;
    return check_name(rest);
}

/* Seconds and microseconds; false in *known for what no time can be. */
static enum status
parse_time(struct str *rest, int64_t *ns_out, bool *known)
{
    uint64_t seconds, us;

    if (!str_to_number(str_cut(rest, ' '), UINT64_MAX, &seconds) ||
        !str_to_number(str_cut(rest, ' '), SECOND_US - 1, &us))
        return fail(ERR_INVALID, "a time is seconds and microseconds");
    if (seconds >= INT64_MAX / 1000000000)
        *known = false;
    else
        *ns_out = (int64_t)(seconds * 1000000000 + us * 1000);
    return OK;
}

static enum status
parse_times(struct str rest, struct scp_record *out)
{
    out->has_times = true;
    TRY(parse_time(&rest, &out->mtime_ns, &out->has_times));
    TRY(parse_time(&rest, &out->atime_ns, &out->has_times));
    if (rest.len > 0)
        return fail(ERR_INVALID, "there is more than two times");
    return OK;
}

enum status
scp_record_parse(struct str line, struct scp_record *out)
{
    struct str rest = str_from_offset(line, 1);

    *out = (struct scp_record){ .name = STR_NONE };
    if (line.len > 0)
        out->kind = line.data[0];
    switch (out->kind) {
    case 'C':
    case 'D': return parse_entry(rest, out);
    case 'T': return parse_times(rest, out);
    case 'E':
        return rest.len == 0 ? OK
                             : fail(ERR_INVALID, "nothing may stand behind E");
    default: return fail(ERR_INVALID, "expected a control line");
    }
}
