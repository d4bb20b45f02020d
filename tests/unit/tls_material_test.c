/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_material_test.c - certificates, keys, authorities and revocation lists
 * of a service.
 */
#include "base/clock.h"
#include "keys/revocation_lists.h"
#include "keys/secret.h"
#include "keys/tls_check.h"
#include "keys/tls_generate.h"
#include "keys/tls_material.h"
#include "keys/tls_pem.h"
#include "test.h"
#include "tls_sample.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sample authority;
static struct sample own; /* signed by it */
static struct config *config;
static struct report report;
static struct tls_material *material;

SETUP()
{
    authority = sample_make("Test CA", NULL);
    own = sample_make("ftp.example", &authority);
}

TEARDOWN()
{
    sample_done(&authority);
    sample_done(&own);
    tls_material_free(&material);
    config_unref(&config);
    report_done(&report);
    report = (struct report){ 0 };
}

static bool
reason_has(const char *words)
{
    return strstr(fail_reason(), words) != NULL;
}

static void
write_file(const char *name, struct str bytes)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL);
    EXPECT(fwrite(bytes.data, 1, bytes.len, file) == bytes.len);
    fclose(file);
}

static void
write_two(const char *name, const char *first, const char *second)
{
    struct buffer text = BUFFER(65536);

    EXPECT_OK(buffer_addf(&text, "%s%s", first, second));
    write_file(name, buffer_str(&text));
    buffer_done(&text);
}

/* A configuration with one service, whose TLS options are these. */
static const struct section *
configure(const char *server, const char *service, const char *rest)
{
    struct buffer text = BUFFER(65536);

    config_unref(&config);
    EXPECT_OK(buffer_addf(&text,
                          "[server]\n%s\n[services/a]\ntype = ftp\nport = 0\n"
                          "%s\n%s\n",
                          server, service, rest));
    EXPECT_OK(config_parse(buffer_str(&text), test_folder(), &report, &config));
    buffer_done(&text);
    return config_section(config, "services", "a");
}

#define ITEM(id, file)                                                         \
    "[vault-items/" id "]\ntype = private-certificate\n"                       \
    "content = external-file:" file "\n"
#define TRUSTED(id, file)                                                      \
    "[vault-items/" id "]\ntype = trusted-certificates\n"                      \
    "content = external-file:" file "\n"

/* ---- certificates ---- */

TEST(a_vault_item_has_chain_and_key_in_any_order)
{
    struct buffer pem = BUFFER(65536);

    EXPECT_OK(buffer_addf(&pem, "%s%s%s", authority.chain, own.private_key,
                          own.chain));
    write_file("both.pem", buffer_str(&pem));
    buffer_done(&pem);
    const struct section *service =
        configure("", "tls_private_certificate = one", ITEM("one", "both.pem"));
    EXPECT_OK(tls_material_load(service, &material));
    EXPECT(tls_material_count(material) == 1);
    struct str chain = tls_material_chain(material, 0);
    EXPECT(str_starts(chain, str_of(own.chain)));
    EXPECT(str_equal(str_from_offset(chain, strlen(own.chain)),
                     str_of(authority.chain)));
    EXPECT(str_starts(tls_material_key(material, 0),
                      STR("-----BEGIN PRIVATE KEY-----")));
}

TEST(several_items_are_several_certificates)
{
    write_two("one.pem", own.chain, own.private_key);
    write_two("two.pem", authority.private_key, authority.chain);
    const struct section *service =
        configure("", "tls_private_certificate = one, two",
                  ITEM("one", "one.pem") ITEM("two", "two.pem"));

    EXPECT_OK(tls_material_load(service, &material));
    EXPECT(tls_material_count(material) == 2);
    EXPECT(str_is(tls_material_chain(material, 1), authority.chain));
}

TEST(a_service_that_names_none_has_the_certificate_of_the_server)
{
    write_two("one.pem", own.chain, own.private_key);
    const struct section *service =
        configure("tls_private_certificate = one", "", ITEM("one", "one.pem"));

    EXPECT_OK(tls_material_load(service, &material));
    EXPECT(tls_material_count(material) == 1);
}

