/* SPDX-License-Identifier: Apache-2.0 */
/* verbs_site.c - SITE: CHMOD, HELP, IDLE, PSWD and UTIME. */
#include "ftp/ftp_private.h"

#include <string.h>

enum {
    MODE_BITS = 07777,
    IDLE_LEAST = 10, /* seconds */
    WITHOUT_SECONDS = 12,
    UTIME_TIMES = 3,
};

static const char chmod_usage[] = "SITE CHMOD octal-mode name";
static const char idle_usage[] = "SITE IDLE [seconds]";
static const char pswd_usage[] = "SITE PSWD old-password new-password";
static const char utime_usage[] =
    "SITE UTIME YYYYMMDDhhmm[ss] name, or name atime mtime ctime UTC";

static enum status
say_usage(struct ftp_connection *c, const char *usage)
{
    return ftp_say(c, 501, "Usage: %s", usage);
}

static enum status
set_attributes(struct ftp_connection *c, struct str name,
               const struct vfs_attributes *attributes)
{
    char path[VFS_PATH + 1];
    struct str full;

    if (!ftp_path(c, name, path, &full))
        return OK;
    enum status status = vfs_set_attributes(session_files(c->session), full,
                                            VFS_FOLLOW, attributes);
    if (status != OK)
        return ftp_say_failure(c, status);
    return ftp_say(c, 200, "Done.");
}

/* ---- CHMOD ---- */

static bool
to_mode(struct str digits, uint32_t *out)
{
    uint32_t mode = 0;

    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '7')
            return false;
        mode = mode * 8 + (uint32_t)(digits.data[i] - '0');
        if (mode > MODE_BITS)
            return false;
    }
    *out = mode;
    return digits.len > 0;
}

static enum status
site_chmod(struct ftp_connection *c, struct str rest)
{
    struct vfs_attributes attributes = { .has = VFS_HAS_MODE };
    struct str digits = str_cut(&rest, ' ');

    if (!to_mode(digits, &attributes.mode) || rest.len == 0)
        return say_usage(c, chmod_usage);
    return set_attributes(c, rest, &attributes);
}

/* ---- UTIME ---- */

/* YYYYMMDDhhmm[ss], the whole of it. */
static bool
to_time(struct str digits, int64_t *ns_out)
{
    AUTO(buffer_done) struct buffer whole = BUFFER(FTP_TIME);

    if (digits.len != WITHOUT_SECONDS && digits.len != WITHOUT_SECONDS + 2)
        return false;
    if (buffer_addf(&whole, "%.*s%s", STR_ARG(digits),
                    digits.len == WITHOUT_SECONDS ? "00" : "") != OK)
        return false;
    struct str rest = buffer_str(&whole);
    return ftp_parse_time(&rest, ns_out) == OK && rest.len == 0;
}

/* The word behind the last blank, taken off the end. */
static struct str
cut_last(struct str *text)
{
    size_t at = text->len;

    while (at > 0 && text->data[at - 1] != ' ')
        at--;
    struct str last = str_from_offset(*text, at);
    text->len = at > 0 ? at - 1 : 0;
    return last;
}

/* "name atime mtime ctime UTC", of which the last time cannot be set. */
static bool
take_three_times(struct str *name, struct vfs_attributes *out)
{
    struct str rest = *name;
    int64_t times[UTIME_TIMES];

    if (!str_same_word(cut_last(&rest), "UTC"))
        return false;
    for (size_t i = UTIME_TIMES; i > 0; i--)
        if (!to_time(cut_last(&rest), &times[i - 1]))
            return false;
    *name = rest;
    out->atime_ns = times[0];
    out->mtime_ns = times[1];
    return true;
}

/* "YYYYMMDDhhmm[ss] name" */
static bool
take_one_time(struct str *name, struct vfs_attributes *out)
{
    struct str rest = *name;

    if (!to_time(str_cut(&rest, ' '), &out->mtime_ns))
        return false;
    *name = rest;
    out->atime_ns = out->mtime_ns;
    return true;
}

static enum status
site_utime(struct ftp_connection *c, struct str rest)
{
    struct vfs_attributes attributes = { .has = VFS_HAS_TIMES };

    if ((!take_three_times(&rest, &attributes) &&
         !take_one_time(&rest, &attributes)) ||
        rest.len == 0)
        return say_usage(c, utime_usage);
    return set_attributes(c, rest, &attributes);
}

/* ---- IDLE ---- */

/* A client may ask for less patience than the service has, not for more. */
static enum status
site_idle(struct ftp_connection *c, struct str rest)
{
    uint64_t most =
        section_number(c->service->section, "idle_connection_timeout");
    uint64_t least = most < IDLE_LEAST ? most : IDLE_LEAST;
    uint64_t seconds = c->idle_ms > 0 ? (uint64_t)c->idle_ms / 1000 : most;

    if (rest.len == 0)
        return ftp_say(c, 200, "Idle for %ju seconds ends the session.",
                       (uintmax_t)seconds);
    if (!str_to_number(rest, most, &seconds) || seconds < least)
        return ftp_say(c, 501, "From %ju to %ju seconds are possible.",
                       (uintmax_t)least, (uintmax_t)most);
    c->idle_ms = (int64_t)seconds * 1000;
    session_set_idle_timeout(c->session, c->idle_ms);
    return ftp_say(c, 200, "Idle for %ju seconds ends the session.",
                   (uintmax_t)seconds);
}

/* ---- PSWD ---- */

static enum status
site_pswd(struct ftp_connection *c, struct str rest)
{
    struct str old = str_cut(&rest, ' ');

    if (old.len == 0 || rest.len == 0)
        return say_usage(c, pswd_usage);
    enum status status = session_change_password(c->session, old, rest);
    if (status == OK)
        return ftp_say(c, 200, "The password is changed.");
    return ftp_say(c, status == ERR_INVALID ? 501 : 550, "Not changed: %s.",
                   fail_reason());
}

/* ---- HELP, and the table ---- */

static enum status
site_help(struct ftp_connection *c, struct str rest)
{
    AUTO(buffer_done) struct buffer lines = BUFFER(FTP_OUT);

    (void)rest;
    TRY(buffer_addf(&lines, "%s\n%s\n%s\n%s\n", chmod_usage, idle_usage,
                    pswd_usage, utime_usage));
    return ftp_reply_lines(&c->out, 214, "SITE knows:", buffer_str(&lines),
                           "That is all.");
}

static const struct {
    const char *name;
    enum status (*run)(struct ftp_connection *, struct str rest);
} sites[] = {
    { "CHMOD", site_chmod }, { "HELP", site_help },   { "IDLE", site_idle },
    { "PSWD", site_pswd },   { "UTIME", site_utime },
};

enum status
ftp_site(struct ftp_connection *c, struct str argument)
{
    struct str word = str_cut(&argument, ' ');

    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++)
        if (str_same_word(word, sites[i].name))
            return sites[i].run(c, argument);
    return ftp_say(c, 504, "SITE knows no such command: see SITE HELP.");
}
