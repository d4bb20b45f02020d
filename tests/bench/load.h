/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.h - what the loads share: how they connect, give up, and are measured.
 *
 * A load has several streams and holds a dialogue with whoever measures:
 * "connected" when every stream is there, then it waits for a line; the load,
 * each stream in a thread of its own; a line with the seconds it took; again it
 * waits, so that what logging out costs is not counted.
 */
#pragma once

#include <stdint.h>

struct load_streams {
    void *load;
    unsigned count;
    /* Each may be NULL: a load that connects itself, or does nothing. */
    void (*open)(void *load, unsigned index);
    void (*run)(void *load, unsigned index);
    void (*close)(void *load, unsigned index);
};

void load_dialogue(const struct load_streams *);

/* A number of the command line. */
uint64_t load_number(const char *text, uint64_t most);
/* A socket to 127.0.0.1, which blocks. */
int load_connect(uint16_t port);
/* Print and exit. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *why, ...);
