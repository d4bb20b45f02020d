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
    { "ABOR", ftp_abor, NEEDS_LOGIN | TAKES_NONE | WHILE_MOVING, "ABOR" },
    { "ACCT", ftp_acct, NEEDS_LOGIN | NEEDS_ARGUMENT, "ACCT account" },
    { "ALLO", ftp_allo, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "ALLO bytes" },
    { "APPE", ftp_appe, NEEDS_LOGIN | NEEDS_ARGUMENT | MOVES_DATA,
      "APPE file" },
    { "AUTH", ftp_auth, NEEDS_ARGUMENT | BEFORE_TLS, "AUTH TLS" },
    { "CCC", ftp_ccc, TAKES_NONE, "CCC" },
    { "CDUP", ftp_cdup, NEEDS_LOGIN | TAKES_NONE, "CDUP" },
    { "CLNT", ftp_clnt, NEEDS_ARGUMENT | BEFORE_TLS, "CLNT name" },
    { "CWD", ftp_cwd, NEEDS_LOGIN, "CWD [folder]" },
    { "DELE", ftp_dele, NEEDS_LOGIN | NEEDS_ARGUMENT, "DELE file" },
    { "EPRT", ftp_eprt, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "EPRT |1 or 2|address|port|" },
    { "EPSV", ftp_epsv, NEEDS_LOGIN | KEEPS_WISH, "EPSV [1 | 2 | ALL]" },
    { "FEAT", ftp_feat, TAKES_NONE | BEFORE_TLS, "FEAT" },
    { "HASH", ftp_hash, NEEDS_LOGIN | NEEDS_ARGUMENT, "HASH file" },
    { "HELP", ftp_help, BEFORE_TLS, "HELP [verb]" },
    { "HOST", ftp_host, NEEDS_ARGUMENT | BEFORE_TLS, "HOST name" },
    { "LANG", ftp_lang, BEFORE_TLS, "LANG [EN]" },
    { "LIST", ftp_list, NEEDS_LOGIN | MOVES_DATA, "LIST [-ad] [path]" },
    { "MDTM", ftp_mdtm, NEEDS_LOGIN | NEEDS_ARGUMENT,
      "MDTM [YYYYMMDDHHMMSS] file" },
    { "MFMT", ftp_mfmt, NEEDS_LOGIN | NEEDS_ARGUMENT,
      "MFMT YYYYMMDDHHMMSS file" },
    { "MKD", ftp_mkd, NEEDS_LOGIN | NEEDS_ARGUMENT, "MKD folder" },
    { "MLSD", ftp_mlsd, NEEDS_LOGIN | MOVES_DATA, "MLSD [folder]" },
    { "MLST", ftp_mlst, NEEDS_LOGIN, "MLST [path]" },
    { "MODE", ftp_mode, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "MODE S | Z" },
    { "NLST", ftp_nlst, NEEDS_LOGIN | MOVES_DATA, "NLST [-ad] [path]" },
    { "NOOP", ftp_noop, KEEPS_WISH | BEFORE_RNTO | BEFORE_TLS, "NOOP" },
    { "OPTS", ftp_opts, NEEDS_ARGUMENT | KEEPS_WISH | BEFORE_TLS,
      "OPTS UTF8 ON | MLST [facts] | HASH [name] | MODE Z LEVEL level" },
    { "PASS", ftp_pass, 0, "PASS password" },
    { "PASV", ftp_pasv, NEEDS_LOGIN | TAKES_NONE | KEEPS_WISH, "PASV" },
    { "PBSZ", ftp_pbsz, NEEDS_ARGUMENT, "PBSZ 0" },
    { "PORT", ftp_port, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "PORT h1,h2,h3,h4,p1,p2" },
    { "PROT", ftp_prot, NEEDS_ARGUMENT | KEEPS_WISH, "PROT C | P" },
    { "PWD", ftp_pwd, NEEDS_LOGIN | TAKES_NONE, "PWD" },
    { "QUIT", ftp_quit, TAKES_NONE | BEFORE_TLS, "QUIT" },
    { "RANG", ftp_rang, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "RANG first last" },
    { "REIN", ftp_rein, TAKES_NONE | BEFORE_TLS, "REIN" },
    { "REST", ftp_rest, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "REST offset" },
    { "RETR", ftp_retr, NEEDS_LOGIN | NEEDS_ARGUMENT | MOVES_DATA,
      "RETR file" },
    { "RMD", ftp_rmd, NEEDS_LOGIN | NEEDS_ARGUMENT, "RMD folder" },
    { "RNFR", ftp_rnfr, NEEDS_LOGIN | NEEDS_ARGUMENT | BEFORE_RNTO,
      "RNFR old-name" },
    { "RNTO", ftp_rnto, NEEDS_LOGIN | NEEDS_ARGUMENT, "RNTO new-name" },
    { "SITE", ftp_site, NEEDS_LOGIN | NEEDS_ARGUMENT,
      "SITE HELP | CHMOD | IDLE | PSWD | UTIME" },
    { "SIZE", ftp_size, NEEDS_LOGIN | NEEDS_ARGUMENT, "SIZE file" },
    { "STAT", ftp_stat, NEEDS_LOGIN | KEEPS_WISH | WHILE_MOVING,
      "STAT [[-ad] path]" },
    { "STOR", ftp_stor, NEEDS_LOGIN | NEEDS_ARGUMENT | MOVES_DATA,
      "STOR file" },
    { "STOU", ftp_stou, NEEDS_LOGIN | MOVES_DATA, "STOU [file]" },
    { "STRU", ftp_stru, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "STRU F" },
    { "SYST", ftp_syst, TAKES_NONE | KEEPS_WISH | BEFORE_TLS, "SYST" },
    { "TYPE", ftp_type, NEEDS_LOGIN | NEEDS_ARGUMENT | KEEPS_WISH,
      "TYPE A | I" },
    { "USER", ftp_user, NEEDS_ARGUMENT, "USER name" },
    { "XCUP", ftp_cdup, NEEDS_LOGIN | TAKES_NONE, "XCUP" },
    { "XCWD", ftp_cwd, NEEDS_LOGIN, "XCWD [folder]" },
    { "XMKD", ftp_mkd, NEEDS_LOGIN | NEEDS_ARGUMENT, "XMKD folder" },
    { "XPWD", ftp_pwd, NEEDS_LOGIN | TAKES_NONE, "XPWD" },
    { "XRMD", ftp_rmd, NEEDS_LOGIN | NEEDS_ARGUMENT, "XRMD folder" },
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
