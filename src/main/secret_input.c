/* SPDX-License-Identifier: Apache-2.0 */
/* secret_input.c - a password from whoever types it, or from a pipe. */
#include "main/secret_input.h"

#include "account/hash.h"
#include "keys/secret.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* One byte at a time: what follows the line is not ours. */
static enum status
read_line(struct buffer *line)
{
    char byte = '\0';

    for (;;) {
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(errno, "cannot read the password");
        if (got == 0 || byte == '\n')
            break;
        if (buffer_add(line, str_from(&byte, 1)) != OK)
            return fail(ERR_LIMIT, "the password has more than %d bytes",
                        PASSWORD_BYTES);
    }
    struct str text = buffer_str(line);
    if (text.len > 0 && text.data[text.len - 1] == '\r')
        buffer_cut(line, text.len - 1);
    return OK;
}

/* A terminal that shows nothing. A signal ends the wait; it is delivered when
 * the terminal shows again. */
struct silence {
    struct termios before;
    sigset_t mask_before;
    int signals;
};

static enum status
silence_begin(struct silence *silence)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigaddset(&ends, SIGQUIT);
    sigaddset(&ends, SIGTSTP);
    if (tcgetattr(STDIN_FILENO, &silence->before) != 0)
        return fail_errno(errno, "cannot ask for a password");
    silence->signals = signalfd(-1, &ends, SFD_CLOEXEC);
    if (silence->signals < 0)
        return fail_errno(errno, "cannot ask for a password");
    pthread_sigmask(SIG_BLOCK, &ends, &silence->mask_before);
    struct termios silent = silence->before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    return OK;
}

static void
silence_end(struct silence *silence)
{
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silence->before);
    close(silence->signals);
    pthread_sigmask(SIG_SETMASK, &silence->mask_before, NULL);
}

static enum status
wait_for_line(const struct silence *silence)
{
    struct pollfd both[] = {
        { .fd = STDIN_FILENO, .events = POLLIN },
        { .fd = silence->signals, .events = POLLIN },
    };

    while (poll(both, 2, -1) < 0)
        if (errno != EINTR)
            return fail_errno(errno, "cannot read the password");
    if (both[1].revents != 0)
        return fail(ERR_CLOSED, "interrupted");
    return OK;
}

static enum status
ask(const char *question, struct buffer *line)
{
    struct silence silence;

    fprintf(stderr, "%s: ", question);
    fflush(stderr);
    TRY(silence_begin(&silence));
    enum status status = wait_for_line(&silence);
    if (status == OK)
        status = read_line(line);
    silence_end(&silence);
    return status;
}

static enum status
ask_twice(const char *question, struct buffer *line)
{
    AUTO(secret_done) struct buffer again = BUFFER(0);

    TRY(secret_new(PASSWORD_BYTES, &again));
    TRY(ask(question, line));
    if (buffer_len(line) == 0)
        return OK; /* the caller refuses it; no need to ask again */
    TRY(ask("The same again", &again));
    if (!str_equal(buffer_str(line), buffer_str(&again)))
        return fail(ERR_INVALID, "the two passwords differ");
    return OK;
}

enum status
secret_input(const char *question, struct buffer *secret_out)
{
    AUTO(secret_done) struct buffer line = BUFFER(0);

    TRY(secret_new(PASSWORD_BYTES, &line));
    if (isatty(STDIN_FILENO))
        TRY(ask_twice(question, &line));
    else
        TRY(read_line(&line));
    if (buffer_len(&line) == 0)
        return fail(ERR_INVALID, "the password is empty");
    *secret_out = line;
    line = BUFFER(0); /* it is the caller's now */
    return OK;
}
