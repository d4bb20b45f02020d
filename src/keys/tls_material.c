/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_material.c - what a service shows and believes under TLS, as text.
 *
 * The certificate is looked for in the service, then in [server]; authorities
 * and revocation lists are the service's own, as whom it believes depends on
 * whom it is for.
 */
#include "keys/tls_material_private.h"

#include "keys/key_file.h"
#include "keys/secret.h"
#include "keys/tls_pem.h"
#include "keys/vault.h"

#include <stdio.h>
#include <stdlib.h>

enum { CERTIFICATES = 64, URLS = 16 };

/* Debian's ca-certificates, which is Mozilla's list. */
static const char system_authorities[] = "/etc/ssl/certs/ca-certificates.crt";
static const char mozilla[] = "MOZILLA-CA";

struct tls_certificate_text {
    struct buffer chain;
    struct buffer key;
};

struct tls_material {
    size_t count;
    struct tls_certificate_text certificates[CERTIFICATES];
    struct buffer authorities;
    struct buffer revocations;
    size_t url_count;
    char *urls[URLS];
    int64_t expires_ms;
};

struct reading {
    struct tls_material *material;
    struct tls_place *place;
};

static void
read_at(const struct reading *r, const struct section *section,
        const char *option)
{
    *r->place =
        (struct tls_place){ section, option, section_line(section, option) };
}

static void
read_item_at(const struct reading *r, const struct section *section,
             const char *option, size_t index)
{
    *r->place = (struct tls_place){ section, option,
                                    section_item_line(section, option, index) };
}

/* ---- certificates ---- */

static enum status
add_certificate(struct tls_material *material, struct str text, struct str key,
                const char *password)
{
    struct tls_certificate_text *it = &material->certificates[material->count];
    int64_t expires_ms = 0;

    if (material->count == CERTIFICATES)
        return fail(ERR_LIMIT, "more than %d certificates", CERTIFICATES);
    TRY(tls_pem_certificate(text, key, password, &it->chain, &it->key,
                            &expires_ms));
    if (material->count == 0 || expires_ms < material->expires_ms)
        material->expires_ms = expires_ms;
    material->count++;
    return OK;
}

static enum status
read_items(const struct reading *r, const struct section *from)
{
    const char *password = section_text(from, TLS_PASSWORD);
    const char *id;

    for (size_t i = 0; (id = section_item(from, TLS_BY_ITEM, i)) != NULL; i++) {
        AUTO(secret_done) struct buffer text = BUFFER(0);

        read_item_at(r, from, TLS_BY_ITEM, i);
        TRY(vault_read(section_config(from), id, "private-certificate", &text));
        TRY(add_certificate(r->material, buffer_str(&text), STR_NONE,
                            password));
    }
    return OK;
}

/* A path, or the text itself. */
static enum status
read_text(const struct section *from, const char *option,
          struct buffer *text_out)
{
    struct str value = str_trim(str_of(section_text(from, option)));

    if (!str_starts(value, STR("-----BEGIN "))) {
        AUTO(str_free) char *path = str_copy(value);

        if (path == NULL)
            return fail(ERR_MEMORY, "no memory for a path");
        return key_file_read_of(section_config(from), path, VAULT_BYTES,
                                text_out);
    }
    TRY(secret_new(value.len + 1, text_out));
    TRY(buffer_add(text_out, value));
    return buffer_add(text_out, STR("\n"));
}

static enum status
read_older(const struct reading *r, const struct section *from)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);
    AUTO(secret_done) struct buffer key = BUFFER(0);

    if (section_text(from, TLS_BY_PATH)[0] == '\0')
        return OK;
    read_at(r, from, TLS_BY_PATH);
    TRY(read_text(from, TLS_BY_PATH, &text));
    if (section_text(from, TLS_KEY)[0] != '\0') {
        read_at(r, from, TLS_KEY);
        TRY(read_text(from, TLS_KEY, &key));
    }
    return add_certificate(r->material, buffer_str(&text), buffer_str(&key),
                           section_text(from, TLS_PASSWORD));
}

static bool
names_certificate(const struct section *section)
{
    return section_text(section, TLS_BY_ITEM)[0] != '\0' ||
           section_text(section, TLS_BY_PATH)[0] != '\0';
}

/* The service when it names one, or else [server]. */
static const struct section *
certificate_section(const struct section *service)
{
    return names_certificate(service) ? service
                                      : config_server(section_config(service));
}

bool
tls_names_certificate(const struct section *service)
{
    return names_certificate(certificate_section(service));
}

struct tls_place
tls_certificate_place(const struct section *service)
{
    const struct section *from = certificate_section(service);
    const char *option =
        section_text(from, TLS_BY_ITEM)[0] != '\0' ? TLS_BY_ITEM : TLS_BY_PATH;

    return (struct tls_place){ from, option, section_line(from, option) };
}

static enum status
read_certificates(const struct reading *r, const struct section *service)
{
    const struct section *from = certificate_section(service);

    if (names_certificate(from)) {
        TRY(read_items(r, from));
        return read_older(r, from);
    }
    read_at(r, service, TLS_BY_ITEM);
    return fail(ERR_NOT_FOUND,
                "[services/%s] has no certificate: neither it nor [server] "
                "sets %s",
                section_id(service), TLS_BY_ITEM);
}

/* ---- authorities ---- */

static enum status
read_authority(const struct section *service, const char *id,
               struct buffer *text_out)
{
    const struct config *config = section_config(service);

