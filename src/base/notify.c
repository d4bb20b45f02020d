/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c - telling the service manager how it goes. */
#include "base/notify.h"

#include "base/str.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 1024, PER_MS = 1000, PER_S = 1000000, EXTENSION_MS = 20000 };

struct notify {
    int socket;          /* -1: nobody to tell */
    atomic_bool is_over; /* another process tells now */
    int64_t alive_ms;
    struct sockaddr_un manager;
    socklen_t manager_len;
};

/* A path, or '@' for a name without a file (unix(7)). */
static bool
read_address(struct notify *n, const char *name)
{
    size_t len = name != NULL ? strlen(name) : 0;

    if (len < 2 || len >= sizeof n->manager.sun_path ||
        (name[0] != '/' && name[0] != '@'))
        return false;
    n->manager.sun_family = AF_UNIX;
    memcpy(n->manager.sun_path, name, len);
    if (name[0] == '@')
        n->manager.sun_path[0] = '\0';
    n->manager_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

static uint64_t
number_from_environment(const char *name)
{
    uint64_t number = 0;

    return str_to_number(str_of(getenv(name)), INT64_MAX, &number) ? number : 0;
}

static int64_t
read_watchdog(void)
{
    uint64_t pid = number_from_environment("WATCHDOG_PID");

    if (pid != 0 && pid != (uint64_t)getpid())
        return 0;
    uint64_t half_ms = number_from_environment("WATCHDOG_USEC") / PER_MS / 2;
    return half_ms > INT32_MAX ? INT32_MAX : (int64_t)half_ms;
}

enum status
notify_open(struct notify **out)
{
    struct notify *n = calloc(1, sizeof *n);

    if (n == NULL)
        return fail(ERR_MEMORY, "no memory for notifications");
    n->socket = -1;
    if (read_address(n, getenv("NOTIFY_SOCKET"))) {
        n->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        n->alive_ms = read_watchdog();
    }
    *out = n;
    return OK;
}

void
notify_close(struct notify **notify)
{
    if (*notify == NULL)
        return;
    if ((*notify)->socket >= 0)
        close((*notify)->socket);
    free(*notify);
    *notify = NULL;
}

static void
tell(struct notify *n, const char *message)
{
    if (n->socket < 0 || atomic_load(&n->is_over))
        return;
    /* A manager that went away is not our trouble. */
    (void)!sendto(n->socket, message, strlen(message), MSG_NOSIGNAL,
                  (const struct sockaddr *)&n->manager, n->manager_len);
}

void
notify_ready(struct notify *n, const char *status)
{
    char message[MESSAGE];

    snprintf(message, sizeof message, "READY=1\nMAINPID=%ld\nSTATUS=%s",
             (long)getpid(), status);
    tell(n, message);
}

void
notify_reloading(struct notify *n)
{
    char message[MESSAGE];
    struct timespec now;

    /* To the microsecond: one that seems to be from before the manager asked
     * does not count. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(message, sizeof message,
             "RELOADING=1\nMONOTONIC_USEC=%lld\n"
             "STATUS=reading the configuration again",
             (long long)now.tv_sec * PER_S + now.tv_nsec / PER_MS);
    tell(n, message);
}

void
notify_stopping(struct notify *n, const char *status)
{
    char message[MESSAGE];

    snprintf(message, sizeof message, "STOPPING=1\nSTATUS=%s", status);
    tell(n, message);
    notify_alive_stopping(n);
}

void
notify_successor(struct notify *n, pid_t successor)
{
    char message[MESSAGE];

    snprintf(message, sizeof message, "MAINPID=%ld", (long)successor);
    tell(n, message);
    atomic_store(&n->is_over, true);
}

int64_t
notify_alive_ms(const struct notify *n)
{
    return n->alive_ms;
}

void
notify_alive(struct notify *n)
{
    if (n->alive_ms > 0)
        tell(n, "WATCHDOG=1");
}

void
notify_alive_stopping(struct notify *n)
{
    char message[MESSAGE];

    snprintf(message, sizeof message, "EXTEND_TIMEOUT_USEC=%d",
             EXTENSION_MS * PER_MS);
    tell(n, message);
    notify_alive(n);
}
