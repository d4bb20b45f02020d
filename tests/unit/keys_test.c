/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys_test.c - which SSH keys are taken, and what is done with private ones.
 */
#include "base/wire.h"
#include "keys/base64.h"
#include "keys/check.h"
#include "keys/host_keys.h"
#include "keys/key_file.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "keys/secret.h"
#include "keys/vault.h"
#include "sample_keys.h"
#include "test.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const lines[] = {
    KEY_LINE_ED25519, KEY_LINE_P256,    KEY_LINE_P384,
    KEY_LINE_P521,    KEY_LINE_RSA2048,
};
enum { LINES = sizeof lines / sizeof *lines };

static enum status
parse(const char *line)
{
    struct public_key key = PUBLIC_KEY;
    enum status status = public_key_parse(str_of(line), &key);

    if (status == OK)
        public_key_done(&key);
    return status;
}

/* The wire form of a good line. */
static struct public_key
key_of(const char *line)
{
    struct public_key key = PUBLIC_KEY;

    EXPECT_OK(public_key_parse(str_of(line), &key));
    return key;
}

static bool
reason_has(const char *words)
{
    return strstr(fail_reason(), words) != NULL;
}

TEST(ed25519_ecdsa_and_rsa_keys_are_taken)
{
    for (size_t i = 0; i < LINES; i++)
        EXPECT_OK(parse(lines[i]));
}

TEST(the_comment_of_a_key_line_is_told)
{
    struct public_key key = key_of(KEY_LINE_ED25519 "  alice@example two ");

    EXPECT_TEXT(key.type, "ssh-ed25519");
    EXPECT(str_is(key.comment, "alice@example two"));
    public_key_done(&key);
}

TEST(a_fingerprint_is_the_one_that_ssh_keygen_prints)
{
    struct public_key key = key_of(KEY_LINE_ED25519);
    char text[FINGERPRINT_TEXT];

    public_key_fingerprint(buffer_str(&key.blob), text);
    EXPECT_TEXT(text, "SHA256:NhtXRcJ+VOu3AYCDxxFBA0EIA157z7CP7D+Bk2tHx18");
    public_key_done(&key);
}

TEST(options_in_front_of_a_key_refuse_it)
{
    EXPECT_STATUS(parse("restrict " KEY_LINE_ED25519), ERR_UNSUPPORTED);
    EXPECT(reason_has("options"));
    EXPECT_STATUS(
        parse("command=\"/bin/x \\\"ssh-rsa y\",no-pty " KEY_LINE_P256),
        ERR_UNSUPPORTED);
    EXPECT(reason_has("options"));
    EXPECT_STATUS(parse("from=\"10.0.0.0/8\"\t" KEY_LINE_RSA2048),
                  ERR_UNSUPPORTED);
    EXPECT(reason_has("options"));
}

TEST(keys_of_other_kinds_are_refused_with_their_reason)
{
    EXPECT_STATUS(parse(KEY_LINE_DSA), ERR_UNSUPPORTED);
    EXPECT(reason_has("DSA"));
    EXPECT_STATUS(parse(KEY_LINE_RSA1024), ERR_UNSUPPORTED);
    EXPECT(reason_has("1024 bits"));
    EXPECT_STATUS(parse("sk-ssh-ed25519@openssh.com AAAA"), ERR_UNSUPPORTED);
    EXPECT(reason_has("token"));
    EXPECT_STATUS(parse("ssh-ed25519-cert-v01@openssh.com AAAA"),
                  ERR_UNSUPPORTED);
    EXPECT(reason_has("certificates"));
    EXPECT_STATUS(parse("-----BEGIN CERTIFICATE-----"), ERR_INVALID);
    EXPECT_STATUS(parse("ssh-ed448 AAAA"), ERR_INVALID);
}

TEST(base64_that_is_not_strict_is_no_key)
{
    EXPECT_STATUS(parse("ssh-ed25519"), ERR_INVALID);
    EXPECT_STATUS(parse("ssh-ed25519 AAAAC3NzaC1…KEY acme"), ERR_INVALID);
    EXPECT_STATUS(parse(KEY_LINE_ED25519 "=="), ERR_INVALID);
    EXPECT_STATUS(parse("ssh-ed25519 \"AAAAC3NzaC1lZDI1NTE5 AAAAIA==\""),
                  ERR_INVALID);
}

