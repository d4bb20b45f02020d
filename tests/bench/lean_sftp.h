/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lean_sftp.h - SFTP version 3 requests and replies over a lean connection.
 *
 * Requests are queued and go out together when the client has to wait; the
 * bytes of a DATA reply are counted and dropped.
 */
#pragma once

#include "lean_ssh.h"

enum sftp_reply_type {
    REPLY_VERSION = 2,
    REPLY_STATUS = 101,
    REPLY_HANDLE = 102,
    REPLY_DATA = 103,
    REPLY_NAME = 104,
};

enum { OPEN_READ = 0x01, OPEN_NEW = 0x02 | 0x08 | 0x10 /* W C T */ };

struct sftp_reply {
    uint8_t type;
    uint32_t id;
    struct str body; /* behind the id; not of DATA */
    uint32_t data_len;
};

struct lean_sftp;

/* Connect and say INIT. */
struct lean_sftp *lean_sftp_open(const struct lean_options *);
void lean_sftp_close(struct lean_sftp **);

/* Whether a request with `len` bytes of data can be queued now. */
bool lean_sftp_has_room(const struct lean_sftp *, size_t len);

/* Each queues a request and returns its id. */
uint32_t send_open(struct lean_sftp *, const char *path, uint32_t flags);
uint32_t send_close(struct lean_sftp *, struct str handle);
uint32_t send_read(struct lean_sftp *, struct str handle, uint64_t offset,
                   uint32_t len);
uint32_t send_write(struct lean_sftp *, struct str handle, uint64_t offset,
                    struct str bytes);
uint32_t send_opendir(struct lean_sftp *, const char *path);
uint32_t send_readdir(struct lean_sftp *, struct str handle);

/* The next reply, waiting for it; valid until the next call. */
struct sftp_reply next_reply(struct lean_sftp *);

/* Reads what has come without waiting; false when no reply is complete. */
bool poll_reply(struct lean_sftp *, struct sftp_reply *reply_out);

/* Send what is queued and wait until something comes. */
void wait_for_server(struct lean_sftp *);

/* The handle in the next reply, into `room`. Ends the program on a refusal. */
struct str next_handle(struct lean_sftp *, char room[256]);

/* The next reply is STATUS ok. */
void next_is_ok(struct lean_sftp *, const char *what);

/* The code of a STATUS reply. */
uint32_t reply_status(const struct sftp_reply *);
