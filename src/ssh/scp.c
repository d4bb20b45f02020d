/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp.c - the engine: which side we are, and what of it a channel sees.
 */
#include "ssh/scp_private.h"

#include <stdlib.h>

/* Bytes taken from the front leave a gap that buffer_reserve() closes by
 * moving the rest; with as much room again that is done rarely. */
enum { OUTPUT_LIMIT = 2 * SCP_OUTPUT_MOST };

static struct scp *
scp_of(struct engine *engine)
{
    return (struct scp *)engine;
}

static const struct scp *
const_scp_of(const struct engine *engine)
{
    return (const struct scp *)engine;
}

static bool
is_sink(const struct scp *s)
{
    return s->command.flags & SCP_SINK;
}

static enum status
input(struct engine *engine, struct str bytes, size_t *taken_out)
{
    struct scp *s = scp_of(engine);
    struct str rest = bytes;
    enum status status = OK;

    if (!s->is_over)
        status =
            is_sink(s) ? scp_sink_input(s, &rest) : scp_source_input(s, &rest);
    /* Whatever is still said at the end is said to nobody. */
    *taken_out = s->is_over ? bytes.len : bytes.len - rest.len;
    return status;
}

static void
input_ended(struct engine *engine)
{
    struct scp *s = scp_of(engine);

    if (s->is_over)
        return;
    if (is_sink(s)) {
        scp_sink_end(s);
        return;
    }
    s->source.has_ended = true;
    if (scp_source_run(s) != OK)
        s->is_over = s->has_errors = true;
}

static enum status
produce(struct engine *engine)
{
    struct scp *s = scp_of(engine);

    return s->is_over || is_sink(s) ? OK : scp_source_run(s);
}

static struct buffer *
output(struct engine *engine)
{
    return &scp_of(engine)->output;
}

static struct buffer *
errors(struct engine *engine)
{
    (void)engine;
    return NULL;
}

static bool
is_over(const struct engine *engine, int *exit_status_out)
{
    const struct scp *s = const_scp_of(engine);

    if (s->is_over)
        *exit_status_out = s->has_errors ? 1 : 0;
    return s->is_over;
}

/* A tree is one transfer: inside one, a drain waits also between files. */
static bool
is_busy(const struct engine *engine)
{
    const struct scp *s = const_scp_of(engine);

    if (s->is_over)
        return false;
    if (is_sink(s))
        return s->sink.file != NULL || s->sink.depth > 0;
    return s->source.file != NULL || s->source.folder != NULL ||
           s->source.depth > 0;
}

static void
rest(struct engine *engine)
{
    struct scp *s = scp_of(engine);

    if (buffer_len(&s->line) == 0)
        buffer_done(&s->line);
    if (buffer_len(&s->output) == 0)
        buffer_done(&s->output);
}

static void
scp_free(struct engine *engine)
{
    struct scp *s = scp_of(engine);

    if (is_sink(s))
        scp_sink_close(s);
    else
        scp_source_done(s);
    buffer_done(&s->command.words);
    buffer_done(&s->line);
    buffer_done(&s->output);
    free(s);
}

static const struct engine_ops ops = {
    .input = input,
    .input_ended = input_ended,
    .produce = produce,
    .output = output,
    .errors = errors,
    .is_over = is_over,
    .is_busy = is_busy,
    .rest = rest,
    .free = scp_free,
};

struct str
scp_word_at_home(const struct scp *s, struct str word)
{
    struct str name = str_from_offset(word, 1);
    struct str account = str_of(s->account_name);

    if (word.len == 0 || word.data[0] != '~')
        return word;
    if (str_starts(name, account) && account.len > 0 &&
        (name.len == account.len || name.data[account.len] == '/'))
        name = str_from_offset(name, account.len);
    return name.len == 0 || name.data[0] == '/' ? name : word;
}

enum status
scp_new(const struct scp_options *options, struct str command,
        struct engine **engine_out)
{
    struct scp_command parsed;
    struct scp *s;

    TRY(scp_command_parse(command, &parsed));
    s = calloc(1, sizeof *s);
    if (s == NULL) {
        buffer_done(&parsed.words);
        return fail(ERR_MEMORY, "no memory for an SCP channel");
    }
    s->engine.ops = &ops;
    s->files = options->files;
    s->account_name = options->account_name ? options->account_name : "";
    s->command = parsed;
    s->line = BUFFER(SCP_LINE);
    s->output = BUFFER(OUTPUT_LIMIT);
    enum status status = OK;
    if (is_sink(s))
        status = scp_sink_start(s);
    else
        scp_source_start(s);
    if (status != OK) {
        scp_free(&s->engine);
        return status;
    }
    *engine_out = &s->engine;
    return OK;
}
