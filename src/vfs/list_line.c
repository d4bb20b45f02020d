/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_line.c - an entry as ls -l shows it.
 *
 * No standard gives its form, but clients take owner and group from its
 * columns.
 */
#include "vfs/list_line.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MODE_TEXT = 11, DATE_TEXT = 64 };

static const int64_t ns_a_second = 1000000000;
static const int64_t half_a_year_ns = 15778476 * ns_a_second;

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
mode_letters(uint32_t mode, char text[MODE_TEXT])
{
    static const char letters[] = "-rwxrwxrwx";

    text[0] = type_letter(mode);
    for (unsigned i = 1; i < MODE_TEXT - 1; i++)
        text[i] = letters[(mode & (1U << (9 - i))) ? i : 0];
    text[3] = execute_letter(mode, S_IXUSR, S_ISUID, "-xSs");
    text[6] = execute_letter(mode, S_IXGRP, S_ISGID, "-xSs");
    text[9] = execute_letter(mode, S_IXOTH, S_ISVTX, "-xTt");
    text[MODE_TEXT - 1] = '\0';
}

static void
format_date(int64_t mtime_ns, int64_t now_ns, char text[DATE_TEXT])
{
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    time_t when = (time_t)(mtime_ns / ns_a_second);
    struct tm day = { .tm_mday = 1, .tm_year = 70 };
    bool is_recent =
        now_ns > 0 && mtime_ns <= now_ns && mtime_ns > now_ns - half_a_year_ns;

    gmtime_r(&when, &day);
    if (is_recent)
        snprintf(text, DATE_TEXT, "%s %2d %02d:%02d", months[day.tm_mon],
                 day.tm_mday, day.tm_hour, day.tm_min);
    else
        snprintf(text, DATE_TEXT, "%s %2d  %4d", months[day.tm_mon],
                 day.tm_mday, day.tm_year + 1900);
}

size_t
vfs_list_line(const struct vfs_entry *entry, const char *owner, int64_t now_ns,
              char line[VFS_LIST_LINE])
{
    const struct vfs_attributes *a = &entry->attributes;
    char mode[MODE_TEXT];
    char date[DATE_TEXT];

    mode_letters(a->mode, mode);
    format_date(a->mtime_ns, now_ns, date);
    int len = snprintf(line, VFS_LIST_LINE, "%s %3llu %-8.64s %-8u %8llu %s ",
                       mode, (unsigned long long)a->links, owner, a->gid,
                       (unsigned long long)a->size, date);
    size_t used = (size_t)len;
    size_t name = entry->name.len;

    if (name > VFS_LIST_LINE - used)
        name = VFS_LIST_LINE - used;
    if (name > 0)
        memcpy(line + used, entry->name.data, name);
    return used + name;
}
