/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.c - `convoy account …`: the accounts of a server.ini.
 */
#include "account/account_file.h"
#include "account/hash.h"
#include "account/name.h"
#include "account/password_rules.h"
#include "base/clock.h"
#include "base/random.h"
#include "keys/key_file.h"
#include "keys/public_key.h"
#include "keys/secret.h"
#include "main/account_list.h"
#include "main/command.h"
#include "main/secret_input.h"

#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <unistd.h>

enum { GENERATED = 20, MOST_FIELDS = 8 };

static const char help[] =
    "usage: convoy account WHAT -c FILE …\n"
    "\n"
    "  add -c FILE [--group GROUP] [--home PATH] [--key FILE]\n"
    "      [--password-stdin | --generate-password] NAME\n"
    "      Add an account. Its password is asked for, read from standard\n"
    "      input, or made and printed; with --key alone it has none.\n"
    "  set-password -c FILE [--password-stdin | --generate-password] NAME\n"
    "  disable -c FILE NAME\n"
    "  enable -c FILE NAME\n"
    "  list -c FILE [--json]\n"
    "\n"
    "FILE is a server.ini; everything else in it stays as it is.\n";

struct wish {
    const char *file;
    const char *name;
    const char *group;
    const char *home;
    const char *key_file;
    bool from_stdin;
    bool is_generated;
    bool as_json;
};

static int
fail_usage(const char *what)
{
    fprintf(stderr, "convoy account: %s (see convoy account --help)\n", what);
    return 2;
}

/* The exit code of what was to be done. */
static int
end(enum status status)
{
    if (status == OK)
        return 0;
    fprintf(stderr, "convoy account: %s\n", fail_reason());
    return 1;
}

static enum status
read_password(const struct wish *wish, const struct section *server,
              struct buffer *password)
{
    char text[PASSWORD_BYTES + 1];
    size_t least = section_number(server, "password_minimum_length");

    if (!wish->is_generated) {
        TRY(secret_input("New password", password));
        return password_rules_check(server, str_of(wish->name),
                                    buffer_str(password));
    }
    size_t len = least > GENERATED ? least : GENERATED;
    TRY(secret_new(PASSWORD_BYTES, password));
    random_password(text, len < PASSWORD_BYTES ? len : PASSWORD_BYTES);
    enum status status = buffer_add(password, str_of(text));
    OPENSSL_cleanse(text, sizeof text);
    return status;
}

static enum status
make_hash(const struct config *config, const struct wish *wish,
          struct buffer *password, char hash[HASH_TEXT])
{
    const struct section *server = config_server(config);

    TRY(read_password(wish, server, password));
    return password_hash_make(section_text(server, "password_hashing_scheme"),
                              buffer_str(password), hash);
}

/* Every line of the file must be a key that will be accepted. */
static enum status
read_keys(const char *path, struct buffer *text_out)
{
    struct str line;
    char why[256];

    TRY(key_file_read(path, KEYS_BYTES, text_out));
    struct key_lines lines = key_lines_of(buffer_str(text_out));
    while (key_lines_next(&lines, &line)) {
        struct public_key key = PUBLIC_KEY;
        enum status status = public_key_parse(line, &key);

        public_key_done(&key);
        if (status == OK)
            continue;
        snprintf(why, sizeof why, "%s", fail_reason());
        return fail(status, "%s:%zu: %s", path, lines.line, why);
    }
    if (key_lines_are_broken(&lines))
        return ERR_LIMIT;
    return lines.count > 0 ? OK
                           : fail(ERR_INVALID, "'%s' has no key in it", path);
}

/* What is generated is told once the account has it, and nowhere else. */
static void
tell_password(const struct wish *wish, const struct buffer *password)
{
    if (wish->is_generated)
        printf("%.*s\n", STR_ARG(buffer_str(password)));
    fflush(stdout);
}

/* What proves that somebody is the account. */
struct proof {
    struct buffer password;
    struct buffer keys;
    char hash[HASH_TEXT]; /* "": no password */
};

static void
proof_done(struct proof *proof)
{
    secret_done(&proof->password);
    secret_done(&proof->keys);
}

static enum status
read_proof(const struct wish *wish, const struct config *config,
           struct proof *proof)
{
    if (wish->key_file != NULL)
        TRY(read_keys(wish->key_file, &proof->keys));
    if (wish->key_file == NULL || wish->from_stdin || wish->is_generated)
        TRY(make_hash(config, wish, &proof->password, proof->hash));
    return OK;
}

static void
add_field(struct account_field fields[MOST_FIELDS], size_t *count,
          const char *option, struct str value)
{
    if (value.len == 0)
        return;
    fields[*count] = (struct account_field){ option, value };
    *count += 1;
}

static enum status
add_account(const struct wish *wish, const struct config *config)
{
    AUTO(proof_done) struct proof proof = { 0 };
    struct account_field fields[MOST_FIELDS];
    char moment[MOMENT_TEXT];
    size_t count = 0;

    TRY(account_name_check(str_of(wish->name)));
    TRY(read_proof(wish, config, &proof));
    add_field(fields, &count, "group", str_of(wish->group));
    add_field(fields, &count, "home_folder_path", str_of(wish->home));
    add_field(fields, &count, "password", str_of(proof.hash));
    if (proof.hash[0] != '\0')
        add_field(fields, &count, "last_password_update",
                  account_moment(clock_wall_ms(clock_real()), moment));
    add_field(fields, &count, "ssh_authorized_keys_content",
              str_trim(buffer_str(&proof.keys)));
    struct account_change change = { .file = wish->file,
                                     .name = wish->name,
                                     .is_new = true,
                                     .fields = fields,
                                     .count = count };
    TRY(account_file_write(&change));
    tell_password(wish, &proof.password);
    return OK;
}