TEST(the_older_options_name_paths)
{
    write_file("chain.pem", str_of(own.chain));
    write_file("key.pem", str_of(own.private_key));
    const struct section *service =
        configure("", "ssl_certificate = chain.pem\nssl_key = key.pem", "");

    EXPECT_OK(tls_material_load(service, &material));
    EXPECT(tls_material_count(material) == 1);
}

TEST(the_older_certificate_may_have_its_key_in_the_same_file)
{
    write_two("both.pem", own.chain, own.private_key);
    EXPECT_OK(tls_material_load(configure("", "ssl_certificate = both.pem", ""),
                                &material));
}

/* The lines of a value go on indented. */
static void
add_indented(struct buffer *out, const char *pem)
{
    struct str rest = str_of(pem);

    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');

        EXPECT_OK(buffer_addf(out, "  %.*s\n", STR_ARG(line)));
    }
}

TEST(the_older_options_may_be_the_text_itself)
{
    struct buffer options = BUFFER(65536);

    EXPECT_OK(buffer_add(&options, STR("ssl_certificate =\n")));
    add_indented(&options, own.chain);
    EXPECT_OK(buffer_add(&options, STR("ssl_key =\n")));
    add_indented(&options, own.private_key);
    EXPECT_OK(
        tls_material_load(configure("", buffer_text(&options), ""), &material));
    buffer_done(&options);
}

static char *
encrypted(const EVP_PKEY *key, bool is_pkcs8)
{
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;
    int done = is_pkcs8
                   ? PEM_write_bio_PKCS8PrivateKey(text, key, EVP_aes_128_cbc(),
                                                   "wonderland", 10, NULL, NULL)
                   : PEM_write_bio_PrivateKey_traditional(
                         text, key, EVP_aes_128_cbc(),
                         (const unsigned char *)"wonderland", 10, NULL, NULL);

    EXPECT(done == 1);
    long len = BIO_get_mem_data(text, &data);
    char *copy = str_copy(str_from(data, (size_t)len));

    BIO_free(text);
    return copy;
}

TEST(an_encrypted_key_is_opened_by_its_password)
{
    for (int is_pkcs8 = 0; is_pkcs8 < 2; is_pkcs8++) {
        char *key = encrypted(own.key, is_pkcs8);

        write_two("both.pem", own.chain, key);
        EXPECT_OK(tls_material_load(configure("",
                                              "ssl_certificate = both.pem\n"
                                              "ssl_key_password = wonderland",
                                              ""),
                                    &material));
        EXPECT(str_starts(tls_material_key(material, 0),
                          STR("-----BEGIN PRIVATE KEY-----")));
        tls_material_free(&material);
        free(key);
    }
}

TEST(a_wrong_or_missing_password_is_told_from_a_missing_key)
{
    char *key = encrypted(own.key, true);

    write_two("both.pem", own.chain, key);
    EXPECT_STATUS(
        tls_material_load(configure("", "ssl_certificate = both.pem", ""),
                          &material),
        ERR_INVALID);
    EXPECT(reason_has("no password is given"));
    EXPECT_STATUS(tls_material_load(configure("",
                                              "ssl_certificate = both.pem\n"
                                              "ssl_key_password = other",
                                              ""),
                                    &material),
                  ERR_INVALID);
    EXPECT(reason_has("does not open"));
    write_file("both.pem", str_of(own.chain));
    EXPECT_STATUS(
        tls_material_load(configure("", "ssl_certificate = both.pem", ""),
                          &material),
        ERR_INVALID);
    EXPECT(reason_has("no private key"));
    free(key);
}

TEST(the_key_of_another_certificate_is_refused_with_its_line)
{
    write_two("mixed.pem", own.chain, authority.private_key);
    EXPECT_STATUS(
        tls_material_load(configure("", "tls_private_certificate = one",
                                    ITEM("one", "mixed.pem")),
                          &material),
        ERR_INVALID);
    EXPECT(reason_has("server.ini:6: tls_private_certificate: "));
    EXPECT(reason_has("another certificate"));
    EXPECT(material == NULL);
}

TEST(a_service_without_any_certificate_is_told_so_with_its_line)
{
    EXPECT_STATUS(tls_material_load(configure("", "", ""), &material),
                  ERR_NOT_FOUND);
    EXPECT(reason_has("server.ini:3: [services/a] has no certificate"));
}

