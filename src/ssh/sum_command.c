/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sum_command.c - `md5sum FILE…` and its like.
 *
 * A file is read in pieces, one with each produce(), so that a large one holds
 * up nothing.
 */
#include "ssh/sum_command.h"

#include "ssh/command_words.h"
#include "vfs/checksum.h"

#include <stdio.h>
#include <stdlib.h>

enum { OUTPUT_HIGH = 64 * 1024, OUTPUT_MOST = OUTPUT_HIGH + 4 * SUM_COMMAND };

static const char suffix[] = "sum";

struct sum_command {
    struct engine engine;
    struct vfs *files;
    const struct checksum_kind *kind;
    struct checksum *checksum;
    struct buffer words;   /* the names that are left */
    struct vfs_file *file; /* being read, or NULL */
    uint64_t offset;
    bool wants_input; /* the bytes of the channel are summed up next */
    bool is_ended;    /* no more of them */
    bool is_over;
    int exit_status;
    struct buffer output;
    struct buffer errors;
};

static struct sum_command *
command_of(struct engine *engine)
{
    return (struct sum_command *)engine;
}

static bool
has_words(const struct sum_command *c)
{
    return buffer_len(&c->words) > 0;
}

/* The first of those that are left, which stays until drop_word(). */
static struct str
first_word(const struct sum_command *c)
{
    struct str words = buffer_str(&c->words);

    return str_cut(&words, '\0');
}

static void
drop_word(struct sum_command *c)
{
    buffer_take(&c->words, first_word(c).len + 1);
}

/* "sha256sum" is sha256. */
static enum status
take_command(struct sum_command *c)
{
    struct str word = first_word(c);
    size_t len = sizeof suffix - 1;

    if (word.len > len && str_is(str_from_offset(word, word.len - len), suffix))
        c->kind = checksum_find(str_from(word.data, word.len - len));
    if (c->kind == NULL)
        return fail(ERR_UNSUPPORTED, "commands are not run here");
    drop_word(c);
    return checksum_new(c->kind, &c->checksum);
}

/* How the files are read makes no difference here. */
static enum status
take_options(struct sum_command *c)
{
    while (has_words(c)) {
        struct str word = first_word(c);

        if (word.len < 2 || word.data[0] != '-')
            return OK;
        bool is_last = str_is(word, "--");
        if (!is_last && !str_is(word, "-b") && !str_is(word, "-t"))
            return fail(ERR_INVALID, "an option that is not known here");
        drop_word(c);
        if (is_last)
            return OK;
    }
    return OK;
}

/* What stands for a byte in a name; NULL: itself. */
static const char *
escape_of(char c)
{
    switch (c) {
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    default: return NULL;
    }
}

static enum status
add_escaped(struct buffer *line, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        const char *escape = escape_of(name.data[i]);

        TRY(buffer_add(line, escape != NULL ? str_of(escape)
                                            : str_from(&name.data[i], 1)));
    }
    return OK;
}

static bool
needs_escape(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (escape_of(name.data[i]) != NULL)
            return true;
    return false;
}