TEST(base64_has_one_spelling_only)
{
    static const char *const wrong[] = {
        "QQ",    "QQ=",  "QR==", "Q===",    "QQ==\n",
        " QQ==", "Q Q=", "====", "QUI=QUI="
    };
    struct buffer out = BUFFER(64);

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT_STATUS(base64_decode(str_of(wrong[i]), &out), ERR_INVALID);
    EXPECT(buffer_len(&out) == 0);
    EXPECT_OK(base64_decode(STR("QQ=="), &out));
    EXPECT_OK(base64_decode(STR(""), &out));
    EXPECT_OK(base64_decode(STR("QkNE"), &out));
    EXPECT(str_is(buffer_str(&out), "ABCD"));
    buffer_done(&out);
}

TEST(a_key_whose_own_type_is_another_is_refused)
{
    struct public_key key = key_of(KEY_LINE_P256);
    struct str blob = buffer_str(&key.blob);

    EXPECT_OK(public_key_check(STR("ecdsa-sha2-nistp256"), blob));
    EXPECT_STATUS(public_key_check(STR("ecdsa-sha2-nistp384"), blob),
                  ERR_INVALID);
    EXPECT_STATUS(public_key_check(STR("ssh-ed25519"), blob), ERR_INVALID);
    EXPECT_STATUS(public_key_check(STR(""), blob), ERR_INVALID);
    EXPECT_STATUS(public_key_check(STR("ssh-ed25519"), STR("")), ERR_INVALID);
    public_key_done(&key);
}

TEST(a_key_cut_anywhere_or_with_more_behind_it_is_refused)
{
    for (size_t i = 0; i < LINES; i++) {
        struct public_key key = key_of(lines[i]);
        struct str blob = buffer_str(&key.blob);
        struct str type = str_of(key.type);

        for (size_t len = 0; len < blob.len; len++)
            EXPECT(public_key_check(type, str_from(blob.data, len)) != OK);
        EXPECT_OK(buffer_add(&key.blob, STR("x")));
        EXPECT(public_key_check(type, buffer_str(&key.blob)) != OK);
        public_key_done(&key);
    }
}

TEST(a_point_that_is_not_on_its_curve_is_refused)
{
    struct public_key key = key_of(KEY_LINE_P256);
    char *last = key.blob.data + key.blob.end - 1;

    *last ^= 1;
    EXPECT_STATUS(public_key_check(str_of(key.type), buffer_str(&key.blob)),
                  ERR_INVALID);
    EXPECT(reason_has("not on the curve"));
    public_key_done(&key);
}

/* ssh-rsa of the given exponent and modulus. */
static enum status
check_rsa(struct str exponent, struct str modulus)
{
    struct buffer blob = BUFFER(8192);

    EXPECT_OK(add_string(&blob, STR("ssh-rsa")));
    EXPECT_OK(add_string(&blob, exponent));
    EXPECT_OK(add_string(&blob, modulus));
    enum status status = public_key_check(STR("ssh-rsa"), buffer_str(&blob));
    buffer_done(&blob);
    return status;
}

TEST(rsa_numbers_must_be_positive_odd_and_in_their_shortest_form)
{
    char modulus[2 + 256];

    memset(modulus, 0xff, sizeof modulus);
    modulus[0] = modulus[1] = 0;
    struct str right = str_from(modulus + 1, 257);
    EXPECT_OK(check_rsa(STR("\1\0\1"), right));
    EXPECT_OK(check_rsa(STR("\3"), right));
    EXPECT(check_rsa(STR("\1"), right) != OK);
    EXPECT(check_rsa(STR("\2"), right) != OK);
    EXPECT(check_rsa(STR("\0\3"), right) != OK);
    EXPECT(check_rsa(STR(""), right) != OK);
    EXPECT(check_rsa(STR("\x83"), right) != OK);
    EXPECT(check_rsa(STR("\7\1\1\1\1\1\1\1\1"), right) != OK);
    EXPECT(check_rsa(STR("\3"), str_from(modulus, 258)) != OK);
    EXPECT(check_rsa(STR("\3"), str_from(modulus + 2, 256)) != OK);
    EXPECT(check_rsa(STR("\3"), str_from(modulus + 1, 256)) != OK);
    modulus[257] = 2;
    EXPECT(check_rsa(STR("\3"), right) != OK);
}

