/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_private.h - the parts of the running server, from inside.
 *
 * Lock order: `changing`, then whatever the parts lock, `lock` last.
 */
#pragma once

#include "base/notify.h"
#include "base/worker.h"
#include "main/config_watch.h"
#include "main/node.h"
#include "main/server.h"
#include "main/services.h"

#include <pthread.h>
#include <stdatomic.h>

struct server {
    char *config_path;
    char *program;
    struct node node;
    struct ticket_keys *tickets;
    struct hub *hub;
    struct notify *notify;

    pthread_mutex_t changing; /* held while the server is changed: one thing
                                 after the other */
    bool is_stopping;         /* guarded by changing, as all below */
    struct config *config;    /* in force */
    struct services *services;
    unsigned char tried[CONFIG_DIGEST]; /* what was last applied or refused */
    struct takeover *takeover;          /* borrowed while it starts */
    struct worker *worker; /* reloads; never confined to a folder */

    pthread_mutex_t lock; /* guards what is below */
    enum server_state state;
    bool is_retired;           /* another process has the ports */
    bool is_cutting;           /* drain_timeout is over */
    int64_t drain_deadline_ms; /* clock_now_ms */
    struct server_revision revision;

    pthread_t keeper;
    atomic_bool has_keeper;
    int keeper_wake;            /* eventfd; -1: none */
    struct config_watch *watch; /* the keeper's */
    struct material_watch *certificates;
};

/* Load the file and check all that can be said about it. ERR_INVALID when there
 * is an error in the report. */
MUST_CHECK enum status server_load(const char *path, struct report *,
                                   struct config **config_out);

/* Another process has the ports. */
bool server_is_retired(struct server *);

/* reload.c */
void server_note_revision(struct server *); /* server->config is in force */
/* Unless the files are what was last tried. */
void server_reload_if_changed(struct server *);

/* server_keeper.c: the thread that looks after drains and the file. */
MUST_CHECK enum status server_keeper_start(struct server *);
void server_keeper_stop(struct server *);
void server_keeper_wake(struct server *);