TEST(a_certificate_that_is_named_and_not_there_is_invalid)
{
    EXPECT_STATUS(
        tls_material_load(configure("", "ssl_certificate = nowhere.pem", ""),
                          &material),
        ERR_INVALID);
    EXPECT(reason_has("server.ini:6: ssl_certificate: "));
}

/* A certificate with this key, signed by itself. */
static char *
certificate_of(EVP_PKEY *key)
{
    X509 *certificate = X509_dup(authority.certificate);
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;

    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    PEM_write_bio_X509(text, certificate);
    PEM_write_bio_PrivateKey(text, key, NULL, NULL, 0, NULL, NULL);
    long len = BIO_get_mem_data(text, &data);
    char *copy = str_copy(str_from(data, (size_t)len));

    BIO_free(text);
    X509_free(certificate);
    return copy;
}

TEST(an_rsa_key_of_1024_bits_is_too_weak)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    char *pem = certificate_of(key);

    write_file("weak.pem", str_of(pem));
    EXPECT_STATUS(
        tls_material_load(configure("", "ssl_certificate = weak.pem", ""),
                          &material),
        ERR_INVALID);
    EXPECT(reason_has("1024 bits"));
    free(pem);
    EVP_PKEY_free(key);
}

TEST(an_rsa_key_of_2048_bits_does)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    char *pem = certificate_of(key);

    write_file("good.pem", str_of(pem));
    EXPECT_OK(tls_material_load(configure("", "ssl_certificate = good.pem", ""),
                                &material));
    free(pem);
    EVP_PKEY_free(key);
}

TEST(damaged_certificates_are_refused_wherever_they_are_cut)
{
    struct buffer chain;
    struct buffer key;
    int64_t end;
    struct buffer pem = BUFFER(65536);

    EXPECT_OK(buffer_addf(&pem, "%s%s", own.private_key, own.chain));
    for (size_t len = 0; len + 3 < buffer_len(&pem); len += 7) {
        struct str cut = str_from(pem.data, len);

        EXPECT_STATUS(
            tls_pem_certificate(cut, STR_NONE, NULL, &chain, &key, &end),
            ERR_INVALID);
    }
    buffer_done(&pem);
}

TEST(the_end_of_the_certificate_is_told)
{
    write_two("one.pem", own.chain, own.private_key);
    EXPECT_OK(tls_material_load(configure("", "ssl_certificate = one.pem", ""),
                                &material));
    int64_t left_ms =
        tls_material_expires_ms(material) - clock_wall_ms(clock_real());
    EXPECT(left_ms > 86000000 && left_ms <= 86400000);
}

/* ---- whom it believes ---- */

#define WITH_OWN ITEM("one", "one.pem")

static const struct section *
trusting(const char *options, const char *rest)
{
    struct buffer text = BUFFER(4096);
    struct buffer items = BUFFER(4096);

    write_two("one.pem", own.chain, own.private_key);
    EXPECT_OK(buffer_addf(&text, "tls_private_certificate = one\n%s", options));
    EXPECT_OK(buffer_addf(&items, "%s%s", WITH_OWN, rest));
    const struct section *service =
        configure("", buffer_text(&text), buffer_text(&items));

    buffer_done(&text);
    buffer_done(&items);
    return service;
}

TEST(authorities_are_those_of_all_items)
{
    write_file("ca.pem", str_of(authority.chain));
    write_file("more.pem", str_of(own.chain));
    EXPECT_OK(tls_material_load(
        trusting("tls_mutual_certification_authorities = ca, more\n",
                 TRUSTED("ca", "ca.pem") TRUSTED("more", "more.pem")),
        &material));
    struct str all = tls_material_authorities(material);
    EXPECT(str_starts(all, str_of(authority.chain)));
    EXPECT(all.len == strlen(authority.chain) + strlen(own.chain));
}

TEST(authorities_that_are_no_certificates_are_refused)
{
    write_file("ca.pem", STR("nothing"));
    EXPECT_STATUS(tls_material_load(
                      trusting("tls_mutual_certification_authorities = ca\n",
                               TRUSTED("ca", "ca.pem")),
                      &material),
                  ERR_INVALID);
    EXPECT(reason_has("server.ini:7: tls_mutual_certification_authorities: "));
    EXPECT_STATUS(
        tls_material_load(
            trusting("tls_mutual_certification_authorities = DIGICERT-CA\n",
                     ""),
            &material),
        ERR_INVALID);
}

