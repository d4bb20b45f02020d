/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd.c - the dialogue that changes the own password.
 *
 *   CURRENT --line--> NEW --line--> AGAIN --line--> OVER
 *      +---------------+---------------+----end of input, line too long--^
 */
#include "ssh/passwd.h"

#include "keys/secret.h"

#include <stdlib.h>

enum { LINE_MOST = 1024, SAID_MOST = 4096 };

enum state { CURRENT, NEW, AGAIN, OVER };

static const char *const questions[] = {
    [CURRENT] = "Current password: ",
    [NEW] = "\nNew password: ",
    [AGAIN] = "\nConfirm the new password: ",
};

struct passwd {
    struct engine engine;
    struct passwd_options options;
    enum state state;
    struct buffer answers[OVER]; /* the line of each state; secrets */
    struct buffer output;
    struct buffer errors;
    int exit_status;
};

static struct passwd *
passwd_of(struct engine *engine)
{
    return (struct passwd *)engine;
}

static enum status
end(struct passwd *p, int exit_status)
{
    p->state = OVER;
    p->exit_status = exit_status;
    return OK;
}

static enum status
give_up(struct passwd *p, const char *why)
{
    TRY(buffer_addf(&p->errors, "\nThe password was not changed: %s.\n", why));
    return end(p, 1);
}

static bool
is_for_the_user(enum status status)
{
    return status == ERR_DENIED || status == ERR_INVALID;
}

static enum status
change(struct passwd *p)
{
    struct str wanted = buffer_str(&p->answers[NEW]);

    if (!str_equal(wanted, buffer_str(&p->answers[AGAIN])))
        return give_up(p, "the two new ones differ");
    enum status status = p->options.change(
        p->options.arg, buffer_str(&p->answers[CURRENT]), wanted);
    if (status == OK) {
        TRY(buffer_add(&p->output, STR("\nThe password was changed.\n")));
        return end(p, 0);
    }
    return give_up(p, is_for_the_user(status)
                          ? fail_reason()
                          : "it could not be saved, and the server's log says "
                            "why");
}

/* A line is there in full. */
static enum status
go_on(struct passwd *p)
{
    struct buffer *line = &p->answers[p->state];
    struct str text = buffer_str(line);

    if (text.len > 0 && text.data[text.len - 1] == '\r')
        buffer_cut(line, text.len - 1);
    if (p->state == AGAIN)
        return change(p);
    p->state++;
    return buffer_add(&p->errors, str_of(questions[p->state]));
}

static enum status
add(struct passwd *p, struct str bytes)
{
    enum status status = buffer_add(&p->answers[p->state], bytes);

    return status == ERR_LIMIT ? give_up(p, "a line is too long") : status;
}

/* Take the bytes of one line, or what is there of it, off the front. */
static enum status
take_line(struct passwd *p, struct str *bytes)
{
    const char *stop = memchr(bytes->data, '\n', bytes->len);
    size_t len = stop != NULL ? (size_t)(stop - bytes->data) : bytes->len;
    struct str line = str_from(bytes->data, len);

    *bytes = str_from_offset(*bytes, stop != NULL ? len + 1 : len);
    TRY(add(p, line));
    return stop != NULL && p->state != OVER ? go_on(p) : OK;
}

static enum status
input(struct engine *engine, struct str bytes, size_t *taken_out)
{
    struct passwd *p = passwd_of(engine);

    *taken_out = bytes.len;
    while (p->state != OVER && bytes.len > 0)
        TRY(take_line(p, &bytes));
    return OK;
}

/* The last line may lack its end. */
static void
input_ended(struct engine *engine)
{
    struct passwd *p = passwd_of(engine);

    if (p->state == AGAIN && buffer_len(&p->answers[AGAIN]) > 0 &&
        go_on(p) == OK)
        return;
    if (p->state != OVER && give_up(p, "the input has ended") != OK)
        end(p, 1);
}

static struct buffer *
output(struct engine *engine)
{
    return &passwd_of(engine)->output;
}

static struct buffer *
errors(struct engine *engine)
{
    return &passwd_of(engine)->errors;
}

static bool
is_over(const struct engine *engine, int *exit_status_out)
{
    const struct passwd *p = (const struct passwd *)engine;

    *exit_status_out = p->exit_status;
    return p->state == OVER;
}

static bool
is_busy(const struct engine *engine)
{
    (void)engine;
    return false;
}

static void
passwd_free(struct engine *engine)
{
    struct passwd *p = passwd_of(engine);

    for (enum state i = CURRENT; i < OVER; i++)
        secret_done(&p->answers[i]);
    buffer_done(&p->output);
    buffer_done(&p->errors);
    free(p);
}

static const struct engine_ops ops = {
    .input = input,
    .input_ended = input_ended,
    .output = output,
    .errors = errors,
    .is_over = is_over,
    .is_busy = is_busy,
    .free = passwd_free,
};

static enum status
start(struct passwd *p)
{
    p->output = BUFFER(SAID_MOST);
    p->errors = BUFFER(SAID_MOST);
    for (enum state i = CURRENT; i < OVER; i++)
        TRY(secret_new(LINE_MOST, &p->answers[i]));
    return buffer_add(&p->errors, str_of(questions[CURRENT]));
}

enum status
passwd_new(const struct passwd_options *options, struct engine **engine_out)
{
    struct passwd *p = calloc(1, sizeof *p);

    if (p == NULL)
        return fail(ERR_MEMORY, "no memory for a dialogue");
    p->engine.ops = &ops;
    p->options = *options;
    enum status status = start(p);
    if (status != OK) {
        passwd_free(&p->engine);
        return status;
    }
    *engine_out = &p->engine;
    return OK;
}
