/* SPDX-License-Identifier: Apache-2.0 */
/* verbs_login.c - who is there, and under whose protection (RFC 959, 4217). */
#include "ftp/ftp_private.h"

#include <stdio.h>
#include <string.h>

enum { HOST_NAME = 255 };

static bool
flag(const struct ftp_connection *c, const char *option)
{
    return section_flag(c->service->section, option);
}

static bool
is_logged_in(const struct ftp_connection *c)
{
    return session_is_logged_in(c->session);
}

/* ---- who ---- */

static enum status
welcome(struct ftp_connection *c, unsigned code)
{
    visitor_authenticated(c->visitor);
    return ftp_say(c, code, "You are logged in.");
}

/* Whether the certificate of the connection is one of the user that is named:
 * CN and USER are the same, in every letter. */
static bool
is_certified(const struct ftp_connection *c, struct str user)
{
    const struct tls_peer *peer = stream_tls(c->control);

    return flag(c, "enable_ssl_certificate_authentication") && peer != NULL &&
           peer->has_certificate && peer->common_name[0] != '\0' &&
           str_is(user, peer->common_name);
}

enum status
ftp_user(struct ftp_connection *c, struct str argument)
{
    if (is_logged_in(c))
        return ftp_say(c, 503, "You are logged in: use REIN first.");
    if (argument.len > FTP_USER)
        return ftp_say(c, 501, "No name is that long.");
    memcpy(c->user, argument.data, argument.len);
    c->user[argument.len] = '\0';
    if (is_certified(c, argument) &&
        session_login_certificate(c->session, argument) == SESSION_ACCEPTED)
        return welcome(c, 232);
    if (flag(c, "enable_password_authentication"))
        return ftp_say(c, 331, "Now the password.");
    c->user[0] = '\0';
    return ftp_say(c, 530, "Passwords are not taken here.");
}

/* What asks for more than a password cannot be had here: a session that has
 * proved one of two credentials is refused as any other. */
enum status
ftp_pass(struct ftp_connection *c, struct str argument)
{
    if (is_logged_in(c))
        return ftp_say(c, 202, "You are logged in already.");
    if (c->user[0] == '\0')
        return ftp_say(c, 503, "USER comes first.");
    enum session_login login =
        session_login_password(c->session, str_of(c->user), argument);
    c->user[0] = '\0';
    if (login == SESSION_ACCEPTED)
        return welcome(c, 230);
    return ftp_say(c, 530, "Name or password is wrong.");
}

enum status
ftp_acct(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    return ftp_say(c, 202, "No account is needed here.");
}

/* RFC 4217, 11 would go back to clear text. As with CCC, nothing here does. */
enum status
ftp_rein(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    if (!is_logged_in(c)) {
        ftp_forget_user(c);
        return ftp_say(c, 220, "Who is there?");
    }
    c->starts_again = c->is_ending = true;
    c->why = "REIN";
    return OK;
}

enum status
ftp_quit(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    c->is_ending = true;
    c->why = "QUIT";
    return ftp_say(c, 221, "Good-bye.");
}

/* ---- where ---- */

static bool
is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("-._:[]", c) != NULL;
}

static bool
is_host_name(struct str name)
{
    if (name.len > HOST_NAME)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] == '\0' || !is_host_byte(name.data[i]))
            return false;
    return true;
}

/* Every name leads to the same files; but one connection has one name (RFC
 * 7151, 3.2.2). */
enum status
ftp_host(struct ftp_connection *c, struct str argument)
{
    const struct tls_peer *peer = stream_tls(c->control);

    if (is_logged_in(c) || c->user[0] != '\0')
        return ftp_say(c, 503, "HOST comes before USER.");
    if (!is_host_name(argument))
        return ftp_say(c, 501, "That is no name of a host.");
    if (peer != NULL && peer->server_name[0] != '\0' &&
        !str_same_word(argument, peer->server_name))
        return ftp_say(c, 504, "TLS was asked for another host.");
    return ftp_greet(c);
}

/* ---- TLS ---- */

/* What came ahead of TLS is nobody's: whoever sits between may have put it
 * there to be run as the user's (S26). */
static enum status
drop_plaintext(struct ftp_connection *c)
{
    size_t dropped = 0;

    TRY(stream_drop_input(c->control, &dropped));
    dropped += ftp_lines_drop(&c->lines);
    if (dropped > 0) {
        struct event_field bytes = EVENT_NUMBER("bytes", dropped);

        session_emit(c->session, EVENT_FTP_PLAINTEXT_DROPPED, &bytes, 1);
    }
    return OK;
}

static bool
is_tls_word(struct str word)
{
    return str_same_word(word, "TLS") || str_same_word(word, "TLS-C") ||
           str_same_word(word, "SSL");
}

static const char *
auth_refusal(const struct ftp_connection *c, struct str word, unsigned *code)
{
    *code = 504;
    if (!is_tls_word(word))
        return "TLS is all there is.";
    *code = 503;
    if (stream_tls(c->control) != NULL)
        return "This is TLS already.";
    if (is_logged_in(c))
        return "AUTH comes before USER.";
    *code = 431;
    if (c->service->tls == NULL)
        return "There is no certificate.";
    *code = 534;
    if (!flag(c, "ftps_explicit_enabled"))
        return "TLS is not spoken here.";
    return NULL;
}

enum status
ftp_auth(struct ftp_connection *c, struct str argument)
{
    unsigned code;
    const char *refusal = auth_refusal(c, argument, &code);

    if (refusal != NULL)
        return ftp_say(c, code, "%s", refusal);
    TRY(drop_plaintext(c));
    TRY(ftp_say(c, 234, "TLS may begin."));
    TRY(ftp_flush(c));
    TRY(ftp_start_tls(c));
    ftp_forget_user(c);
    return OK;
}

enum status
ftp_pbsz(struct ftp_connection *c, struct str argument)
{
    uint64_t size;

    if (stream_tls(c->control) == NULL)
        return ftp_say(c, 503, "AUTH TLS comes first.");
    if (!str_to_number(argument, UINT32_MAX, &size))
        return ftp_say(c, 501, "Usage: PBSZ 0");
    c->is_secured = true;
    return ftp_say(c, 200, "PBSZ=0");
}

struct level {
    const char *name;
    unsigned code;
    const char *said;
};

static const struct level levels[] = {
    { "C", 200, "Data travels as it is." },
    { "P", 200, "Data travels under TLS." },
    { "S", 536, "TLS has no such level." },
    { "E", 536, "TLS has no such level." },
    { NULL, 504, "That is no level of protection." },
};

enum status
ftp_prot(struct ftp_connection *c, struct str argument)
{
    const struct level *level = levels;

    if (!c->is_secured)
        return ftp_say(c, 503, "PBSZ comes first.");
    while (level->name != NULL && !str_same_word(argument, level->name))
        level++;
    bool is_clear = level == &levels[0];
    if (is_clear && flag(c, "ftps_force_secured_data_channel"))
        return ftp_say(c, 534, "Data travels under TLS only.");
    if (level->code == 200)
        c->is_private = !is_clear;
    return ftp_say(c, level->code, "%s", level->said);
}

enum status
ftp_ccc(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    return ftp_say(c, 533, "Commands stay protected.");
}