static char *
binary_of(const char *pem, size_t *len_out)
{
    BIO *text = BIO_new_mem_buf(pem, -1);
    X509_CRL *list = PEM_read_bio_X509_CRL(text, NULL, NULL, NULL);
    unsigned char *bytes = NULL;
    int len = i2d_X509_CRL(list, &bytes);
    char *copy = malloc((size_t)len);

    EXPECT(copy != NULL && len > 0);
    memcpy(copy, bytes, (size_t)len);
    OPENSSL_free(bytes);
    X509_CRL_free(list);
    BIO_free(text);
    *len_out = (size_t)len;
    return copy;
}

TEST(revocation_lists_are_read_as_text_and_binary)
{
    char *list = sample_revoke(&authority, &own);
    size_t len;
    char *binary = binary_of(list, &len);

    write_file("list.pem", str_of(list));
    write_file("list.crl", str_from(binary, len));
    EXPECT_OK(tls_material_load(
        trusting("ssl_certificate_revocation_list = list.pem, list.crl\n", ""),
        &material));
    struct str both = tls_material_revocations(material);
    EXPECT(both.len == 2 * strlen(list));
    EXPECT(str_starts(str_from_offset(both, strlen(list)), str_of(list)));
    free(list);
    free(binary);
}

TEST(what_would_be_no_list_at_all_is_refused)
{
    static const char *const wrong[] = {
        "crl-distribution-points", "${MICROSOFT_IT_CRL}", "ftp://x/list.crl",
        "file:///etc/passwd",      "nowhere.crl",         "one.pem",
    };
    char option[256];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(option, sizeof option,
                 "ssl_certificate_revocation_list = %s\n", wrong[i]);
        EXPECT_STATUS(tls_material_load(trusting(option, ""), &material),
                      ERR_INVALID);
        EXPECT(reason_has("server.ini:7: ssl_certificate_revocation_list: "));
    }
}

TEST(addresses_of_lists_are_named_and_not_fetched)
{
    EXPECT_OK(tls_material_load(
        trusting("ssl_certificate_revocation_list = http://a/x, https://b/y\n",
                 ""),
        &material));
    EXPECT_TEXT(tls_material_url(material, 0), "http://a/x");
    EXPECT_TEXT(tls_material_url(material, 1), "https://b/y");
    EXPECT(tls_material_url(material, 2) == NULL);
}

/* ---- lists that are fetched ---- */

/* A server of HTTP that gives everybody the same answer. */
struct web {
    int socket;
    uint16_t port;
    struct buffer answer;
    pthread_t thread;
    atomic_uint served;
};

static void *
serve(void *arg)
{
    struct web *web = arg;
    char request[4096];

    for (;;) {
        int client = accept(web->socket, NULL, NULL);

        if (client < 0)
            return NULL;
        atomic_fetch_add(&web->served, 1);
        if (recv(client, request, sizeof request, 0) > 0)
            (void)!write(client, web->answer.data, buffer_len(&web->answer));
        shutdown(client, SHUT_WR);
        close(client);
    }
}

static void
open_web(struct web *web, const char *status, struct str body)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(0x7f000001) };
    socklen_t size = sizeof address;

    *web = (struct web){ .answer = BUFFER(32UL * 1024 * 1024) };
    EXPECT_OK(buffer_addf(&web->answer, "HTTP/1.1 %s\r\nConnection: close\r\n",
                          status));
    EXPECT_OK(buffer_add(&web->answer, STR("Location: /x\r\n\r\n")));
    EXPECT_OK(buffer_add(&web->answer, body));
    web->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(web->socket, (struct sockaddr *)&address, size) == 0);
    EXPECT(listen(web->socket, 8) == 0);
    EXPECT(getsockname(web->socket, (struct sockaddr *)&address, &size) == 0);
    web->port = ntohs(address.sin_port);
    EXPECT(pthread_create(&web->thread, NULL, serve, web) == 0);
}

