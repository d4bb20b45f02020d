/* SPDX-License-Identifier: Apache-2.0 */
/* ssh_login.c - what the client proves, put to the session. */
#include "ssh/ssh_connection_private.h"

static enum ssh_answer
answer(struct ssh_connection *c, enum session_login login)
{
    switch (login) {
    case SESSION_ACCEPTED: visitor_authenticated(c->visitor); return SSH_ACCEPT;
    case SESSION_PARTIAL: return SSH_PARTIAL;
    case SESSION_REFUSED: break;
    }
    return SSH_REFUSE;
}

enum ssh_answer
connection_password(void *arg, struct str user, struct str password)
{
    struct ssh_connection *c = arg;

    return answer(c, session_login_password(c->session, user, password));
}

enum ssh_answer
connection_key(void *arg, struct str user, struct str type, struct str blob,
               bool proved)
{
    struct ssh_connection *c = arg;

    if (proved)
        return answer(c, session_login_key(c->session, user, type, blob));
    return session_would_accept_key(c->session, user, type, blob) ? SSH_ACCEPT
                                                                  : SSH_REFUSE;
}

unsigned
connection_methods(void *arg)
{
    struct ssh_connection *c = arg;
    unsigned wanted = session_credentials_wanted(c->session);
    unsigned methods = 0;

    if (wanted & SESSION_PASSWORD)
        methods |= SSH_METHOD_PASSWORD | SSH_METHOD_INTERACTIVE;
    if (wanted & SESSION_SSH_KEY)
        methods |= SSH_METHOD_KEY;
    return methods;
}
