/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generate.c - `convoy generate …`: keys, password hashes, names, passwords.
 */
#include "account/hash.h"
#include "base/random.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "keys/secret.h"
#include "main/command.h"
#include "main/generate_private.h"
#include "main/secret_input.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PASSWORD_LENGTH = 20, MOST_LENGTH = 128 };

static const char help[] =
    "usage: convoy generate WHAT\n"
    "\n"
    "  ssh-key [--type ed25519|ecdsa|rsa] [--bits N] [--comment TEXT] [FILE]\n"
    "      Make a key pair: FILE (which must not be there yet) and FILE.pub;\n"
    "      without FILE the private half goes to standard output and the\n"
    "      public line to standard error. ecdsa has 256, 384 or 521 bits, rsa\n"
    "      3072 or 4096.\n"
    "  tls-certificate --host-name NAME... [--days N] [FILE]\n"
    "      Make a key and a certificate that vouches for itself, for one or\n"
    "      several host names or IP addresses, good for 365 or N days: FILE\n"
    "      (which must not be there yet) or standard output has both, as a\n"
    "      vault item of type private-certificate wants them.\n"
    "  password-hash [--scheme SCHEME]\n"
    "      Hash the password that is typed or piped in, by crypt-sha512 (the\n"
    "      default), crypt-sha256, pbkdf2_sha512, pbkdf2_sha256 or yescrypt.\n"
    "  uuid\n"
    "      Print a random UUID, such as the ID of an account.\n"
    "  password [--length N]\n"
    "      Print a random password of 20 or N characters.\n";

int
generate_fail_usage(const char *what)
{
    fprintf(stderr, "convoy generate: %s (see convoy generate --help)\n", what);
    return 2;
}

int
generate_fail_reported(void)
{
    fprintf(stderr, "convoy generate: %s\n", fail_reason());
    return 1;
}

/* 0, or 1 when the output did not take it. */
static int
print_line(const char *text)
{
    if (puts(text) >= 0 && fflush(stdout) == 0)
        return 0;
    perror("convoy generate: standard output");
    return 1;
}

enum status
generate_write_all(int file, const char *path, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.data, bytes.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail_errno(errno, "cannot write '%s'", path);
        bytes = str_from_offset(bytes, (size_t)done);
    }
    return OK;
}

enum status
generate_write_new(const char *path, mode_t mode, struct str bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (file < 0)
        return fail_errno(errno, "cannot make '%s'", path);
    enum status status = generate_write_all(file, path, bytes);
    if (status == OK && fsync(file) != 0)
        status = fail_errno(errno, "cannot sync '%s'", path);
    if (close(file) != 0 && status == OK)
        status = fail_errno(errno, "cannot write '%s'", path);
    if (status != OK)
        unlink(path);
    return status;
}

static enum status
write_pair(const char *path, struct str private, struct str public)
{
    AUTO(buffer_done) struct buffer name = BUFFER(4096);

    TRY(buffer_addf(&name, "%s.pub", path));
    const char *public_path = buffer_text(&name);
    if (public_path == NULL)
        return fail(ERR_MEMORY, "no memory for a path");
    TRY(generate_write_new(path, 0600, private));
    enum status status = generate_write_new(public_path, 0644, public);
    if (status != OK)
        unlink(path);
    return status;
}

static enum status print_pair(struct str private, struct str public)
{
    TRY(generate_write_all(STDOUT_FILENO, "standard output", private));
    return generate_write_all(STDERR_FILENO, "standard error", public);
}

struct key_wish {
    enum key_type type;
    unsigned bits;
    const char *comment;
    const char *path; /* NULL: print it */
};

static int
make_key(const struct key_wish *wish)
{
    AUTO(secret_done) struct buffer private = BUFFER(0);
    AUTO(buffer_done) struct buffer public = BUFFER(KEYS_LINE);

    if (private_key_generate(wish->type, wish->bits, wish->comment, &private,
                             &public) != OK)
        return generate_fail_reported();
    enum status status =
        wish->path
            ? write_pair(wish->path, buffer_str(&private), buffer_str(&public))
            : print_pair(buffer_str(&private), buffer_str(&public));
    return status == OK ? 0 : generate_fail_reported();
}

