/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_login.c - the authentication of RFC 4252, put to the owner.
 *
 * libssh keeps the messages in order and verifies signatures; who may come in
 * is the owner's answer. The methods to be named in the reply are set inside
 * the callback, since libssh writes the reply when it returns. What has no
 * callback here or in transport_interactive.c libssh refuses.
 */
#include "ssh/transport_private.h"

#include "base/wire.h"
#include "keys/base64.h"

enum { BLOB_MOST = 16 * 1024, BLOB_TEXT_MOST = BLOB_MOST / 3 * 4 + 8 };

void
login_offer_methods(struct ssh_transport *t)
{
    unsigned methods = t->options.owner->methods(t->options.arg);
    unsigned names = 0;

    if (methods & SSH_METHOD_PASSWORD)
        names |= SSH_AUTH_METHOD_PASSWORD;
    if (methods & SSH_METHOD_KEY)
        names |= SSH_AUTH_METHOD_PUBLICKEY;
    if (methods & SSH_METHOD_INTERACTIVE)
        names |= SSH_AUTH_METHOD_INTERACTIVE;
    ssh_set_auth_methods(t->session, (int)names);
}

/* RFC 4252, 5.4: at any time after the authentication has begun. The service
 * must have been granted before, so the first request is the place. */
static void
send_banner_once(struct ssh_transport *t)
{
    const char *text = t->options.banner;

    if (t->has_banner_sent || text == NULL || text[0] == '\0')
        return;
    t->has_banner_sent = true;
    ssh_string banner = ssh_string_from_char(text);
    if (banner == NULL)
        return; /* a courtesy; the login goes on without it */
    ssh_send_issue_banner(t->session, banner);
    ssh_string_free(banner);
}

void
login_begin(struct ssh_transport *t)
{
    /* RFC 4256, 3.1: another request gives up the one under way. */
    t->is_asked = false;
    send_banner_once(t);
}

static int
reply(struct ssh_transport *t, enum ssh_answer answer)
{
    login_offer_methods(t);
    switch (answer) {
    case SSH_ACCEPT: return SSH_AUTH_SUCCESS;
    case SSH_PARTIAL: return SSH_AUTH_PARTIAL;
    case SSH_REFUSE: break;
    }
    return SSH_AUTH_DENIED;
}

bool
login_may_ask(const struct ssh_transport *t, struct str user)
{
    return !t->is_closing && t->breach == NULL && user.len > 0 &&
           user.len <= USER_MOST;
}

static int
on_none(ssh_session session, const char *user, void *arg)
{
    struct ssh_transport *t = arg;

    (void)session;
    (void)user;
    login_begin(t);
    return reply(t, SSH_REFUSE);
}

static int
on_password(ssh_session session, const char *user, const char *password,
            void *arg)
{
    struct ssh_transport *t = arg;
    enum ssh_answer answer = SSH_REFUSE;

    (void)session;
    login_begin(t);
    if (login_may_ask(t, str_of(user)))
        answer = t->options.owner->password(t->options.arg, str_of(user),
                                            str_of(password));
    return reply(t, answer);
}

/* The key as RFC 4253, 6.6 has it; libssh only gives it as base64. */
static enum status
export_blob(ssh_key key, struct buffer *blob)
{
    char *text = NULL;

    if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
        return fail(ERR_INVALID, "the client's key cannot be read");
    struct str encoded = str_of(text);
    enum status status = encoded.len <= BLOB_TEXT_MOST
                             ? base64_decode(encoded, blob)
                             : fail(ERR_LIMIT, "the client's key is too long");
    ssh_string_free_char(text);
    return status;
}

static enum ssh_answer
ask_about_key(struct ssh_transport *t, struct str user, ssh_key key,
              bool proved)
{
    AUTO(buffer_done) struct buffer blob = BUFFER(BLOB_MOST);

    if (!login_may_ask(t, user) || export_blob(key, &blob) != OK)
        return SSH_REFUSE;
    struct reader reader = reader_of(buffer_str(&blob));
    struct str type = read_string(&reader);
    if (reader_is_broken(&reader))
        return SSH_REFUSE;
    return t->options.owner->key(t->options.arg, user, type, buffer_str(&blob),
                                 proved);
}

/* Only a verified signature proves anything; NONE is the question of RFC 4252,
 * section 7, whether a signature by this key would be worth making, and its
 * only answers are yes and no. */
static int
on_key(ssh_session session, const char *user, struct ssh_key_struct *key,
       char signature, void *arg)
{
    struct ssh_transport *t = arg;
    enum ssh_answer answer = SSH_REFUSE;

    (void)session;
    login_begin(t);
    if (signature == SSH_PUBLICKEY_STATE_VALID)
        answer = ask_about_key(t, str_of(user), key, true);
    else if (signature == SSH_PUBLICKEY_STATE_NONE &&
             ask_about_key(t, str_of(user), key, false) != SSH_REFUSE)
        answer = SSH_ACCEPT;
    return reply(t, answer);
}

/* Refused by having us end the connection after this step: libssh's own way
 * would take the session apart under our feet. */
static int
on_service(ssh_session session, const char *service, void *arg)
{
    struct ssh_transport *t = arg;

    (void)session;
    if (!str_is(str_of(service), "ssh-userauth"))
        t->breach = "it asked for an unknown service";
    return 0;
}

/* GSSAPI is not offered. Without this callback libssh would look for the
 * machine's Kerberos credentials on the word of a stranger. */
static ssh_string
on_gssapi(ssh_session session, const char *user, int count, ssh_string *oids,
          void *arg)
{
    struct ssh_transport *t = arg;

    (void)session;
    (void)user;
    (void)count;
    (void)oids;
    login_begin(t);
    login_offer_methods(t);
    return NULL;
}

void
login_set_callbacks(struct ssh_transport *t)
{
    t->calls = (struct ssh_server_callbacks_struct){
        .userdata = t,
        .auth_none_function = on_none,
        .auth_password_function = on_password,
        .auth_pubkey_function = on_key,
        .service_request_function = on_service,
        .gssapi_select_oid_function = on_gssapi,
        .channel_open_request_session_function = channel_opened,
    };
    ssh_callbacks_init(&t->calls);
    ssh_set_server_callbacks(t->session, &t->calls);
    interactive_set_callback(t);
    login_offer_methods(t);
}