static enum status
find(const char *text, const char *line)
{
    struct public_key key = key_of(line);
    enum status status =
        public_key_find(str_of(text), str_of(key.type), buffer_str(&key.blob));

    public_key_done(&key);
    return status;
}

TEST(a_key_is_found_among_comments_broken_lines_and_others)
{
    static const char text[] = "# keys of alice\n\n"
                               "ssh-ed25519 broken\r\n"
                               "\t" KEY_LINE_P256 " x\r\n"
                               "#" KEY_LINE_P521 "\n" KEY_LINE_ED25519;

    EXPECT_OK(find(text, KEY_LINE_P256));
    EXPECT_OK(find(text, KEY_LINE_ED25519));
    EXPECT_STATUS(find(text, KEY_LINE_P384), ERR_NOT_FOUND);
    EXPECT_STATUS(find(text, KEY_LINE_P521), ERR_NOT_FOUND);
    EXPECT_STATUS(find("", KEY_LINE_P384), ERR_NOT_FOUND);
}

TEST(a_key_is_not_found_in_the_comment_of_another)
{
    EXPECT_STATUS(find(KEY_LINE_P256 " " KEY_LINE_ED25519, KEY_LINE_ED25519),
                  ERR_NOT_FOUND);
}

TEST(a_key_that_is_listed_with_options_is_not_let_in_without_them)
{
    EXPECT_STATUS(find("restrict " KEY_LINE_P256, KEY_LINE_P256),
                  ERR_UNSUPPORTED);
    EXPECT(reason_has("options"));
}

TEST(more_than_a_thousand_keys_or_a_mebibyte_are_not_read)
{
    struct buffer text = BUFFER(4 * (size_t)KEYS_BYTES);

    for (int i = 0; i < KEYS_COUNT; i++)
        EXPECT_OK(buffer_addf(&text, "%s\n# and\n", KEY_LINE_P256));
    size_t thousand = buffer_len(&text);
    EXPECT_OK(buffer_addf(&text, "%s\n", KEY_LINE_ED25519));
    EXPECT_STATUS(find(buffer_text(&text), KEY_LINE_ED25519), ERR_NOT_FOUND);
    EXPECT_OK(find(buffer_text(&text), KEY_LINE_P256));
    buffer_cut(&text, thousand - 2);

    struct key_lines walk = key_lines_of(buffer_str(&text));
    struct str line;
    while (key_lines_next(&walk, &line))
        continue;
    EXPECT(walk.count == KEYS_COUNT && !key_lines_are_broken(&walk));

    buffer_clear(&text);
    EXPECT_OK(buffer_addf(&text, "%s\n", KEY_LINE_P256));
    while (buffer_len(&text) <= KEYS_BYTES)
        EXPECT_OK(buffer_addf(&text, "#%1000s\n", ""));
    EXPECT_STATUS(find(buffer_text(&text), KEY_LINE_P256), ERR_LIMIT);
    buffer_done(&text);
}

TEST(a_line_of_more_than_16_kib_is_no_key)
{
    struct buffer text = BUFFER(4 * (size_t)KEYS_LINE);

    EXPECT_OK(buffer_addf(&text, "%s %*s", KEY_LINE_P256, KEYS_LINE, "x"));
    EXPECT_STATUS(parse(buffer_text(&text)), ERR_LIMIT);
    buffer_done(&text);
}

/* Private keys. */

static enum status
check_private(struct str text)
{
    struct buffer blob = BUFFER(KEYS_LINE);
    enum status status = private_key_check(text, &blob);

    buffer_done(&blob);
    return status;
}