static bool
find_type(const char *name, enum key_type *type_out)
{
    static const struct {
        const char *name;
        enum key_type type;
    } types[] = {
        { "ed25519", KEY_ED25519 },
        { "ecdsa", KEY_ECDSA },
        { "rsa", KEY_RSA },
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(name, types[i].name) == 0) {
            *type_out = types[i].type;
            return true;
        }
    return false;
}

static int
generate_ssh_key(int argc, char **argv)
{
    static const struct option options[] = {
        { "type", required_argument, NULL, 't' },
        { "bits", required_argument, NULL, 'b' },
        { "comment", required_argument, NULL, 'C' },
        { 0 },
    };
    struct key_wish wish = { KEY_ED25519, 0, "", NULL };
    uint64_t bits;
    int letter;

    while ((letter = getopt_long(argc, argv, "t:b:C:", options, NULL)) != -1)
        switch (letter) {
        case 't':
            if (!find_type(optarg, &wish.type))
                return generate_fail_usage("the type is ed25519, ecdsa or rsa");
            break;
        case 'b':
            if (!str_to_number(str_of(optarg), 65536, &bits) || bits == 0)
                return generate_fail_usage("--bits takes a number");
            wish.bits = (unsigned)bits;
            break;
        case 'C': wish.comment = optarg; break;
        default: return generate_fail_usage("unknown option");
        }
    if (argc - optind > 1)
        return generate_fail_usage("more than one file");
    wish.path = argv[optind];
    return make_key(&wish);
}

static int
generate_password_hash(int argc, char **argv)
{
    static const struct option options[] = {
        { "scheme", required_argument, NULL, 's' },
        { 0 },
    };
    AUTO(secret_done) struct buffer password = BUFFER(0);
    const char *scheme = password_scheme(0);
    char hash[HASH_TEXT];
    int letter;

    while ((letter = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
        if (letter != 's')
            return generate_fail_usage("unknown option");
        scheme = optarg;
    }
    if (optind != argc)
        return generate_fail_usage(
            "a password is typed or piped in, never an argument");
    /* Before asking: a scheme that is not there is told at once. */
    if (password_hash_dummy(scheme, hash) == ERR_UNSUPPORTED)
        return generate_fail_usage(fail_reason());
    if (secret_input("Password to hash", &password) != OK ||
        password_hash_make(scheme, buffer_str(&password), hash) != OK)
        return generate_fail_reported();
    return print_line(hash);
}

static int
generate_uuid(int argc, char **argv)
{
    char text[UUID_TEXT];

    (void)argv;
    if (argc != 1)
        return generate_fail_usage("uuid takes no arguments");
    random_uuid(text);
    return print_line(text);
}

static int
generate_password(int argc, char **argv)
{
    static const struct option options[] = {
        { "length", required_argument, NULL, 'l' },
        { 0 },
    };
    char text[MOST_LENGTH + 1];
    uint64_t length = PASSWORD_LENGTH;
    int letter;

    while ((letter = getopt_long(argc, argv, "l:", options, NULL)) != -1)
        if (letter != 'l' ||
            !str_to_number(str_of(optarg), MOST_LENGTH, &length) || length < 8)
            return generate_fail_usage("--length takes a number from 8 to 128");
    if (optind != argc)
        return generate_fail_usage("password takes no arguments");
    random_password(text, length);
    int code = print_line(text);
    OPENSSL_cleanse(text, sizeof text);
    return code;
}

static const struct product {
    const char *name;
    int (*generate)(int argc, char **argv);
} products[] = {
    { "ssh-key", generate_ssh_key },
    { "tls-certificate", generate_tls_certificate },
    { "password-hash", generate_password_hash },
    { "uuid", generate_uuid },
    { "password", generate_password },
};

int
command_generate(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0)
            return fputs(help, stdout) < 0;
    if (argc < 2) {
        fputs(help, stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        if (strcmp(argv[1], products[i].name) == 0)
            return products[i].generate(argc - 1, argv + 1);
    return generate_fail_usage("that is not something to generate");
}
