/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_dialogue.h - an SFTP channel without a network.
 *
 *   CLIENT(SSH_FXP_STAT, "s", "/report.csv");
 *   SERVER_STATUS(SSH_FX_NO_SUCH_FILE);
 *
 * Every test starts on a fresh channel after INIT, over files in memory that
 * hold nothing, as account "demo". A test may open further channels over other
 * files; the macros act on the one in use. Replies have to come in the order
 * of the requests and carry their ids.
 *
 * The letters of CLIENT say how its arguments go on the wire: b byte, u uint32,
 * q uint64, s C string, t struct str as a string, r struct str as it is, h
 * handle, a attributes (struct vfs_attributes *; NULL for none).
 */
#pragma once

#include "ssh/sftp_private.h"
#include "vfs/places.h"

#include "test.h"

struct dialogue;

struct dialogue_handle {
    char text[256];
    size_t len;
};

/* A channel over borrowed files; sends INIT, and is then in use. */
struct dialogue *dialogue_new(struct vfs *over);
/* The channel breaks: nothing that is open gets a CLOSE. */
void dialogue_free(struct dialogue **);
void dialogue_use(struct dialogue *);
/* The one the test started on, and its files. */
struct dialogue *dialogue_first(void);
struct vfs *dialogue_files(void);
/* A fresh first channel that has not said INIT. */
void dialogue_before_init(void);
/* From now on packets come in pieces of so many bytes; 0 means whole. */
void dialogue_cut_into(size_t bytes);
/* The engine in use, for tests that look at its bytes. */
struct sftp *dialogue_sftp(void);
/* Bytes as they are; anything but OK is what ended the channel. */
enum status dialogue_feed(struct str bytes);
/* Replies that were not looked at yet. */
struct str dialogue_replies(void);
/* Append one packet, length included. */
void dialogue_packet(struct buffer *into, uint8_t number, uint32_t id,
                     const char *letters, va_list args);
void dialogue_build(struct buffer *into, uint8_t number, uint32_t id,
                    const char *letters, ...);

#define CLIENT(number, ...) client_asks(__FILE__, __LINE__, number, __VA_ARGS__)
void client_asks(const char *file, int line, uint8_t number,
                 const char *letters, ...);

#define SERVER_STATUS(code) server_status(code, __FILE__, __LINE__)
#define SERVER_OK()         SERVER_STATUS(SSH_FX_OK)
void server_status(uint32_t code, const char *file, int line);
/* Whichever code it is. */
#define SERVER_ANY_STATUS() server_any_status(__FILE__, __LINE__)
uint32_t server_any_status(const char *file, int line);
/* A status that says this. */
#define SERVER_SAYS(code, text) server_says(code, text, __FILE__, __LINE__)
void server_says(uint32_t code, const char *text, const char *file, int line);

#define SERVER_HANDLE() server_handle(__FILE__, __LINE__)
struct dialogue_handle server_handle(const char *file, int line);

#define SERVER_DATA(text) server_data(text, __FILE__, __LINE__)
void server_data(struct str expected, const char *file, int line);

#define SERVER_ATTRIBUTES() server_attributes(__FILE__, __LINE__)
struct vfs_attributes server_attributes(const char *file, int line);

/* One name, as REALPATH and READLINK answer. */
#define SERVER_NAME(text) server_name(text, __FILE__, __LINE__)
void server_name(const char *expected, const char *file, int line);

/* The body of the next reply, which has this number; behind its id. */
#define SERVER_REPLY(number) server_reply(number, __FILE__, __LINE__)
struct reader server_reply(uint8_t number, const char *file, int line);

/* There are no more replies. */
#define SERVER_SILENT() EXPECT(buffer_len(sftp_output(dialogue_sftp())) == 0)

/* Short ways to what many tests need. */
struct dialogue_handle open_file(const char *path, uint32_t pflags);
void close_handle(struct dialogue_handle);
struct dialogue_handle open_folder(const char *path);
void make_folder(const char *path);
void put_file(const char *path, const char *content);
/* Behind the engine. */
void make_file(const char *path, struct str content);
/* Through a channel of its own kind: OPEN, READ, CLOSE. */
void expect_file(const char *path, const char *content);
void expect_missing(const char *path);

/* pflags of OPEN, as the rules of uploads write them. */
enum { R = 0x01, W = 0x02, A = 0x04, C = 0x08, T = 0x10, X = 0x20 };
