/* SPDX-License-Identifier: Apache-2.0 */
/* sftp_engine.c - SFTP as one of the engines that a channel may have. */
#include "ssh/sftp_private.h"

static struct sftp *
sftp_of(struct engine *engine)
{
    return (struct sftp *)engine;
}

static enum status
input(struct engine *engine, struct str bytes, size_t *taken_out)
{
    return sftp_input(sftp_of(engine), bytes, taken_out);
}

static enum status
produce(struct engine *engine)
{
    return sftp_work(sftp_of(engine));
}

static bool
is_working(const struct engine *engine)
{
    return sftp_is_working((const struct sftp *)engine);
}

static void
unheard(struct engine *engine)
{
    sftp_stop_working(sftp_of(engine));
}

static struct buffer *
output(struct engine *engine)
{
    return sftp_output(sftp_of(engine));
}

/* SFTP has no last word: it goes on until the client ends its side. */
static bool
is_over(const struct engine *engine, int *exit_status_out)
{
    (void)engine, (void)exit_status_out;
    return false;
}

static bool
is_busy(const struct engine *engine)
{
    return sftp_handle_count((const struct sftp *)engine) > 0;
}

static void
rest(struct engine *engine)
{
    sftp_rest(sftp_of(engine));
}

static void
end(struct engine *engine)
{
    struct sftp *s = sftp_of(engine);

    sftp_free(&s);
}

const struct engine_ops sftp_engine_ops = {
    .input = input,
    .produce = produce,
    .output = output,
    .is_over = is_over,
    .is_busy = is_busy,
    .is_working = is_working,
    .unheard = unheard,
    .rest = rest,
    .free = end,
};

struct engine *
sftp_engine(struct sftp *s)
{
    return &s->engine;
}
