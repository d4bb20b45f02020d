/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h - how a call says that it failed.
 *
 * A function that can fail returns an enum status. There are few kinds, so
 * that a protocol can turn them into its own codes in one table. The sentence
 * for the log travels beside the kind: fail() keeps it for the calling thread,
 * and whoever ends the operation reports it once.
 */
#pragma once

enum status {
    OK,
    ERR_NOT_FOUND,
    ERR_DENIED, /* permissions, credentials, confinement */
    ERR_EXISTS,
    ERR_NOT_EMPTY, /* a folder still holds something */
    ERR_IS_FOLDER, /* a file was asked for */
    ERR_NO_FOLDER, /* a folder was asked for */
    ERR_LINK,      /* a symbolic link stands where none may be followed */
    ERR_FULL,      /* quota or disk */
    ERR_BUSY,      /* somebody else holds it; later may work */
    ERR_LIMIT,     /* a cap of ours was reached */
    ERR_INVALID,   /* the request makes no sense */
    ERR_UNSUPPORTED,
    ERR_CONFLICT, /* a compare failed: it changed under us */
    ERR_TIMEOUT,
    ERR_CLOSED, /* the peer is gone: end the session */
    ERR_MEMORY,
    ERR_IO,
};

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Keep the sentence and return the kind: `return fail(ERR_IO, "…");` */
enum status fail(enum status kind, const char *why, ...) PRINTF(2, 3);

/* The kind for an errno; keeps "<what>: <strerror>" as the sentence. */
enum status fail_errno(int number, const char *what, ...) PRINTF(2, 3);

#ifdef __clang_analyzer__
/* clang-tidy sees one file at a time: what fail() returns is never OK. */
#define fail(kind, ...) ((void)fail(kind, __VA_ARGS__), (enum status)(kind))
#define fail_errno(...) ((void)fail_errno(__VA_ARGS__), ERR_IO)
#endif

/* The sentence of the last fail() in this thread; never NULL. */
const char *fail_reason(void);

/* "not found", "denied", …: the kind in a word or two, never NULL. */
const char *status_name(enum status);

/* Go on when the call worked; hand its failure to our caller when not. */
#define TRY(call)                                                              \
    do {                                                                       \
        enum status try_ = (call);                                             \
        if (try_ != OK)                                                        \
            return try_;                                                       \
    } while (0)

/* Release at the end of the scope. Destructors take T ** and accept NULL. */
#define AUTO(destructor) __attribute__((cleanup(destructor)))
