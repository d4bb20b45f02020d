/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_longname.c - the line of ls -l that goes with a name.
 *
 * The draft leaves its form open, but clients take owner and group from its
 * columns. Without a clock there is no telling which times are recent, so the
 * date always has its year, as ls shows it for old files.
 */
#include "ssh/sftp_private.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

static char
type_letter(uint32_t mode)
{
    static const struct {
        uint32_t type;
        char letter;
    } types[] = {
        { S_IFREG, '-' }, { S_IFDIR, 'd' },  { S_IFLNK, 'l' }, { S_IFIFO, 'p' },
        { S_IFCHR, 'c' }, { S_IFSOCK, 's' }, { S_IFBLK, 'b' },
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if ((mode & S_IFMT) == types[i].type)
            return types[i].letter;
    return '?';
}

/* x, or what stands in its place when a special bit is set. */
static char
execute_letter(uint32_t mode, uint32_t execute, uint32_t special,
               const char *letters)
{
    return letters[((mode & execute) ? 1 : 0) + ((mode & special) ? 2 : 0)];
}

static void
mode_letters(uint32_t mode, char text[11])
{
    static const char letters[] = "-rwxrwxrwx";

    text[0] = type_letter(mode);
    for (unsigned i = 1; i < 10; i++)
        text[i] = letters[(mode & (1U << (9 - i))) ? i : 0];
    text[3] = execute_letter(mode, S_IXUSR, S_ISUID, "-xSs");
    text[6] = execute_letter(mode, S_IXGRP, S_ISGID, "-xSs");
    text[9] = execute_letter(mode, S_IXOTH, S_ISVTX, "-xTt");
    text[10] = '\0';
}

size_t
sftp_longname(const struct vfs_entry *entry, const char *owner,
              char line[SFTP_LONGNAME])
{
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    const struct vfs_attributes *a = &entry->attributes;
    time_t when = (time_t)(a->mtime_ns / 1000000000);
    struct tm day = { .tm_mday = 1, .tm_year = 70 };
    char mode[11];

    gmtime_r(&when, &day);
    mode_letters(a->mode, mode);
    int len =
        snprintf(line, SFTP_LONGNAME, "%s %3llu %-8s %-8u %8llu %s %2d  %4d ",
                 mode, (unsigned long long)a->links, owner, a->gid,
                 (unsigned long long)a->size, months[day.tm_mon], day.tm_mday,
                 day.tm_year + 1900);
    size_t used = (size_t)len;
    size_t name = entry->name.len;

    if (name > SFTP_LONGNAME - used)
        name = SFTP_LONGNAME - used;
    memcpy(line + used, entry->name.data, name);
    return used + name;
}
