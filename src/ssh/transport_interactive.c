/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_interactive.c - the keyboard-interactive method (RFC 4256).
 *
 * One question, whose answer is the password. libssh 0.10 has no callback for
 * it among those of a server, only the older one for messages, which is given
 * everything else that the others leave, too: saying NOT_OURS has libssh
 * refuse that as it would have without us. Whoever is asked, known or not, is
 * asked the same, and an answer that is none (too many, none at all) goes the
 * way of a wrong password.
 */
#include "ssh/transport_private.h"

#include <stdio.h>

enum { QUESTION_MOST = 64 * 1024 };

/* What the callback says. */
enum { OURS = 0, NOT_OURS = 1 };

static const char usual_prompt[] = "Password:";

/* Lines of people's texts end in CR LF (RFC 4256, 3.2 and 4252, 5.4). */
static enum status
add_lines(struct buffer *text, struct str lines)
{
    while (lines.len > 0) {
        struct str line = str_trim(str_cut(&lines, '\n'));

        TRY(buffer_addf(text, "%.*s\r\n", STR_ARG(line)));
    }
    return OK;
}

/* The last line is the prompt, with a blank before the answer; those above
 * are the instruction. */
static enum status
word_question(const char *message, struct buffer *instruction,
              struct buffer *prompt)
{
    struct str text = str_trim(str_of(message));
    size_t at = text.len;

    if (text.len == 0)
        return buffer_addf(prompt, "%s ", usual_prompt);
    while (at > 0 && text.data[at - 1] != '\n')
        at--;
    TRY(add_lines(instruction, str_trim(str_from(text.data, at))));
    return buffer_addf(prompt, "%.*s ",
                       STR_ARG(str_trim(str_from_offset(text, at))));
}

static enum status
ask(struct ssh_transport *t, ssh_message message)
{
    AUTO(buffer_done) struct buffer instruction = BUFFER(QUESTION_MOST);
    AUTO(buffer_done) struct buffer prompt = BUFFER(QUESTION_MOST);
    char hidden = 0;

    TRY(word_question(t->options.prompt, &instruction, &prompt));
    const char *above = buffer_text(&instruction);
    const char *question = buffer_text(&prompt);
    if (above == NULL || question == NULL)
        return fail(ERR_MEMORY, "no memory for a question");
    if (ssh_message_auth_interactive_request(message, "", above, 1, &question,
                                             &hidden) != SSH_OK)
        return fail(ERR_CLOSED, "%s", transport_error(t->session));
    return OK;
}

/* The answer that comes does not say whose it is. */
static int
begin(struct ssh_transport *t, ssh_message message)
{
    struct str user = str_of(ssh_message_auth_user(message));

    login_begin(t);
    login_offer_methods(t);
    if (t->is_closing || t->breach != NULL || ask(t, message) != OK)
        return NOT_OURS;
    snprintf(t->asked, sizeof t->asked, "%.*s",
             login_may_ask(t, user) ? (int)user.len : 0, user.data);
    t->is_asked = true;
    return OURS;
}

static int
finish(struct ssh_transport *t, ssh_message message)
{
    const struct ssh_transport_options *o = &t->options;
    struct str user = str_of(t->asked);
    struct str answer = STR_NONE;
    enum ssh_answer result = SSH_REFUSE;

    if (ssh_userauth_kbdint_getnanswers(t->session) == 1)
        answer = str_of(ssh_userauth_kbdint_getanswer(t->session, 0));
    if (t->is_asked && login_may_ask(t, user))
        result = o->owner->password(o->arg, user, answer);
    t->is_asked = false;
    login_offer_methods(t);
    if (result == SSH_REFUSE)
        return NOT_OURS;
    ssh_message_auth_reply_success(message, result == SSH_PARTIAL);
    return OURS;
}

static int
on_message(ssh_session session, ssh_message message, void *arg)
{
    struct ssh_transport *t = arg;

    (void)session;
    if (ssh_message_type(message) != SSH_REQUEST_AUTH)
        return NOT_OURS;
    if (ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE) {
        login_begin(t);
        login_offer_methods(t);
        return NOT_OURS;
    }
    return ssh_message_auth_kbdint_is_response(message) ? finish(t, message)
                                                        : begin(t, message);
}

void
interactive_set_callback(struct ssh_transport *t)
{
    ssh_set_message_callback(t->session, on_message, t);
}