static const struct made {
    enum key_type type;
    unsigned bits;
    const char *name;
} kinds[] = {
    { KEY_ED25519, 0, "ssh-ed25519 " },
    { KEY_ECDSA, 0, "ecdsa-sha2-nistp256 " },
    { KEY_ECDSA, 384, "ecdsa-sha2-nistp384 " },
    { KEY_ECDSA, 521, "ecdsa-sha2-nistp521 " },
    { KEY_RSA, 3072, "ssh-rsa " },
};

TEST(a_key_that_is_made_can_be_read_back_and_fits_its_public_line)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct buffer secret = BUFFER(0);
        struct buffer public = BUFFER(KEYS_LINE);
        struct buffer blob = BUFFER(KEYS_LINE);

        EXPECT_OK(private_key_generate(kinds[i].type, kinds[i].bits, "a b",
                                       &secret, &public));
        EXPECT(str_starts(buffer_str(&public), str_of(kinds[i].name)));
        EXPECT_OK(private_key_check(buffer_str(&secret), &blob));
        struct public_key key = PUBLIC_KEY;
        struct str line = str_trim(buffer_str(&public));
        EXPECT_OK(public_key_parse(line, &key));
        EXPECT(str_equal(buffer_str(&key.blob), buffer_str(&blob)));
        EXPECT(str_is(key.comment, "a b"));
        public_key_done(&key);
        secret_done(&secret);
        buffer_done(&public);
        buffer_done(&blob);
    }
}

TEST(sizes_and_comments_that_no_key_has_are_refused)
{
    struct buffer secret = BUFFER(0);
    struct buffer public = BUFFER(KEYS_LINE);

    EXPECT_STATUS(private_key_generate(KEY_RSA, 1024, "", &secret, &public),
                  ERR_UNSUPPORTED);
    EXPECT_STATUS(private_key_generate(KEY_ECDSA, 255, "", &secret, &public),
                  ERR_UNSUPPORTED);
    EXPECT_STATUS(
        private_key_generate(KEY_ED25519, 0, "a\nb", &secret, &public),
        ERR_INVALID);
    buffer_done(&public);
}

TEST(a_private_key_cut_at_any_line_is_refused)
{
    struct buffer secret = BUFFER(0);
    struct buffer public = BUFFER(KEYS_LINE);

    EXPECT_OK(private_key_generate(KEY_ED25519, 0, "", &secret, &public));
    struct str text = buffer_str(&secret);
    for (size_t len = 0; len < text.len - 2; len += 7)
        EXPECT(check_private(str_from(text.data, len)) != OK);
    buffer_done(&public);
    secret_done(&secret);
}

TEST(two_keys_in_one_text_are_refused)
{
    struct buffer secret = BUFFER(0);
    struct buffer public = BUFFER(KEYS_LINE);
    struct buffer both = BUFFER(65536);

    EXPECT_OK(private_key_generate(KEY_ED25519, 0, "", &secret, &public));
    EXPECT_OK(buffer_add(&both, buffer_str(&secret)));
    EXPECT_OK(check_private(buffer_str(&both)));
    EXPECT_OK(buffer_add(&both, buffer_str(&secret)));
    EXPECT_STATUS(check_private(buffer_str(&both)), ERR_UNSUPPORTED);
    buffer_done(&both);
    buffer_done(&public);
    secret_done(&secret);
}

/* Write the key as OpenSSL does and see what we say. */
typedef int write_pem(BIO *, EVP_PKEY *);

static int
write_pkcs8(BIO *to, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(to, key, NULL, NULL, 0, NULL, NULL);
}

static int
write_encrypted(BIO *to, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(to, key, EVP_aes_256_cbc(), "secret",
                                         6, NULL, NULL);
}

static int
write_traditional(BIO *to, EVP_PKEY *key)
{
    return PEM_write_bio_PrivateKey_traditional(to, key, NULL, NULL, 0, NULL,
                                                NULL);
}

static enum status
check_pem(EVP_PKEY *key, write_pem *write, const char *begin)
{
    BIO *to = BIO_new(BIO_s_mem());
    char *text;

    EXPECT(write(to, key) == 1);
    long len = BIO_get_mem_data(to, &text);
    EXPECT(str_starts(str_from(text, (size_t)len), str_of(begin)));
    enum status status = check_private(str_from(text, (size_t)len));
    BIO_free(to);
    EVP_PKEY_free(key);
    return status;
}

