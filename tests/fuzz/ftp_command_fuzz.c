/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_command_fuzz.c - whatever comes over FTP's control connection.
 *
 * The first byte says in portions of what size; every argument goes through
 * every parser, and back out through a reply.
 */
#include "fuzz.h"

#include "ftp/arguments.h"
#include "ftp/command.h"
#include "ftp/reply.h"

#include <stdlib.h>

static void
parse_argument(struct str argument)
{
    struct ftp_address address;
    enum ftp_family family;
    uint64_t number[2];
    int64_t ns;
    bool is_all;
    struct str rest = argument;

    (void)!ftp_parse_port(argument, &address);
    (void)!ftp_parse_eprt(argument, &address);
    (void)!ftp_parse_epsv(argument, &family, &is_all);
    (void)!ftp_parse_offset(argument, &number[0]);
    (void)!ftp_parse_range(argument, &number[0], &number[1]);
    (void)!ftp_parse_size(argument, &number[0]);
    (void)!ftp_parse_time(&rest, &ns);
}

/* One reply is one line, whatever is said in it. */
static void
say(struct str argument)
{
    struct buffer out = BUFFER(4 * FTP_LINE);

    if (ftp_reply_path(&out, 257, argument, "is it.") == OK) {
        struct str said = buffer_str(&out);

        if (memchr(said.data, '\n', said.len) != said.data + said.len - 1)
            abort();
    }
    buffer_done(&out);
}

static void
take_commands(struct ftp_lines *lines)
{
    struct ftp_command command;
    bool has = true;
    enum status status = OK;

    while (has || status != OK) {
        status = ftp_lines_next(lines, &command, &has);
        if (status == OK && has) {
            ftp_looks_like_http(command.argument);
            parse_argument(command.argument);
            say(command.argument);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ftp_lines lines;
    size_t portion = size > 0 ? data[0] + 1U : 1;

    ftp_lines_init(&lines);
    for (size_t at = 1; at < size; at += portion) {
        size_t len = size - at < portion ? size - at : portion;

        if (ftp_lines_add(&lines, str_from(data + at, len)) != OK)
            abort();
        take_commands(&lines);
    }
    ftp_lines_done(&lines);
    return 0;
}