static void
close_web(struct web *web)
{
    shutdown(web->socket, SHUT_RDWR);
    pthread_join(web->thread, NULL);
    close(web->socket);
    buffer_done(&web->answer);
}

static const struct section *
listing_at(uint16_t port)
{
    char options[256];

    write_file("ca.pem", str_of(authority.chain));
    snprintf(options, sizeof options,
             "tls_mutual_certification_authorities = ca\n"
             "ssl_certificate_revocation_list = http://127.0.0.1:%u/list\n",
             port);
    const struct section *service = trusting(options, TRUSTED("ca", "ca.pem"));

    tls_material_free(&material);
    EXPECT_OK(tls_material_load(service, &material));
    return service;
}

static void
count_failures(void *arg, const char *address, const char *why)
{
    unsigned *count = arg;

    EXPECT(strstr(why, address) != NULL);
    ++*count;
}

TEST(a_list_is_fetched_once_and_kept_while_the_address_is_gone)
{
    char *list = sample_revoke(&authority, &own);
    struct buffer got = BUFFER(65536);
    unsigned failures = 0;
    struct web web;

    open_web(&web, "200 OK", str_of(list));
    const struct section *service = listing_at(web.port);
    EXPECT_OK(revocation_lists_read(service, material, &got));
    EXPECT(str_is(buffer_str(&got), list));
    EXPECT_OK(revocation_lists_read(service, material, &got));
    EXPECT(web.served == 1);
    close_web(&web);
    buffer_clear(&got);
    EXPECT(revocation_lists_refresh(service, material, count_failures,
                                    &failures) == 0);
    EXPECT(failures == 1);
    EXPECT_OK(revocation_lists_read(service, material, &got));
    EXPECT(str_is(buffer_str(&got), list));
    buffer_done(&got);
    free(list);
}

static void
expect_no_list(const char *status, struct str body)
{
    struct buffer got = BUFFER(65536);
    struct web web;

    open_web(&web, status, body);
    const struct section *service = listing_at(web.port);
    EXPECT(revocation_lists_read(service, material, &got) != OK);
    EXPECT(reason_has("http://127.0.0.1:"));
    EXPECT(buffer_len(&got) == 0);
    close_web(&web);
    buffer_done(&got);
}

TEST(a_list_that_was_never_fetched_is_missing)
{
    char *list = sample_revoke(&authority, &own);

    expect_no_list("404 Not Found", str_of(list));
    expect_no_list("302 Found", str_of(list));
    expect_no_list("200 OK", STR("nothing"));
    expect_no_list("200 OK", str_from(list, strlen(list) / 2));
    free(list);
}

TEST(a_list_that_is_too_long_is_not_read_to_its_end)
{
    size_t len = REVOCATION_LIST_BYTES + 1;
    char *zeros = calloc(1, len);

    EXPECT(zeros != NULL);
    expect_no_list("200 OK", str_from(zeros, len));
    free(zeros);
}

TEST(a_list_that_another_key_signed_is_not_taken)
{
    struct sample impostor = sample_make("Test CA", NULL);
    char *list = sample_revoke(&impostor, &own);

    expect_no_list("200 OK", str_of(list));
    EXPECT(reason_has("signature"));
    free(list);
    sample_done(&impostor);
}

/* What the same authority said that many seconds ago. */
static char *
list_from(long seconds_ago)
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *then = X509_gmtime_adj(NULL, -seconds_ago);
    ASN1_TIME *next = X509_gmtime_adj(NULL, 86400);
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;

    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list,
                             X509_get_subject_name(authority.certificate));
    X509_CRL_set1_lastUpdate(list, then);
    X509_CRL_set1_nextUpdate(list, next);
    X509_CRL_sign(list, authority.key, EVP_sha256());
    PEM_write_bio_X509_CRL(text, list);
    long len = BIO_get_mem_data(text, &data);
    char *copy = str_copy(str_from(data, (size_t)len));

    BIO_free(text);
    ASN1_TIME_free(then);
    ASN1_TIME_free(next);
    X509_CRL_free(list);
    return copy;
}

TEST(an_older_list_does_not_take_the_place_of_ours)
{
    char *fresh = list_from(60);
    char *old = list_from(3600);

    EXPECT(tls_pem_revocations_older(str_of(old), str_of(fresh)));
    EXPECT(!tls_pem_revocations_older(str_of(fresh), str_of(old)));
    EXPECT(!tls_pem_revocations_older(str_of(fresh), str_of(fresh)));
    free(fresh);
    free(old);
}