TEST(pkcs1_pkcs8_and_sec1_are_read)
{
    EXPECT_OK(check_pem(EVP_RSA_gen(2048), write_traditional,
                        "-----BEGIN RSA PRIVATE KEY"));
    EXPECT_OK(check_pem(EVP_EC_gen("P-384"), write_traditional,
                        "-----BEGIN EC PRIVATE KEY"));
    EXPECT_OK(check_pem(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), write_pkcs8,
                        "-----BEGIN PRIVATE KEY"));
    EXPECT_OK(
        check_pem(EVP_EC_gen("P-521"), write_pkcs8, "-----BEGIN PRIVATE KEY"));
}

TEST(private_keys_that_cannot_be_used_are_refused_with_their_reason)
{
    EXPECT_STATUS(check_pem(EVP_EC_gen("P-256"), write_encrypted,
                            "-----BEGIN ENCRYPTED PRIVATE KEY"),
                  ERR_UNSUPPORTED);
    EXPECT(reason_has("encrypted"));
    EXPECT_STATUS(check_pem(EVP_RSA_gen(1024), write_traditional, "-----"),
                  ERR_UNSUPPORTED);
    EXPECT_STATUS(check_pem(EVP_EC_gen("secp256k1"), write_pkcs8, "-----"),
                  ERR_UNSUPPORTED);
    EXPECT_STATUS(
        check_pem(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), write_pkcs8, "-----"),
        ERR_UNSUPPORTED);
    EXPECT_STATUS(check_private(STR(KEY_LINE_ED25519)), ERR_INVALID);
}

/* Configurations. */

static struct config *config;
static struct report report;

static void
write_file(const char *name, struct str text)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT(file >= 0);
    EXPECT(write(file, text.data, text.len) == (ssize_t)text.len);
    close(file);
}

static void
configure(const char *text)
{
    config_unref(&config);
    report_done(&report);
    report = (struct report){ 0 };
    EXPECT_OK(config_parse(str_of(text), test_folder(), &report, &config));
}

TEARDOWN()
{
    config_unref(&config);
    report_done(&report);
    report = (struct report){ 0 };
}

static const struct section *
service(void)
{
    return config_at(config, "services", 0);
}

/* An Ed25519 key, indented as a value of several lines. */
static void
add_key_value(struct buffer *text)
{
    struct buffer secret = BUFFER(0);
    struct buffer public = BUFFER(KEYS_LINE);

    EXPECT_OK(private_key_generate(KEY_ED25519, 0, "", &secret, &public));
    struct str rest = buffer_str(&secret);
    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');
        EXPECT_OK(buffer_addf(text, "    %.*s\n", STR_ARG(line)));
    }
    secret_done(&secret);
    buffer_done(&public);
}

static void
write_key_file(const char *name)
{
    struct buffer secret = BUFFER(0);
    struct buffer public = BUFFER(KEYS_LINE);

    EXPECT_OK(private_key_generate(KEY_ECDSA, 0, "", &secret, &public));
    write_file(name, buffer_str(&secret));
    secret_done(&secret);
    buffer_done(&public);
}

TEST(host_keys_come_from_the_vault_inline_and_from_files)
{
    struct buffer text = BUFFER(65536);
    struct host_keys *keys = NULL;

    write_key_file("host.key");
    EXPECT_OK(buffer_addf(
        &text, "[services/a]\ntype = ssh\nport = 0\n"
               "ssh_server_keys = one, two\n"
               "[vault-items/two]\ntype = ssh-private\n"
               "content = external-file:host.key\n"
               "[vault-items/one]\ntype = ssh-private\ncontent =\n"));
    add_key_value(&text);
    configure(buffer_text(&text));
    EXPECT_OK(host_keys_load(service(), &keys));
    EXPECT(host_keys_count(keys) == 2);
    EXPECT_OK(check_private(host_keys_pem(keys, 0)));
    EXPECT(str_starts(host_keys_pem(keys, 1), STR("-----BEGIN OPENSSH")));
    host_keys_free(&keys);
    keys_check(config, &report);
    EXPECT(report.errors == 0);
    buffer_done(&text);
}

