/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verbs_listing.c - LIST, NLST, MLSD, MLST and STAT (RFC 959, 4.1.3;
 * RFC 3659, 7).
 *
 * All that is in a folder is shown, with names that begin with a dot: a client
 * that copies a folder is to have all of it. Nothing is sorted, as that would
 * mean to hold it.
 */
#include "ftp/lister.h"

enum {
    FACTS_MOST = 2 * VFS_PATH,
    STATUS_MOST = 2 * 1024,
    STATUS_ENTRIES = 32 * LISTER_PIECE, /* bytes of STAT's listing at most */
};

/* ---- over a data connection ---- */

/* There may be nothing to send for a while: a pattern that fits little. */
static enum status
send_piece(struct lister *l, struct stream *data, bool *more_out)
{
    TRY(ftp_look(l->c));
    TRY(lister_fill(l, more_out));
    TRY(ftp_send_data(l->c, data, buffer_str(&l->lines)));
    buffer_clear(&l->lines);
    return OK;
}

static enum status
send_all(struct lister *l, struct stream *data)
{
    bool more = true;

    while (more)
        TRY(send_piece(l, data, &more));
    return OK;
}

/* What cannot be listed is said before a connection is opened for it. */
static enum status
list(struct ftp_connection *c, enum lister_form form, struct str argument)
{
    AUTO(lister_done) struct lister l;
    struct stream *data = NULL;

    if (!lister_begin(&l, c, form, argument) || !ftp_open_data(c, &data))
        return OK;
    return ftp_end_data(c, &data, send_all(&l, data));
}

enum status
ftp_list(struct ftp_connection *c, struct str argument)
{
    return list(c, LISTER_LONG, argument);
}

enum status
ftp_nlst(struct ftp_connection *c, struct str argument)
{
    return list(c, LISTER_NAMES, argument);
}

enum status
ftp_mlsd(struct ftp_connection *c, struct str argument)
{
    return list(c, LISTER_FACTS, argument);
}

/* ---- over the control connection ---- */

/* As a link is followed by what comes next; where it leads nowhere, the link.
 */
enum status
ftp_mlst(struct ftp_connection *c, struct str argument)
{
    AUTO(buffer_done) struct buffer facts = BUFFER(FACTS_MOST);
    struct vfs *files = session_files(c->session);
    char text[VFS_PATH + 1];
    struct vfs_attributes it;
    struct str path;

    if (!ftp_path(c, argument, text, &path))
        return OK;
    enum status status = vfs_stat(files, path, VFS_FOLLOW | VFS_TELL, &it);
    if (status != OK && vfs_stat(files, path, 0, &it) == OK)
        status = OK;
    if (status != OK)
        return ftp_say_failure(c, status);
    TRY(lister_facts(c, path, &it, &facts));
    return ftp_reply_lines(&c->out, 250, "As it is now:", buffer_str(&facts),
                           "End");
}

static enum status
add_lines(struct ftp_connection *c, struct str lines)
{
    while (lines.len > 0)
        TRY(ftp_reply_text(&c->out, str_trim(str_cut(&lines, '\n'))));
    return ftp_flush(c);
}

/* A line of ls begins with a letter or a dash, so none looks like the last. */
static enum status
stat_path(struct ftp_connection *c, struct str argument)
{
    AUTO(lister_done) struct lister l;
    enum status status = OK;
    size_t sent = 0;
    bool more = true;

    if (!lister_begin(&l, c, LISTER_LONG, argument))
        return OK;
    TRY(buffer_add(&c->out, STR("213-As it is now:\r\n")));
    while (status == OK && more && sent < STATUS_ENTRIES) {
        status = lister_fill(&l, &more);
        sent += buffer_len(&l.lines);
        TRY(add_lines(c, buffer_str(&l.lines)));
        buffer_clear(&l.lines);
    }
    if (status != OK)
        return ftp_say(c, 213, "It could not be read to its end.");
    return ftp_say(c, 213, more ? "There is more: use LIST or MLSD." : "End");
}

static enum status
describe_connections(const struct ftp_connection *c, struct buffer *out)
{
    const struct tls_peer *tls = stream_tls(c->control);

    TRY(buffer_addf(out, "Control connection: %s %s\n",
                    tls != NULL ? tls->version : "not encrypted",
                    tls != NULL ? tls->cipher : ""));
    return buffer_addf(out, "Data connections: %s\n",
                       c->is_private ? "TLS" : "not encrypted");
}

static enum status
describe(const struct ftp_connection *c, struct buffer *out)
{
    TRY(buffer_addf(out, "Logged in as %s\n", session_account(c->session)));
    TRY(buffer_addf(out, "TYPE %s, MODE %s, STRU F\n",
                    c->type == MOVER_ASCII ? "A" : "I",
                    c->is_deflated ? "Z" : "S"));
    TRY(describe_connections(c, out));
    if (c->moving == NULL)
        return buffer_add(out, STR("No transfer\n"));
    return buffer_addf(out, "A transfer runs: %llu bytes so far\n",
                       (unsigned long long)c->moving->wire_bytes);
}

enum status
ftp_stat(struct ftp_connection *c, struct str argument)
{
    AUTO(buffer_done) struct buffer about = BUFFER(STATUS_MOST);

    if (argument.len > 0 && c->moving != NULL)
        return ftp_say(c, 450, "Not while a transfer runs.");
    if (argument.len > 0)
        return stat_path(c, argument);
    TRY(describe(c, &about));
    return ftp_reply_lines(&c->out, 211, "Convoy:", buffer_str(&about), "End");
}
