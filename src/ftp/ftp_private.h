/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_private.h - a control connection, and the verbs that it speaks.
 *
 * One thread: it reads a line, looks the verb up in the table of verbs.c, and
 * calls its handler, which puts replies into `out`; they leave before the next
 * line is read. A transfer runs on the same thread and looks at the control
 * connection between pieces (transfer.c).
 */
#pragma once

#include "base/random.h"
#include "ftp/command.h"
#include "ftp/data_connection.h"
#include "ftp/ftp_connection.h"
#include "ftp/listing.h"
#include "ftp/reply.h"
#include "session/mover.h"
#include "vfs/vfs.h"

enum {
    FTP_OUT = 256 * 1024, /* most bytes of replies that wait */
    FTP_USER = 256,
};

/* What a restart marker, a range or an announcement said; gone after the next
 * command that is not of the transfer. */
struct ftp_wish {
    bool has_rest;
    uint64_t rest;
    bool has_range;
    uint64_t first, last;
    bool has_size; /* ALLO */
    uint64_t size;
};

struct ftp_connection {
    struct ftp_service *service;
    struct visitor *visitor;
    struct session *session;
    struct clock *clock;
    struct stream *control;
    struct ftp_lines lines;
    struct buffer out;

    char user[FTP_USER + 1]; /* USER; "" before */
    char folder[VFS_PATH + 1];
    char rename_from[VFS_PATH + 1]; /* RNFR; "" without */
    enum mover_type type;
    bool is_deflated; /* MODE Z */
    unsigned facts;   /* OPTS MLST */
    unsigned hash;    /* OPTS HASH: an index of hash.c's table */
    bool is_secured;  /* PBSZ was said under TLS */
    bool is_private;  /* PROT P */
    bool only_epsv;   /* EPSV ALL */
    struct ftp_wish wish;
    struct data_connection *data; /* PASV, PORT and theirs */
    int64_t idle_ms;              /* SITE IDLE; 0: the service's */
    bool is_ending;               /* QUIT, or the client has to go */
    const char *why;              /* for the closing event */
    bool starts_again;            /* REIN: with another session */

    /* Of the TLS of the control connection; its data connections have to
     * resume what is bound to this. */
    char tls_session[UUID_TEXT];
    unsigned early; /* commands before the login */
    unsigned bad;   /* in a row: what is no command */

    /* What came during a transfer and is for afterwards: NOOPs, whose replies
     * could be taken for that of the transfer, and then a line. */
    unsigned held_noops;
    bool is_held;
    enum status held_status;
    struct ftp_command held;

    /* While a transfer runs: */
    struct mover mover;         /* what has been moved, and how */
    const struct mover *moving; /* NULL: nothing is being moved */
    struct codec *codec;        /* a listing under MODE Z */
    bool is_aborted;            /* ABOR came */
    bool is_lost;               /* the control connection has ended */
};

/* How a verb is called: the argument is as sent. What it returns ends the
 * connection unless it is OK; a refusal is a reply, not a status. */
typedef enum status ftp_verb(struct ftp_connection *, struct str argument);

enum ftp_need {
    NEEDS_LOGIN = 1 << 0,
    NEEDS_ARGUMENT = 1 << 1,
    TAKES_NONE = 1 << 2,
    KEEPS_WISH = 1 << 3,   /* REST and the like stay in force */
    WHILE_MOVING = 1 << 4, /* answered while a transfer runs */
    BEFORE_TLS = 1 << 5,   /* also where TLS is demanded first */
    BEFORE_RNTO = 1 << 6,  /* RNFR stays in force */
    MOVES_DATA = 1 << 7,   /* 522 where data has to be private and is not */
};

struct ftp_verb_row {
    const char *name;
    ftp_verb *run;
    unsigned needs;    /* enum ftp_need */
    const char *usage; /* for HELP */
};

/* verbs.c: NULL when there is none. */
const struct ftp_verb_row *ftp_verb_find(const char *name);
const struct ftp_verb_row *ftp_verb_at(size_t index); /* NULL behind the last */

/* session/session.h's event, with a sentence: what the client did. */
void ftp_tell(struct ftp_connection *, enum event_id, const char *details);

/* ftp_connection.c: TLS on the control connection, until the login has to be
 * done. */
