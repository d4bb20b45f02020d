/* SPDX-License-Identifier: Apache-2.0 */
/* verbs_about.c - what the server can do, and small favours. */
#include "ftp/arguments.h"
#include "ftp/ftp_private.h"

#include <stdio.h>

enum {
    TEXT_MOST = 16 * 1024,
    DEFLATE_LEVEL = 6, /* zlib's own choice */
    VERBS_A_LINE = 12,
};

enum status
ftp_noop(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    return ftp_say(c, 200, "Still here.");
}

enum status
ftp_syst(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    return ftp_say(c, 215, "UNIX Type: L8");
}

enum status
ftp_clnt(struct ftp_connection *c, struct str argument)
{
    (void)argument;
    return ftp_say(c, 200, "Nice to meet you.");
}

/* RFC 2640, 4.1: without an argument, the default. */
enum status
ftp_lang(struct ftp_connection *c, struct str argument)
{
    struct str language = str_cut(&argument, '-');

    if (language.len > 0 && !str_same_word(language, "EN"))
        return ftp_say(c, 504, "Only English is spoken here.");
    return ftp_say(c, 200, "English it is.");
}

/* ---- FEAT (RFC 2389) ---- */

static enum status
add_hashes(const struct ftp_connection *c, struct buffer *out)
{
    const char *name;

    TRY(buffer_add(out, STR("HASH ")));
    for (unsigned i = 0; (name = ftp_hash_name(i)) != NULL; i++)
        TRY(buffer_addf(out, "%s%s%s", i > 0 ? ";" : "", name,
                        i == c->hash ? "*" : ""));
    return buffer_add(out, STR("\n"));
}

static enum status
add_tls(const struct ftp_connection *c, struct buffer *out)
{
    if (c->service->tls == NULL)
        return OK;
    if (!c->service->is_implicit &&
        section_flag(c->service->section, "ftps_explicit_enabled"))
        TRY(buffer_add(out, STR("AUTH TLS\n")));
    return buffer_add(out, STR("PBSZ\nPROT\n"));
}

static enum status
list_features(const struct ftp_connection *c, struct buffer *out)
{
    TRY(add_tls(c, out));
    TRY(buffer_add(out, STR("CLNT\nEPRT\nEPSV\n")));
    TRY(add_hashes(c, out));
    TRY(buffer_add(out, STR("HOST\nLANG EN*\nMDTM\nMFMT\nMLST ")));
    TRY(ftp_facts_names(c->facts, out));
    return buffer_add(out, STR("\nMODE Z\nRANG STREAM\nREST STREAM\n"
                               "SITE CHMOD;HELP;IDLE;PSWD;UTIME\n"
                               "SIZE\nTVFS\nUTF8\n"));
}

enum status
ftp_feat(struct ftp_connection *c, struct str argument)
{
    AUTO(buffer_done) struct buffer features = BUFFER(TEXT_MOST);

    (void)argument;
    TRY(list_features(c, &features));
    return ftp_reply_lines(&c->out, 211, "Features:", buffer_str(&features),
                           "End");
}

/* ---- OPTS ---- */

static enum status
set_utf8(struct ftp_connection *c, struct str rest)
{
    if (rest.len > 0 && !str_same_word(rest, "ON"))
        return ftp_say(c, 504, "Names are UTF-8 always.");
    return ftp_say(c, 200, "Names are UTF-8.");
}

/* The facts that are marked as chosen, as RFC 3659, 7.9 has them told. */
static enum status
add_chosen(unsigned facts, struct buffer *out)
{
    AUTO(buffer_done) struct buffer names = BUFFER(TEXT_MOST);

    TRY(ftp_facts_names(facts, &names));
    struct str rest = buffer_str(&names);
    while (rest.len > 0) {
        struct str name = str_cut(&rest, ';');

        if (name.len > 0 && name.data[name.len - 1] == '*')
            TRY(buffer_addf(out, "%.*s;", (int)name.len - 1, name.data));
    }
    return OK;
}

static enum status
set_facts(struct ftp_connection *c, struct str rest)
{
    AUTO(buffer_done) struct buffer said = BUFFER(TEXT_MOST);

    c->facts = ftp_facts_parse(rest);
    TRY(add_chosen(c->facts, &said));
    return ftp_say(c, 200, "MLST OPTS%s%.*s", c->facts != 0 ? " " : "",
                   STR_ARG(buffer_str(&said)));
}

static enum status
set_hash(struct ftp_connection *c, struct str rest)
{
    const char *name;

    if (rest.len == 0)
        return ftp_say(c, 200, "%s", ftp_hash_name(c->hash));
    for (unsigned i = 0; (name = ftp_hash_name(i)) != NULL; i++) {
        if (str_same_word(rest, name)) {
            c->hash = i;
            return ftp_say(c, 200, "%s", name);
        }
    }
    return ftp_say(c, 501, "That is no hash of this server: see FEAT.");
}

static enum status
set_mode(struct ftp_connection *c, struct str rest)
{
    uint64_t level = 0;

    if (!str_same_word(str_cut(&rest, ' '), "Z") ||
        !str_same_word(str_cut(&rest, ' '), "LEVEL") ||
        !str_to_number(rest, UINT32_MAX, &level))
        return ftp_say(c, 501, "Usage: OPTS MODE Z LEVEL %d", DEFLATE_LEVEL);
    if (level != DEFLATE_LEVEL)
        return ftp_say(c, 501, "The level of MODE Z is always %d.",
                       DEFLATE_LEVEL);
    return ftp_say(c, 200, "MODE Z LEVEL is %d.", DEFLATE_LEVEL);
}

struct choice { /* the first word of an argument */
    const char *name;
    enum status (*run)(struct ftp_connection *, struct str rest);
    const char *usage;
};

static const struct choice *
choose(const struct choice *choices, struct str *argument)
{
    struct str word = str_cut(argument, ' ');

    while (choices->name != NULL && !str_same_word(word, choices->name))
        choices++;
    return choices->name != NULL ? choices : NULL;
}

enum status
ftp_opts(struct ftp_connection *c, struct str argument)
{
    static const struct choice options[] = {
        { "HASH", set_hash, NULL },  { "MLST", set_facts, NULL },
        { "MODE", set_mode, NULL },  { "UTF8", set_utf8, NULL },
        { "UTF-8", set_utf8, NULL }, { 0 },
    };
    const struct choice *option = choose(options, &argument);

    if (option == NULL)
        return ftp_say(c, 501, "That has no options.");
    return option->run(c, argument);
}

/* ---- HELP ---- */

static enum status
help_all(struct ftp_connection *c)
{
    AUTO(buffer_done) struct buffer verbs = BUFFER(TEXT_MOST);
    const struct ftp_verb_row *row;

    for (size_t i = 0; (row = ftp_verb_at(i)) != NULL; i++)
        TRY(buffer_addf(&verbs, "%s%s", row->name,
                        (i + 1) % VERBS_A_LINE == 0 ? "\n" : " "));
    return ftp_reply_lines(&c->out, 214,
                           "These verbs are known:", buffer_str(&verbs),
                           "HELP and a verb tells more.");
}

enum status
ftp_help(struct ftp_connection *c, struct str argument)
{
    const struct ftp_verb_row *row;

    if (argument.len == 0)
        return help_all(c);
    for (size_t i = 0; (row = ftp_verb_at(i)) != NULL; i++)
        if (str_same_word(argument, row->name))
            return ftp_say(c, 214, "%s", row->usage);
    return ftp_say(c, 501, "There is no such verb.");
}
