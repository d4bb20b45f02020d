/* SPDX-License-Identifier: Apache-2.0 */
/* successor.c - starting the program that is to take the server's place. */
#include "main/successor.h"

#include "main/server_private.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum status
successor_own_program(char *path, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", path, size - 1);

    if (len < 0)
        return fail_errno(errno, "/proc/self/exe");
    path[len] = '\0';
    return OK;
}

/* The environment without what the service manager said of this process
 * alone. Pointers into environ, in an array to be freed. */
static char **
make_environment(void)
{
    static const char ours[] = "WATCHDOG_PID=";
    size_t count = 0;
    size_t kept = 0;

    while (environ[count] != NULL)
        count++;
    char **made = calloc(count + 1, sizeof *made);
    for (size_t i = 0; made != NULL && i < count; i++)
        if (strncmp(environ[i], ours, sizeof ours - 1) != 0)
            made[kept++] = environ[i];
    return made;
}

/* Signals as a shell would have them. */
static int
set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t usual;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &usual);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

enum status
successor_start(struct server *s, const char *program, pid_t *pid_out)
{
    const char *path = program[0] != '\0' ? program : s->program;
    char *const argv[] = { "convoy",       "serve",       "-c",
                           s->config_path, "--take-over", NULL };
    posix_spawnattr_t attributes;

    if (path[0] != '/')
        return fail(ERR_INVALID, "the path of a program begins with a slash");
    char **environment = make_environment();
    if (environment == NULL)
        return fail(ERR_MEMORY, "no memory for a program");
    posix_spawnattr_init(&attributes);
    int error = set_signals(&attributes);
    if (error == 0)
        error =
            posix_spawn(pid_out, path, NULL, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    free(environment);
    return error == 0 ? OK : fail_errno(error, "%s", path);
}
