/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_dialogue.h - an SCP channel without a network.
 *
 *   BEGIN("scp -t /in");
 *   SERVER("\0");
 *   CLIENT("C0644 2 a\n");
 *   SERVER("\0");
 *   OVER(0);
 *
 * Every test starts with files in memory that hold nothing, as account "demo";
 * scp_use() takes others. SERVER is all that the engine has said meanwhile,
 * byte for byte.
 */
#pragma once

#include "ssh/scp_private.h"
#include "vfs/places.h"

#include "test.h"

/* Files in memory, fresh for each test. */
struct vfs *scp_files(void);
/* The next BEGIN is over these. */
void scp_use(struct vfs *);
/* What a client says comes in pieces of so many bytes; 0: whole. */
void scp_cut_into(size_t bytes);
struct engine *scp_engine(void);

#define BEGIN(command) scp_begin(STR(command), __FILE__, __LINE__)
void scp_begin(struct str command, const char *file, int line);

#define CLIENT(text) scp_client(STR(text), __FILE__, __LINE__)
void scp_client(struct str bytes, const char *file, int line);

#define SERVER(text) scp_server(STR(text), __FILE__, __LINE__)
void scp_server(struct str expected, const char *file, int line);

/* The client breaks the protocol with this. */
#define CLIENT_BREAKS(text)                                                    \
    EXPECT_STATUS(scp_try_client(STR(text)), ERR_INVALID)
enum status scp_try_client(struct str bytes);

/* The client says no more. */
void scp_client_ends(void);

#define OVER(status) scp_over(status, __FILE__, __LINE__)
void scp_over(int exit_status, const char *file, int line);
/* It goes on. */
#define GOES_ON() scp_goes_on(__FILE__, __LINE__)
void scp_goes_on(const char *file, int line);

/* The channel breaks; nothing is said any more. */
void scp_cut(void);

/* In scp_files(): */
void make_file(const char *path, const char *content);
void make_folder(const char *path);
void make_link(const char *target, const char *path);
void set_attributes(const char *path, uint32_t mode, int64_t mtime_s);
/* In the files in use: */
void expect_file(const char *path, const char *content);
void expect_missing(const char *path);
struct vfs_attributes attributes_of(const char *path);
