/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_requests.c - what a client may ask a channel for by name.
 *
 * The table is all there is: no shell, no command of the host. A command is
 * told by its first word; the rest is for its engine to read.
 */
#include "ssh/ssh_connection_private.h"

#include "ssh/passwd.h"
#include "ssh/scp.h"
#include "ssh/sftp.h"
#include "ssh/sum_command.h"

struct request {
    enum request_kind kind;
    const char *word;
    const char *option; /* of the service: must be on */
    enum status (*make)(struct ssh_connection *, struct str request,
                        struct engine **engine_out);
};

static enum status
make_sftp(struct ssh_connection *c, struct str request,
          struct engine **engine_out)
{
    struct sftp_options options = {
        .files = session_files(c->session),
        .account_name = session_account(c->session),
    };
    struct sftp *sftp;

    (void)request;
    TRY(sftp_new(&options, &sftp));
    session_emit(c->session, EVENT_SFTP_STARTED, NULL, 0);
    *engine_out = sftp_engine(sftp);
    return OK;
}

static enum status
change_password(void *arg, struct str old, struct str new_password)
{
    struct ssh_connection *c = arg;

    return session_change_password(c->session, old, new_password);
}

static enum status
make_passwd(struct ssh_connection *c, struct str request,
            struct engine **engine_out)
{
    struct passwd_options options = { .change = change_password, .arg = c };

    if (!str_is(str_trim(request), "passwd"))
        return fail(ERR_INVALID, "passwd takes no arguments here");
    return passwd_new(&options, engine_out);
}

static enum status
make_sum(struct ssh_connection *c, struct str request,
         struct engine **engine_out)
{
    return sum_command_new(session_files(c->session), request, engine_out);
}

static enum status
make_scp(struct ssh_connection *c, struct str request,
         struct engine **engine_out)
{
    struct scp_options options = {
        .files = session_files(c->session),
        .account_name = session_account(c->session),
    };

    return scp_new(&options, request, engine_out);
}

/* clang-format off */
static const struct request requests[] = {
    { REQUEST_SUBSYSTEM, "sftp",      "sftp", make_sftp   },
    { REQUEST_EXEC,      "scp",       "scp",  make_scp    },
    { REQUEST_EXEC,      "passwd",    NULL,   make_passwd },
    { REQUEST_EXEC,      "md5sum",    "sftp", make_sum    },
    { REQUEST_EXEC,      "sha1sum",   "sftp", make_sum    },
    { REQUEST_EXEC,      "sha224sum", "sftp", make_sum    },
    { REQUEST_EXEC,      "sha256sum", "sftp", make_sum    },
    { REQUEST_EXEC,      "sha384sum", "sftp", make_sum    },
    { REQUEST_EXEC,      "sha512sum", "sftp", make_sum    },
};
/* clang-format on */

static const char *const unknown[] = {
    [REQUEST_SUBSYSTEM] = "there is no such subsystem",
    [REQUEST_EXEC] = "commands are not run here",
};

static const struct request *
find_request(enum request_kind kind, struct str word)
{
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (requests[i].kind == kind && str_is(word, requests[i].word))
            return &requests[i];
    return NULL;
}

enum status
request_start(struct ssh_connection *c, enum request_kind kind,
              struct str request, const char **name_out,
              struct engine **engine_out)
{
    struct str rest = request;
    struct str word = kind == REQUEST_EXEC ? str_cut(&rest, ' ') : request;
    const struct request *row = find_request(kind, word);

    if (row == NULL)
        return fail(ERR_UNSUPPORTED, "%s", unknown[kind]);
    if (row->option != NULL && !section_flag(c->service->section, row->option))
        return fail(ERR_DENIED, "%s is off for this service", row->option);
    *name_out = row->word;
    return row->make(c, request, engine_out);
}
