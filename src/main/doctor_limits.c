/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_limits.c - whether the machine lets in as many clients as the
 * configuration does.
 */
#include "main/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

enum {
    OWN_FILES = 64,        /* of the server itself */
    FILES_PER_SESSION = 4, /* a connection, a home, a file or two */
    LEAST_FILES = 256,
    OWN_THREADS = 16,
    KIB_PER_SESSION = 512,
    UNLIMITED_CLIENTS = 1000, /* what 0 is taken for */
    LINE = 4096,
};

/* As many clients as all services together let in. */
static uint64_t
clients_of(const struct doctor *d)
{
    static const char option[] = "maximum_concurrent_connections";
    uint64_t clients = 0;

    for (size_t i = 0;
         d->config != NULL && i < config_count(d->config, "services"); i++) {
        const struct section *service = config_at(d->config, "services", i);

        if (strcmp(section_text(service, "type"), "ssh") != 0 ||
            !section_flag(service, "enabled"))
            continue;
        uint64_t most = section_number(service, option);
        clients += most > 0 ? most : UNLIMITED_CLIENTS;
    }
    return clients;
}

void
doctor_open_files(struct doctor *d)
{
    struct rlimit files = { 0 };
    uint64_t clients = clients_of(d);
    uint64_t wanted = OWN_FILES + clients * FILES_PER_SESSION;

    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < LEAST_FILES)
        doctor_say(d, FAILURE,
                   "only %llu files may be open: raise LimitNOFILE= of the "
                   "unit, or ulimit -Hn",
                   (unsigned long long)files.rlim_max);
    else if (files.rlim_max < wanted)
        doctor_say(d, WARNING,
                   "%llu files may be open, %llu clients may want %llu: raise "
                   "LimitNOFILE= of the unit, or ulimit -Hn",
                   (unsigned long long)files.rlim_max,
                   (unsigned long long)clients, (unsigned long long)wanted);
    else
        doctor_say(d, HEALTHY, "%llu files may be open",
                   (unsigned long long)files.rlim_max);
}

/* The number in a file of the kernel; UINT64_MAX when there is none, or it
 * says "max". */
static uint64_t
number_in(const char *path)
{
    FILE *file = fopen(path, "re");
    uint64_t number = UINT64_MAX;
    char line[LINE] = "";

    if (file == NULL)
        return number;
    if (fgets(line, sizeof line, file) != NULL &&
        !str_to_number(str_trim(str_of(line)), UINT64_MAX - 1, &number))
        number = UINT64_MAX;
    (void)fclose(file);
    return number;
}

/* Of our control group (version 2). */
static uint64_t
number_of_group(const char *name)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[LINE] = "";
    char path[2 * LINE];
    uint64_t number = UINT64_MAX;

    if (file == NULL)
        return number;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "0::", 3) == 0) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(path, sizeof path, "/sys/fs/cgroup%s/%s", line + 3, name);
            number = number_in(path);
        }
    (void)fclose(file);
    return number;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void
doctor_threads(struct doctor *d)
{
    struct rlimit own = { .rlim_cur = RLIM_INFINITY };
    uint64_t wanted = OWN_THREADS + clients_of(d);

    getrlimit(RLIMIT_NPROC, &own);
    uint64_t allowed = least(number_in("/proc/sys/kernel/threads-max"),
                             least(number_of_group("pids.max"), own.rlim_cur));
    if (allowed < wanted)
        doctor_say(d, WARNING,
                   "%llu threads are allowed, and each client takes one of "
                   "%llu: raise TasksMax= of the unit, ulimit -u or "
                   "kernel.threads-max",
                   (unsigned long long)allowed, (unsigned long long)wanted);
    else
        doctor_say(d, HEALTHY, "enough threads for %llu clients",
                   (unsigned long long)(wanted - OWN_THREADS));
}

void
doctor_memory(struct doctor *d)
{
    struct sysinfo machine = { 0 };
    uint64_t wanted = clients_of(d) * KIB_PER_SESSION / 1024;

    sysinfo(&machine);
    uint64_t there = least((uint64_t)machine.totalram * machine.mem_unit,
                           number_of_group("memory.max")) /
                     1024 / 1024;
    if (there < wanted)
        doctor_say(d, WARNING,
                   "%llu MiB of memory, and all clients together may want %llu "
                   "MiB: lower maximum_concurrent_connections",
                   (unsigned long long)there, (unsigned long long)wanted);
    else
        doctor_say(d, HEALTHY, "%llu MiB of memory", (unsigned long long)there);
}