TEST(a_service_without_host_keys_has_those_of_the_server)
{
    struct host_keys *keys = NULL;

    write_key_file("host.key");
    configure("[server]\nssh_server_keys = one\n"
              "[services/a]\ntype = ssh\nport = 0\n"
              "[vault-items/one]\ntype = ssh-private\n"
              "content = external-file:host.key\n");
    EXPECT_OK(host_keys_load(service(), &keys));
    EXPECT(host_keys_count(keys) == 1);
    host_keys_free(&keys);
}

TEST(host_keys_may_be_named_by_their_paths_as_before_the_vault)
{
    struct host_keys *keys = NULL;

    write_key_file("a.key");
    write_key_file("b.key");
    configure("[services/a]\ntype = ssh\nport = 0\n"
              "ssh_host_private_keys = a.key\n    b.key\n");
    EXPECT_OK(host_keys_load(service(), &keys));
    EXPECT(host_keys_count(keys) == 2);
    host_keys_free(&keys);
}

TEST(a_service_without_any_host_key_is_told_so_with_its_line)
{
    struct host_keys *keys = NULL;

    configure("[server]\n[services/a]\ntype = ssh\nport = 0\n");
    EXPECT_STATUS(host_keys_load(service(), &keys), ERR_NOT_FOUND);
    EXPECT(reason_has("server.ini:2: "));
    EXPECT(keys == NULL);
    keys_check(config, &report);
    EXPECT(report.errors == 1 && report.lines[report.count - 1].line == 2);
}

TEST(a_host_key_that_cannot_be_used_is_told_with_its_line)
{
    struct host_keys *keys = NULL;

    write_file("wrong.key", STR("nonsense\n"));
    configure("[services/a]\ntype = ssh\nport = 0\nssh_server_keys = one\n"
              "[vault-items/one]\ntype = ssh-private\n"
              "content = external-file:wrong.key\n");
    EXPECT_STATUS(host_keys_load(service(), &keys), ERR_INVALID);
    EXPECT(reason_has("server.ini:4: "));
    EXPECT(reason_has("no private key"));
    keys_check(config, &report);
    EXPECT(report.errors == 1 && report.lines[report.count - 1].line == 7);
}

TEST(a_missing_file_of_an_item_that_nothing_uses_yet_is_only_a_warning)
{
    configure("[vault-items/tls]\ntype = private-certificate\n"
              "content = external-file:nowhere.pem\n");
    size_t before = report.warnings;
    keys_check(config, &report);
    EXPECT(report.errors == 0 && report.warnings == before + 1);
    EXPECT(report.lines[report.count - 1].line == 3);
}

TEST(a_vault_item_of_another_type_is_refused)
{
    struct buffer text = BUFFER(0);

    configure("[vault-items/a]\ntype = ssh-public\ncontent = x\n");
    EXPECT_STATUS(vault_read(config, "a", "ssh-private", &text), ERR_INVALID);
    EXPECT_STATUS(vault_read(config, "b", "ssh-private", &text), ERR_NOT_FOUND);
}

TEST(key_files_must_be_regular_and_not_too_large)
{
    struct buffer text = BUFFER(0);
    char path[4096];

    write_file("five", STR("12345"));
    snprintf(path, sizeof path, "%s/five", test_folder());
    EXPECT_STATUS(key_file_read(path, 4, &text), ERR_LIMIT);
    EXPECT_OK(key_file_read(path, 5, &text));
    EXPECT(str_is(buffer_str(&text), "12345"));
    secret_done(&text);
    EXPECT_STATUS(key_file_read(test_folder(), 5, &text), ERR_IS_FOLDER);
    EXPECT_STATUS(key_file_read("/dev/zero", 5, &text), ERR_INVALID);
    snprintf(path, sizeof path, "%s/pipe", test_folder());
    EXPECT(mkfifo(path, 0600) == 0);
    EXPECT_STATUS(key_file_read(path, 5, &text), ERR_INVALID);
    EXPECT_STATUS(key_file_read("/nowhere", 5, &text), ERR_NOT_FOUND);
}
