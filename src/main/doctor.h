/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - what `convoy doctor` looks at, and where it writes it down.
 *
 * A check says one or more findings: what was seen, and what to do about it
 * when it is not good. docs/doctor.md lists every check by its name.
 */
#pragma once

#include "config/config.h"

#include <stdbool.h>
#include <sys/types.h>

enum health { HEALTHY, WARNING, FAILURE };

struct finding {
    const char *check;
    enum health health;
    char *text;
};

/* A folder of our own on a storage, in which things are tried out. */
struct bed {
    const char *storage; /* the folder in which it lies */
    int folder;
};

struct doctor {
    const char *config_path; /* NULL: none was given */
    struct config *config;   /* NULL: none, or it cannot be read */
    struct finding *findings;
    size_t count;
    size_t counts[FAILURE + 1]; /* by health */
    const char *check;          /* the one that runs */
};

struct doctor_check {
    const char *name;
    void (*run)(struct doctor *);
    bool needs_config;
};

/* On every storage that accounts use. */
struct doctor_trial {
    const char *name;
    void (*run)(struct doctor *, const struct bed *);
};

/* Write down a finding of the check that runs. */
void doctor_say(struct doctor *, enum health, const char *format, ...)
    PRINTF(3, 4);

/* doctor_kernel.c */
void doctor_kernel(struct doctor *);
void doctor_landlock(struct doctor *);
void doctor_seccomp(struct doctor *);
void doctor_sockets(struct doctor *);
void doctor_entropy(struct doctor *);
void doctor_clock(struct doctor *);

/* doctor_limits.c */
void doctor_open_files(struct doctor *);
void doctor_threads(struct doctor *);
void doctor_memory(struct doctor *);

/* doctor_files.c */
void doctor_configuration(struct doctor *);
void doctor_state_folder(struct doctor *);
void doctor_control_socket(struct doctor *);
void doctor_keys(struct doctor *);
void doctor_certificates(struct doctor *);

/* doctor_storage.c: finds the storages, and runs the trials on each. */
void doctor_storages(struct doctor *, const struct doctor_trial *trials);
/* What kind of file system the folder is on, and whether that is known to be
 * trouble. */
enum health doctor_file_system(int folder, const char **name_out,
                               const char **advice_out);

/* doctor_trials.c */
void doctor_kind(struct doctor *, const struct bed *);
void doctor_space(struct doctor *, const struct bed *);
void doctor_rename(struct doctor *, const struct bed *);
void doctor_noreplace(struct doctor *, const struct bed *);
void doctor_exclusive(struct doctor *, const struct bed *);
void doctor_sync(struct doctor *, const struct bed *);
void doctor_attributes(struct doctor *, const struct bed *);
void doctor_inode(struct doctor *, const struct bed *);
void doctor_times(struct doctor *, const struct bed *);
void doctor_locks(struct doctor *, const struct bed *);
void doctor_speed(struct doctor *, const struct bed *);