MUST_CHECK enum status ftp_start_tls(struct ftp_connection *);
/* As the client was when it came: nobody, in no folder. */
void ftp_forget_user(struct ftp_connection *);
/* 220 with the banner of the service. */
MUST_CHECK enum status ftp_greet(struct ftp_connection *);

/* dispatch.c: run the verb, if all that it needs is there; a line that is none
 * is answered as it deserves. */
MUST_CHECK enum status ftp_dispatch(struct ftp_connection *,
                                    enum status of_line,
                                    const struct ftp_command *);

/* control.c */
/* A line has come, or *has_out = false; *of_line_out: ftp_lines_next(). */
void ftp_next(struct ftp_connection *, struct ftp_command *out,
              enum status *of_line_out, bool *has_out);
/* Wait for bytes. ERR_TIMEOUT: look whether the session should end. */
MUST_CHECK enum status ftp_fill(struct ftp_connection *, int64_t deadline_ms);
MUST_CHECK enum status ftp_say(struct ftp_connection *, unsigned code,
                               const char *format, ...) PRINTF(3, 4);
/* Send the replies that wait. */
MUST_CHECK enum status ftp_flush(struct ftp_connection *);
/* paths.c: a failure as a reply: 550, 552, 553 … by its kind. */
MUST_CHECK enum status ftp_say_failure(struct ftp_connection *, enum status);
/* While a transfer runs: read what has come, without waiting, and answer what
 * can be answered now. ERR_CLOSED (is_lost): the client is gone. */
MUST_CHECK enum status ftp_poll(struct ftp_connection *);

/*
 * transfer.c: the data connection that PASV, PORT or theirs prepared, for one
 * listing or one file. ftp_open_data() says 150 and opens it, TLS and all;
 * false: 425, or what else was wrong, has been said. From then on ABOR, STAT
 * and the like are answered while it moves.
 */
MUST_CHECK bool ftp_open_data(struct ftp_connection *, struct stream **out);
/* The next bytes of a listing, as they stand, compressed under MODE Z. */
MUST_CHECK enum status ftp_send_data(struct ftp_connection *, struct stream *,
                                     struct str bytes);
/* End it, in order when `status` is OK, and say how it went: 226, or 426 and
 * the like, with the reason that fail() left. */
MUST_CHECK enum status ftp_end_data(struct ftp_connection *, struct stream **,
                                    enum status status);

/* hash_names.c: "SHA-256", and what vfs/checksum.h calls it; NULL behind the
 * last. */
const char *ftp_hash_name(unsigned index);
const char *ftp_hash_kind(unsigned index);

/* Between pieces of what takes its time: answer what can be answered now. Not
 * OK: it must not go on (ABOR, a lost client, a drain); fail_reason() says
 * why. */
MUST_CHECK enum status ftp_look(struct ftp_connection *);

/* paths.c: the argument, from the current folder on, normalised. A reply has
 * been made when it is not OK. */
MUST_CHECK bool ftp_path(struct ftp_connection *, struct str argument,
                         char path[VFS_PATH + 1], struct str *out);

/* The verbs, by file. verbs_login.c: */
ftp_verb ftp_user, ftp_pass, ftp_acct, ftp_rein, ftp_quit, ftp_host, ftp_auth,
    ftp_pbsz, ftp_prot, ftp_ccc;
/* verbs_files.c */
ftp_verb ftp_cwd, ftp_cdup, ftp_pwd, ftp_mkd, ftp_rmd, ftp_dele, ftp_rnfr,
    ftp_rnto, ftp_size, ftp_mdtm, ftp_mfmt, ftp_hash;
/* verbs_data.c */
ftp_verb ftp_pasv, ftp_epsv, ftp_port, ftp_eprt, ftp_type, ftp_mode, ftp_stru,
    ftp_rest, ftp_rang, ftp_allo, ftp_abor;
/* verbs_transfer.c */
ftp_verb ftp_retr, ftp_stor, ftp_stou, ftp_appe;
/* verbs_listing.c */
ftp_verb ftp_list, ftp_nlst, ftp_mlsd, ftp_mlst, ftp_stat;
/* verbs_about.c */
ftp_verb ftp_feat, ftp_opts, ftp_help, ftp_syst, ftp_noop, ftp_lang, ftp_clnt;
/* verbs_site.c */
ftp_verb ftp_site;
