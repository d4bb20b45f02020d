/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lean_ftp.h - an FTP client that costs as little as the wire allows.
 *
 * Only for measuring servers on this machine: passive, by EPSV, of type I, and
 * it ends the program on every surprise. Under TLS it offers TLS 1.3 with
 * AES-128-GCM alone, checks no certificate, and each data connection resumes
 * the newest session. One connection, used by one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lean_ftp;

struct lean_ftp_options {
    uint16_t port;
    const char *user;
    const char *password;
    bool is_tls; /* AUTH TLS and PROT P */
};

/* Connect to 127.0.0.1 and log in. */
struct lean_ftp *lean_ftp_open(const struct lean_ftp_options *);
/* Say goodbye and free; safe on NULL. */
void lean_ftp_close(struct lean_ftp **);

/* RETR; the number of bytes, which are dropped. */
uint64_t lean_ftp_get(struct lean_ftp *, const char *path);
/* STOR so many bytes of no meaning. */
void lean_ftp_put(struct lean_ftp *, const char *path, uint64_t bytes);