static void
write_hex(char *text, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static enum status
add_line(struct sum_command *c, struct str name)
{
    unsigned char sum[CHECKSUM_BYTES];
    char hex[2 * CHECKSUM_BYTES + 1];

    TRY(checksum_take(c->checksum, sum));
    write_hex(hex, sum, checksum_size(c->kind));
    TRY(buffer_addf(&c->output, "%s%s  ", needs_escape(name) ? "\\" : "", hex));
    TRY(add_escaped(&c->output, name));
    return buffer_add(&c->output, STR("\n"));
}

/* Behind the file or the input that was summed up. */
static void
next(struct sum_command *c)
{
    vfs_close(&c->file);
    c->offset = 0;
    if (has_words(c))
        drop_word(c);
    c->wants_input = has_words(c) && str_is(first_word(c), "-");
    c->is_over = !has_words(c);
}

/* What went wrong is told in a word: the sentence may name the host's paths. */
static enum status
skip(struct sum_command *c, enum status why)
{
    c->exit_status = 1;
    TRY(buffer_addf(&c->errors, "%s%s: %.*s: %s\n", checksum_name(c->kind),
                    suffix, STR_ARG(first_word(c)), status_name(why)));
    next(c);
    return OK;
}

static enum status
open_file(struct sum_command *c)
{
    static const struct vfs_open how = { .flags = VFS_READ };
    char text[VFS_PATH + 1];
    size_t len;

    TRY(vfs_normalise(first_word(c), text, &len));
    return vfs_open(c->files, str_from(text, len), &how, &c->file);
}

static enum status
read_piece(struct sum_command *c, bool *is_done_out)
{
    uint64_t added;

    if (c->file == NULL)
        TRY(open_file(c));
    TRY(checksum_add_file(c->checksum, c->file, c->offset, CHECKSUM_PIECE,
                          &added));
    c->offset += added;
    *is_done_out = added < CHECKSUM_PIECE;
    return OK;
}

static enum status
begin_anew(struct sum_command *c)
{
    unsigned char sum[CHECKSUM_BYTES];

    return checksum_take(c->checksum, sum);
}

static enum status
end_input(struct sum_command *c)
{
    TRY(add_line(c, STR("-")));
    next(c);
    return OK;
}

static enum status
produce(struct engine *engine)
{
    struct sum_command *c = command_of(engine);
    bool is_done = false;

    if (c->is_over)
        return OK;
    if (c->wants_input)
        return c->is_ended ? end_input(c) : OK;
    enum status status = read_piece(c, &is_done);
    if (status != OK) {
        TRY(begin_anew(c));
        return skip(c, status);
    }
    if (!is_done)
        return OK;
    TRY(add_line(c, first_word(c)));
    next(c);
    return OK;
}

static enum status
input(struct engine *engine, struct str bytes, size_t *taken_out)
{
    struct sum_command *c = command_of(engine);

    *taken_out = 0;
    if (!c->wants_input && !c->is_over)
        return OK; /* its turn may come */
    *taken_out = bytes.len;
    return c->is_over ? OK : checksum_add(c->checksum, bytes);
}

static void
input_ended(struct engine *engine)
{
    command_of(engine)->is_ended = true;
}

static bool
is_working(const struct engine *engine)
{
    const struct sum_command *c = (const struct sum_command *)engine;

    return !c->is_over && (!c->wants_input || c->is_ended);
}

static void
unheard(struct engine *engine)
{
    command_of(engine)->is_over = true;
}

static struct buffer *
output(struct engine *engine)
{
    return &command_of(engine)->output;
}

static struct buffer *
errors(struct engine *engine)
{
    return &command_of(engine)->errors;
}

static bool
is_over(const struct engine *engine, int *exit_status_out)
{
    const struct sum_command *c = (const struct sum_command *)engine;

    *exit_status_out = c->exit_status;
    return c->is_over;
}

static bool
is_busy(const struct engine *engine)
{
    return ((const struct sum_command *)engine)->file != NULL;
}

static void
sum_command_free(struct engine *engine)
{
    struct sum_command *c = command_of(engine);

    vfs_close(&c->file);
    checksum_free(&c->checksum);
    buffer_done(&c->words);
    buffer_done(&c->output);
    buffer_done(&c->errors);
    free(c);
}

static const struct engine_ops ops = {
    .input = input,
    .input_ended = input_ended,
    .produce = produce,
    .output = output,
    .errors = errors,
    .is_over = is_over,
    .is_busy = is_busy,
    .is_working = is_working,
    .unheard = unheard,
    .free = sum_command_free,
};

static enum status
start(struct sum_command *c, struct str command)
{
    c->words = BUFFER(2 * SUM_COMMAND + 2);
    c->output = BUFFER(OUTPUT_MOST);
    c->errors = BUFFER(OUTPUT_MOST);
    if (command.len > SUM_COMMAND)
        return fail(ERR_INVALID, "the command is too long");
    TRY(command_words(command, &c->words));
    TRY(take_command(c));
    TRY(take_options(c));
    c->wants_input = !has_words(c) || str_is(first_word(c), "-");
    return OK;
}

enum status
sum_command_new(struct vfs *files, struct str command,
                struct engine **engine_out)
{
    struct sum_command *c = calloc(1, sizeof *c);

    if (c == NULL)
        return fail(ERR_MEMORY, "no memory for a checksum");
    c->engine.ops = &ops;
    c->files = files;
    enum status status = start(c, command);
    if (status != OK) {
        sum_command_free(&c->engine);
        return status;
    }
    *engine_out = &c->engine;
    return OK;
}
