/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verbs.c - every verb, and all that must hold before it runs.
 *
 * By name: ftp_verb_find() searches by halves.
 */
#include "ftp/ftp_private.h"

#include <stdlib.h>
#include <string.h>

static const struct ftp_verb_row rows[] = {
    /* clang-format off */
    { "ACCT", ftp_acct, NEEDS_LOGIN | NEEDS_ARGUMENT, "ACCT account" },
    { "AUTH", ftp_auth, NEEDS_ARGUMENT | BEFORE_TLS, "AUTH TLS" },
    { "CCC", ftp_ccc, TAKES_NONE, "CCC" },
    { "CLNT", ftp_clnt, NEEDS_ARGUMENT | BEFORE_TLS, "CLNT name" },
    { "FEAT", ftp_feat, TAKES_NONE | BEFORE_TLS, "FEAT" },
    { "HELP", ftp_help, BEFORE_TLS, "HELP [verb]" },
    { "HOST", ftp_host, NEEDS_ARGUMENT | BEFORE_TLS, "HOST name" },
    { "LANG", ftp_lang, BEFORE_TLS, "LANG [EN]" },
    { "NOOP", ftp_noop, KEEPS_WISH | BEFORE_RNTO | BEFORE_TLS, "NOOP" },
    { "OPTS", ftp_opts, NEEDS_ARGUMENT | KEEPS_WISH | BEFORE_TLS,
      "OPTS UTF8 ON | MLST [facts] | HASH [name] | MODE Z LEVEL level" },
    { "PASS", ftp_pass, 0, "PASS password" },
    { "PBSZ", ftp_pbsz, NEEDS_ARGUMENT, "PBSZ 0" },
    { "PROT", ftp_prot, NEEDS_ARGUMENT | KEEPS_WISH, "PROT C | P" },
    { "QUIT", ftp_quit, TAKES_NONE | BEFORE_TLS, "QUIT" },
    { "REIN", ftp_rein, TAKES_NONE | BEFORE_TLS, "REIN" },
    { "SITE", ftp_site, NEEDS_LOGIN | NEEDS_ARGUMENT,
      "SITE HELP | CHMOD | IDLE | PSWD | UTIME" },
    { "SYST", ftp_syst, TAKES_NONE | KEEPS_WISH | BEFORE_TLS, "SYST" },
    { "USER", ftp_user, NEEDS_ARGUMENT, "USER name" },
    /* clang-format on */
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static int
compare(const void *name, const void *row)
{
    return strcmp(name, ((const struct ftp_verb_row *)row)->name);
}

const struct ftp_verb_row *
ftp_verb_find(const char *name)
{
    return bsearch(name, rows, ROWS, sizeof rows[0], compare);
}

const struct ftp_verb_row *
ftp_verb_at(size_t index)
{
    return index < ROWS ? &rows[index] : NULL;
}
