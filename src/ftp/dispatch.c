/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch.c - whether a verb may run: the one place that asks.
 *
 * Handlers therefore check nothing of what their row says.
 */
#include "ftp/ftp_private.h"

enum {
    EARLY_MOST = 100, /* commands of somebody who has not logged in */
    BAD_MOST = 50,    /* lines in a row that are no command */
};

static bool
flag(const struct ftp_connection *c, const char *option)
{
    return section_flag(c->service->section, option);
}

static bool
wants_tls(const struct ftp_connection *c)
{
    return stream_tls(c->control) == NULL && !c->service->is_implicit &&
           flag(c, "ftps_force_secured_command_channel");
}

static bool
wants_login(const struct ftp_connection *c)
{
    return !session_is_logged_in(c->session);
}

static bool
wants_private(const struct ftp_connection *c)
{
    return !c->is_private && flag(c, "ftps_force_secured_data_channel");
}

struct demand {
    unsigned need; /* of the row … */
    bool is_set;   /* … where it is so */
    bool (*is_missing)(const struct ftp_connection *);
    unsigned code;
    const char *sentence;
};

static const struct demand demands[] = {
    { BEFORE_TLS, false, wants_tls, 530, "TLS comes first: use AUTH TLS." },
    { NEEDS_LOGIN, true, wants_login, 530, "Log in with USER and PASS first." },
    { MOVES_DATA, true, wants_private, 522,
      "Data travels under TLS only: use PBSZ 0 and PROT P." },
};

/* What is missing, or NULL. */
static const struct demand *
unmet(const struct ftp_connection *c, const struct ftp_verb_row *row)
{
    for (size_t i = 0; i < sizeof demands / sizeof demands[0]; i++) {
        const struct demand *d = &demands[i];

        if (((row->needs & d->need) != 0) == d->is_set && d->is_missing(c))
            return d;
    }
    return NULL;
}

static bool
is_right_argument(const struct ftp_verb_row *row, struct str argument)
{
    if (row->needs & NEEDS_ARGUMENT)
        return argument.len > 0;
    return !(row->needs & TAKES_NONE) || str_trim(argument).len == 0;
}

static enum status
run(struct ftp_connection *c, const struct ftp_verb_row *row,
    struct str argument)
{
    const struct demand *missing = unmet(c, row);

    if (missing != NULL)
        return ftp_say(c, missing->code, "%s", missing->sentence);
    if (!is_right_argument(row, argument))
        return ftp_say(c, 501, "Usage: %s", row->usage);
    session_set_busy(c->session, true);
    enum status status = row->run(c, argument);
    session_set_busy(c->session, false);
    session_touch(c->session); /* it may have taken long */
    if (!(row->needs & KEEPS_WISH))
        c->wish = (struct ftp_wish){ 0 };
    if (!(row->needs & BEFORE_RNTO))
        c->rename_from[0] = '\0';
    return status;
}

static enum status
send_away(struct ftp_connection *c, const char *why)
{
    c->is_ending = true;
    c->why = why;
    return ftp_say(c, 421, "Good-bye: %s.", why);
}

/* The line that was handed out last, as it came. */
static struct str
last_line(const struct ftp_connection *c)
{
    return str_from(buffer_str(&c->lines.pending).data, c->lines.used);
}

/* A browser that somebody's page has sent here (S27) says more lines, and
 * among those may be any. */
static enum status
refuse_line(struct ftp_connection *c, enum status of_line)
{
    if (ftp_looks_like_http(last_line(c))) {
        ftp_tell(c, EVENT_FTP_FOREIGN, "this is a line of HTTP");
        return send_away(c, "this is FTP");
    }
    if (++c->bad >= BAD_MOST)
        return send_away(c, "too many lines that are no commands");
    if (of_line == OK)
        return ftp_say(c, 500, "That is no command of this server.");
    return ftp_say(c, str_has_nul(last_line(c)) ? 501 : 500, "%s.",
                   fail_reason());
}

enum status
ftp_dispatch(struct ftp_connection *c, enum status of_line,
             const struct ftp_command *command)
{
    const struct ftp_verb_row *row =
        of_line == OK ? ftp_verb_find(command->verb) : NULL;

    if (!session_is_logged_in(c->session) && ++c->early > EARLY_MOST)
        return send_away(c, "too many commands before the login");
    if (row == NULL)
        return refuse_line(c, of_line);
    c->bad = 0;
    return run(c, row, command->argument);
}
