/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_kernel.c - what the kernel offers, and what time it has. */
#include "main/doctor.h"

#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum {
    LANDLOCK_RENAMES = 2,
    LANDLOCK_TRUNCATE = 3,
    LEAST_YEAR = 2024,
    LARGEST_ERROR_MS = 1000,
    PER_MS = 1000,
};

/* Paths are resolved by it, and nothing else is safe enough. */
static bool
has_openat2(void)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC,
        .resolve =
            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int found = (int)syscall(SYS_openat2, root, ".", &how, sizeof how);

    if (found >= 0)
        close(found);
    if (root >= 0)
        close(root);
    return found >= 0;
}

static bool
has_statx(void)
{
    struct statx about;

    return statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &about) == 0;
}

void
doctor_kernel(struct doctor *d)
{
    struct utsname name;

    uname(&name);
    if (!has_openat2())
        doctor_say(d, FAILURE,
                   "Linux %s has no openat2, by which paths are kept in their "
                   "folder: Linux 5.6 or newer is needed, and no sandbox that "
                   "hides it",
                   name.release);
    else if (!has_statx())
        doctor_say(d, FAILURE, "Linux %s has no statx", name.release);
    else
        doctor_say(d, HEALTHY, "Linux %s, with openat2 and statx",
                   name.release);
}

void
doctor_landlock(struct doctor *d)
{
    int version = confine_landlock_version();

    if (version < LANDLOCK_RENAMES)
        doctor_say(d, WARNING,
                   "sessions cannot be kept to their folders by the kernel: "
                   "Linux 5.19 or newer with 'landlock' in lsm= is needed");
    else if (version < LANDLOCK_TRUNCATE)
        doctor_say(d, HEALTHY,
                   "version %d: sessions are kept to their folders (but for "
                   "truncating, which needs Linux 6.2)",
                   version);
    else
        doctor_say(d, HEALTHY, "version %d: sessions are kept to their folders",
                   version);
}

void
doctor_seccomp(struct doctor *d)
{
    unsigned action = SECCOMP_RET_ERRNO;

    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        doctor_say(d, HEALTHY, "the server is kept to its system calls");
    else
        doctor_say(d, WARNING,
                   "the server cannot be kept to its system calls: the kernel "
                   "has no CONFIG_SECCOMP_FILTER");
}

void
doctor_sockets(struct doctor *d)
{
    static const struct {
        int level, option, value;
        const char *name;
    } wanted[] = {
        { SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE" },
        { SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT" },
        { IPPROTO_TCP, TCP_KEEPIDLE, 15, "TCP_KEEPIDLE" },
        { IPPROTO_TCP, TCP_USER_TIMEOUT, 30000, "TCP_USER_TIMEOUT" },
    };
    const char *missing = NULL;
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (setsockopt(connection, wanted[i].level, wanted[i].option,
                       &wanted[i].value, sizeof wanted[i].value) < 0)
            missing = wanted[i].name;
    if (connection >= 0)
        close(connection);
    if (missing != NULL)
        doctor_say(d, WARNING,
                   "%s cannot be set: clients that vanish are noticed late",
                   missing);
    else
        doctor_say(d, HEALTHY, "clients that vanish are noticed");
}

void
doctor_entropy(struct doctor *d)
{
    char byte;

    if (getrandom(&byte, 1, GRND_NONBLOCK) == 1)
        doctor_say(d, HEALTHY, "random numbers are ready");
    else
        doctor_say(d, FAILURE,
                   "the kernel has no random numbers yet: wait, or give the "
                   "machine a source (virtio-rng, rngd)");
}

/* One of those that the kernel reads without asking a device. */
static bool
is_fast_source(const char *source)
{
    static const char *const fast[] = { "tsc",
                                        "kvm-clock",
                                        "arch_sys_counter",
                                        "hyperv_clocksource_tsc_page",
                                        "timebase",
                                        "xen" };

    for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++)
        if (strcmp(source, fast[i]) == 0)
            return true;
    return false;
}

static void
check_source(struct doctor *d)
{
    char source[64] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/"
                       "current_clocksource",
                       "re");

    if (file != NULL) {
        (void)!fgets(source, sizeof source, file);
        (void)fclose(file);
    }
    source[strcspn(source, "\n")] = '\0';
    if (source[0] != '\0' && !is_fast_source(source))
        doctor_say(d, WARNING,
                   "the clock source '%s' is slow to read; every transfer "
                   "reads it",
                   source);
}

void
doctor_clock(struct doctor *d)
{
    struct timex clock = { 0 };
    time_t now = time(NULL);
    struct tm date;
    int state = adjtimex(&clock);

    check_source(d);
    gmtime_r(&now, &date);
    if (date.tm_year + 1900 < LEAST_YEAR)
        doctor_say(d, FAILURE, "the clock says it is %d: set it",
                   date.tm_year + 1900);
    else if (state < 0)
        doctor_say(d, WARNING,
                   "the kernel does not say whether the clock is right");
    else if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0)
        doctor_say(d, WARNING,
                   "nothing keeps the clock right: run chrony or "
                   "systemd-timesyncd, or events and one-time passwords are "
                   "off");
    else if (clock.maxerror / PER_MS > LARGEST_ERROR_MS)
        doctor_say(d, WARNING, "the clock may be %ld ms off",
                   clock.maxerror / PER_MS);
    else
        doctor_say(d, HEALTHY, "kept right to %ld ms", clock.maxerror / PER_MS);
}