static enum status
change_fields(const struct wish *wish, const struct account_field *fields,
              size_t count)
{
    struct account_change change = {
        .file = wish->file, .name = wish->name, .fields = fields, .count = count
    };

    return account_file_write(&change);
}

static enum status
set_password(const struct wish *wish, const struct config *config)
{
    AUTO(secret_done) struct buffer password = BUFFER(0);
    char hash[HASH_TEXT], moment[MOMENT_TEXT];

    TRY(make_hash(config, wish, &password, hash));
    struct account_field fields[] = {
        { "password", str_of(hash) },
        { "last_password_update",
          account_moment(clock_wall_ms(clock_real()), moment) },
    };
    TRY(change_fields(wish, fields, 2));
    tell_password(wish, &password);
    return OK;
}

static enum status
disable(const struct wish *wish, const struct config *config)
{
    struct account_field field = { "enabled", STR("No") };

    (void)config;
    return change_fields(wish, &field, 1);
}

static enum status
enable(const struct wish *wish, const struct config *config)
{
    struct account_field field = { "enabled", STR("Yes") };

    (void)config;
    return change_fields(wish, &field, 1);
}

enum { C_FILE = 1, C_PASSWORD = 2, C_NEW = 4, C_JSON = 8, C_NAME = 16 };

static const struct task {
    const char *name;
    enum status (*run)(const struct wish *, const struct config *);
    unsigned takes; /* what else than -c FILE */
} tasks[] = {
    { "add", add_account, C_PASSWORD | C_NEW | C_NAME },
    { "set-password", set_password, C_PASSWORD | C_NAME },
    { "disable", disable, C_NAME },
    { "enable", enable, C_NAME },
    { "list", NULL, C_JSON },
};

static const struct option options[] = {
    { "config", required_argument, NULL, 'c' },
    { "group", required_argument, NULL, 'g' },
    { "home", required_argument, NULL, 'h' },
    { "key", required_argument, NULL, 'k' },
    { "password-stdin", no_argument, NULL, 's' },
    { "generate-password", no_argument, NULL, 'r' },
    { "json", no_argument, NULL, 'j' },
    { 0 },
};

/* What a task must take for the option to be allowed; 0: unknown. */
static unsigned
read_option(struct wish *wish, int letter)
{
    switch (letter) {
    case 'c': wish->file = optarg; return C_FILE;
    case 'g': wish->group = optarg; return C_NEW;
    case 'h': wish->home = optarg; return C_NEW;
    case 'k': wish->key_file = optarg; return C_NEW;
    case 's': wish->from_stdin = true; return C_PASSWORD;
    case 'r': wish->is_generated = true; return C_PASSWORD;
    case 'j': wish->as_json = true; return C_JSON;
    default: return 0;
    }
}

/* NULL, or what is wrong with the arguments. */
static const char *
read_arguments(const struct task *task, int argc, char **argv,
               struct wish *wish)
{
    int letter;

    while ((letter = getopt_long(argc, argv, "c:", options, NULL)) != -1)
        if (!(read_option(wish, letter) & (task->takes | C_FILE)))
            return "an option that does not belong here";
    if (wish->file == NULL)
        return "-c FILE is missing";
    if (wish->from_stdin && wish->is_generated)
        return "a password is either read or made";
    if (argc - optind != ((task->takes & C_NAME) != 0))
        return task->takes & C_NAME ? "one NAME is needed"
                                    : "an argument too many";
    wish->name = argv[optind];
    if ((task->takes & C_PASSWORD) && !wish->from_stdin &&
        !wish->is_generated && !wish->key_file && !isatty(STDIN_FILENO))
        return "without a terminal, say --password-stdin or "
               "--generate-password";
    return NULL;
}

/* What is wrong with the file is printed. */
static enum status
load(const char *file, struct config **config_out)
{
    struct report report = { 0 };
    enum status status = config_load(file, &report, config_out);

    if (status != OK)
        report_print(&report, STDERR_FILENO);
    report_done(&report);
    return status;
}

static enum status
run(const struct task *task, const struct wish *wish)
{
    AUTO(config_unref) struct config *config = NULL;

    TRY(load(wish->file, &config));
    if (task->run == NULL)
        return account_list(config, wish->as_json);
    /* Before a password is asked for. */
    TRY(account_file_expect(config, wish->name, (task->takes & C_NEW) != 0));
    return task->run(wish, config);
}

int
command_account(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0)
            return fputs(help, stdout) < 0;
    if (argc < 2) {
        fputs(help, stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(argv[1], tasks[i].name) == 0) {
            struct wish wish = { 0 };
            const char *wrong =
                read_arguments(&tasks[i], argc - 1, argv + 1, &wish);

            return wrong ? fail_usage(wrong) : end(run(&tasks[i], &wish));
        }
    return fail_usage("that is nothing to do with accounts");
}