/* ---- what `convoy check` says ---- */

static bool
is_reported(enum report_level level, int line, const char *words)
{
    for (size_t i = 0; i < report.count; i++)
        if (report.lines[i].level == level && report.lines[i].line == line &&
            strstr(report.lines[i].text, words) != NULL)
            return true;
    return false;
}

TEST(check_suggests_the_version_and_the_cipher_that_were_meant)
{
    tls_service_check(
        trusting("ssl_allowed_methods = tlsv1.2 tlsv13\n"
                 "ssl_cipher_list = ECDHE-RSA-AES128-GCM-SHA265\n",
                 ""),
        true, &report);
    EXPECT(is_reported(REPORT_ERROR, 7, "did you mean 'tlsv1.3'?"));
    EXPECT(is_reported(REPORT_ERROR, 8,
                       "did you mean 'ECDHE-RSA-AES128-GCM-SHA256'?"));
}

TEST(check_tells_of_a_certificate_that_ends_soon)
{
    tls_service_check(trusting("", ""), true, &report);
    EXPECT(is_reported(REPORT_WARNING, 6, "ends in 0 days"));
    EXPECT(report.errors == 0);
}

TEST(a_missing_certificate_is_an_error_only_where_one_is_needed)
{
    const struct section *service = configure("", "", "");

    tls_service_check(service, false, &report);
    EXPECT(report.errors == 0);
    tls_service_check(service, true, &report);
    EXPECT(is_reported(REPORT_ERROR, 3, "has no certificate"));
}

TEST(what_two_services_share_is_told_once)
{
    const struct section *service =
        configure("ssl_certificate = nowhere.pem", "", "");

    tls_service_check(service, true, &report);
    tls_service_check(service, true, &report);
    EXPECT(report.errors == 1);
    EXPECT(is_reported(REPORT_ERROR, 2, "nowhere.pem"));
}

TEST(lists_without_authorities_are_warned_of)
{
    char *list = sample_revoke(&authority, &own);

    write_file("list.pem", str_of(list));
    tls_service_check(
        trusting("ssl_certificate_revocation_list = list.pem\n", ""), true,
        &report);
    EXPECT(is_reported(REPORT_WARNING, 7, "no effect"));
    free(list);
}

/* ---- certificates of our own making ---- */

TEST(a_generated_certificate_is_material_for_its_names)
{
    static const char *const names[] = { "ftp.example.net", "*.example.org",
                                         "192.0.2.1", "2001:db8::1" };
    struct buffer pem = BUFFER(0);

    EXPECT_OK(tls_certificate_generate(names, 4, 365, &pem));
    write_file("made.pem", buffer_str(&pem));
    secret_done(&pem);
    EXPECT_OK(tls_material_load(configure("", "ssl_certificate = made.pem", ""),
                                &material));
    struct str chain = tls_material_chain(material, 0);
    BIO *text = BIO_new_mem_buf(chain.data, (int)chain.len);
    X509 *made = PEM_read_bio_X509(text, NULL, NULL, NULL);

    EXPECT(X509_check_host(made, "ftp.example.net", 0, 0, NULL) == 1);
    EXPECT(X509_check_host(made, "a.example.org", 0, 0, NULL) == 1);
    EXPECT(X509_check_host(made, "example.com", 0, 0, NULL) == 0);
    EXPECT(X509_check_ip_asc(made, "192.0.2.1", 0) == 1);
    EXPECT(X509_check_ip_asc(made, "2001:db8::1", 0) == 1);
    X509_free(made);
    BIO_free(text);
}

TEST(a_name_that_is_none_makes_no_certificate)
{
    static const char *const names[] = {
        "", "-a", "a b", "a,IP:127.0.0.1", "a\nb", ".a", "*", "a/b",
    };
    struct buffer pem = BUFFER(0);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        EXPECT_STATUS(tls_certificate_generate(&names[i], 1, 1, &pem),
                      ERR_INVALID);
    EXPECT_STATUS(tls_certificate_generate(names, 0, 1, &pem), ERR_INVALID);
}