    if (config_section(config, "vault-items", id) == NULL &&
        strcmp(id, mozilla) == 0)
        return key_file_read(system_authorities, TLS_PEM_TEXT, text_out);
    return vault_read(config, id, "trusted-certificates", text_out);
}

static enum status
read_authorities(const struct reading *r, const struct section *service)
{
    const char *id;

    for (size_t i = 0; (id = section_item(service, TLS_AUTHORITIES, i)) != NULL;
         i++) {
        AUTO(secret_done) struct buffer text = BUFFER(0);

        read_item_at(r, service, TLS_AUTHORITIES, i);
        TRY(read_authority(service, id, &text));
        TRY(tls_pem_authorities(buffer_str(&text), &r->material->authorities));
    }
    return OK;
}

/* ---- revocation lists ---- */

static bool
is_url(struct str item)
{
    return str_starts(item, STR("http://")) ||
           str_starts(item, STR("https://"));
}

static enum status
add_url(struct tls_material *material, struct str url)
{
    if (material->url_count == URLS)
        return fail(ERR_LIMIT, "more than %d addresses", URLS);
    char *copy = str_copy(url);

    if (copy == NULL)
        return fail(ERR_MEMORY, "no memory for an address");
    material->urls[material->url_count++] = copy;
    return OK;
}

/* What would be no check at all must not pass for one. */
static enum status
read_revocation(const struct reading *r, const struct section *service,
                const char *item)
{
    AUTO(secret_done) struct buffer text = BUFFER(0);

    if (is_url(str_of(item)))
        return add_url(r->material, str_of(item));
    if (strcmp(item, "crl-distribution-points") == 0 || item[0] == '$')
        return fail(ERR_INVALID,
                    "'%s' is not supported: name the files or addresses of "
                    "the lists",
                    item);
    if (strstr(item, "://") != NULL)
        return fail(ERR_INVALID,
                    "'%s': only http and https addresses are fetched", item);
    TRY(key_file_read_of(section_config(service), item, TLS_PEM_TEXT, &text));
    return tls_pem_revocations(buffer_str(&text), &r->material->revocations);
}

static enum status
read_revocations(const struct reading *r, const struct section *service)
{
    const char *item;

    for (size_t i = 0;
         (item = section_item(service, TLS_REVOCATIONS, i)) != NULL; i++) {
        read_item_at(r, service, TLS_REVOCATIONS, i);
        TRY(read_revocation(r, service, item));
    }
    return OK;
}

/* ---- all of it ---- */

enum status
tls_material_read(const struct section *service, struct tls_material **out,
                  struct tls_place *wrong_out)
{
    AUTO(tls_material_free)
    struct tls_material *material = calloc(1, sizeof *material);
    struct reading r = { material, wrong_out };

    *wrong_out = (struct tls_place){ service, TLS_BY_ITEM, 0 };
    if (material == NULL)
        return fail(ERR_MEMORY, "no memory for certificates");
    material->authorities = BUFFER(TLS_PEM_TEXT);
    material->revocations = BUFFER(2 * (size_t)TLS_PEM_TEXT);
    TRY(read_authorities(&r, service));
    TRY(read_revocations(&r, service));
    TRY(read_certificates(&r, service));
    *out = material;
    material = NULL;
    return OK;
}

enum status
tls_material_load(const struct section *service, struct tls_material **out)
{
    struct tls_place wrong;
    char why[256];
    enum status status = tls_material_read(service, out, &wrong);

    if (status == OK)
        return OK;
    snprintf(why, sizeof why, "%s", fail_reason());
    /* A file that is not there is as wrong as one that is damaged. */
    if (status == ERR_NOT_FOUND && !tls_names_certificate(service) &&
        strcmp(wrong.option, TLS_BY_ITEM) == 0)
        return fail(ERR_NOT_FOUND, "%s:%d: %s",
                    section_file(wrong.section, wrong.option), wrong.line, why);
    return fail(ERR_INVALID, "%s:%d: %s: %s",
                section_file(wrong.section, wrong.option), wrong.line,
                wrong.option, why);
}

void
tls_material_free(struct tls_material **handle)
{
    struct tls_material *material = *handle;

    *handle = NULL;
    if (material == NULL)
        return;
    for (size_t i = 0; i < material->count; i++) {
        buffer_done(&material->certificates[i].chain);
        secret_done(&material->certificates[i].key);
    }
    buffer_done(&material->authorities);
    buffer_done(&material->revocations);
    for (size_t i = 0; i < material->url_count; i++)
        free(material->urls[i]);
    free(material);
}

size_t
tls_material_count(const struct tls_material *material)
{
    return material->count;
}

struct str
tls_material_chain(const struct tls_material *material, size_t index)
{
    return buffer_str(&material->certificates[index].chain);
}

struct str
tls_material_key(const struct tls_material *material, size_t index)
{
    return buffer_str(&material->certificates[index].key);
}

struct str
tls_material_authorities(const struct tls_material *material)
{
    return buffer_str(&material->authorities);
}

struct str
tls_material_revocations(const struct tls_material *material)
{
    return buffer_str(&material->revocations);
}

const char *
tls_material_url(const struct tls_material *material, size_t index)
{
    return index < material->url_count ? material->urls[index] : NULL;
}

int64_t
tls_material_expires_ms(const struct tls_material *material)
{
    return material->expires_ms;
}
